"""Whose spread of training a branch is judged by: never one of other folds, nor one that it brought in the base's place."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewed import Team, predictions
from test_review_trust import said
from test_review_verdicts import decided, measure_noise, team  # noqa: F401

from xrays import files
from xrays.console import BadInput
from xrays.review import measures, noise
from xrays.review.revisions import Revision

folds = st.sets(st.integers(0, 11), min_size=1, max_size=5)
spreads = st.floats(1e-6, 0.5)


def revision(name: str, trained: set[int], code: str = "a", measured: float | None = None, of: str = "") -> Revision:
    """A lock that holds models of these folds; measured: the spread in its noise file, for the recipe `of`."""
    entry = {"deps": [{"path": "stages/train.py", "md5": code}], "params": {}}
    blobs = {"dvc.lock": {"stages": {f"train@{fold}-0": entry for fold in trained}}}
    if measured is not None:
        numbers = {f"{metric}_{kind}": measured for metric in measures.DIRECTION
                   for kind in ("seed_sd", "interaction_sd", "freedom", "mean")}
        blobs[noise.PATH] = numbers | {"recipe": of, "seeds": 5.0}
    return Revision(name, {path: json.dumps(blob).encode() for path, blob in blobs.items()})


def judged(folds: set[int]) -> SimpleNamespace:
    return SimpleNamespace(fold=np.array(sorted(folds)))


@settings(deadline=None)
@given(folds, spreads, spreads)
def test_for_one_recipe_the_bases_file_counts_whatever_the_head_says(trained, own, brought):
    wanted = noise.recipe(revision("main", trained))
    base, head = (revision(name, trained, measured=sd, of=wanted) for name, sd in (("main", own), ("head", brought)))
    found, _ = noise.read(base, head, judged(trained))
    assert found["base"] is found["head"] and {one.raw for one in found["base"].values()} == {own**2}
    assert noise.read(revision("main", trained), head, judged(trained))[0]["head"]["auroc"].raw == brought**2


@settings(deadline=None)
@given(folds, folds, spreads)
def test_a_file_counts_only_where_all_folds_of_its_recipe_are_paired(trained, asked, sd):
    base = revision("main", trained, measured=sd, of=noise.recipe(revision("main", trained)))
    paired = trained & asked or trained
    found, words = noise.read(base, revision("head", asked, code="b"), judged(paired))
    assert ("base" in found) == (paired == trained) and "head" not in found
    assert ("train the same folds" in words) == (paired != trained)


@given(st.sampled_from([f"{metric}_{what}" for metric in measures.DIRECTION for what in ("mean", "seed_sd", "freedom")]),
       st.sampled_from([None, "much", float("nan"), [0.1]]))
def test_a_file_that_lost_a_number_is_refused_by_name(name, instead):
    base = revision("main", {0}, measured=0.1, of="recipe")
    numbers = base.json(noise.PATH)
    edited = numbers | {name: instead} if instead else {key: value for key, value in numbers.items() if key != name}
    head = Revision("branch", base.blobs | {noise.PATH: json.dumps(edited).encode()})
    with pytest.raises(BadInput, match=rf"noise.json of branch has no {name} .*`make noise`"):
        noise.read(base, head, judged({0}))


@pytest.mark.parametrize("text", ["[0.1]", "{", "7", "null"])
def test_a_file_that_is_no_object_is_refused_with_what_brings_it_back(text):
    head = Revision("branch", {noise.PATH: text.encode()})
    with pytest.raises(BadInput, match="noise.json of branch is not valid JSON.*`make noise`"):
        noise.read(head, head, judged({0}))


def test_a_head_of_one_fold_is_not_judged_by_the_spread_of_three_pooled(team):
    """Three models' mean moves by a third of the variance of one: a harmless training would be called worse too often."""
    measure_noise(team)
    team.commit("noise")
    team.branch("one-fold")
    manifest, table = files.read_csv(team.folder / "metrics/manifest.csv"), predictions(lift=-1.5, training=5)
    team.publish(table[table["fold"] == 0], manifest, train__folds=[0], train__lr=1.0)
    found = decided()
    assert found["verdict"] == "undecided" and "folds 0, 1, 2, but both sides judged only 0" in found["sentence"]
    assert found["pictures"] == 134 and "only 134 of the 400 pictures that both sides hold alike" in said(found, "warning")
    assert "the same 400 study pictures, labels and folds in both manifests" in said(found, "ok")


def test_the_same_folds_on_both_sides_leave_no_picture_unpaired_though_the_manifest_holds_more(team):
    manifest, table = files.read_csv(team.folder / "metrics/manifest.csv"), predictions()
    team.publish(table[table["fold"] == 0], manifest, train__folds=[0])
    team.commit("one fold")
    team.branch("same")
    assert "are paired" not in said(decided(), "warning")


def test_a_spread_made_smaller_on_the_branch_changes_no_verdict_and_is_told(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("seed")
    team.publish(predictions((3,), training=5))
    honest = decided()
    assert honest["verdict"] == "within noise" and "noise.json" not in said(honest, "warning")
    file = json.loads(team.read(noise.PATH))
    shrunk = {name: value / 100 if name.endswith("_sd") else value for name, value in file.items()}
    files.write_json(team.folder / noise.PATH, shrunk)
    found = decided()
    assert found["metrics"] == honest["metrics"]
    assert "metrics/noise.json of the work tree is not that of main" in said(found, "warning")


def test_a_spread_that_only_the_branch_brings_decides_and_is_told(team):
    team.branch("brought")
    measure_noise(team)
    team.publish(predictions(lift=2.0, training=5), train__lr=0.01)
    found = decided()
    assert found["verdict"] == "better" and "has no counterpart on main" in said(found, "warning")


def test_a_spread_that_one_side_lends_the_other_is_told_as_an_assumption(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("seed")
    team.publish(predictions((3,), training=5))
    assert "taken to be" not in decided()["spread"]
    team.publish(predictions(training=5), train__lr=0.01)
    assert decided()["spread"].endswith("the spread of the work tree is taken to be that of main")
    team.publish(predictions((0, 1, 2), training=5), train__lr=0.01)
    assert "taken to be" not in decided()["spread"]


def test_the_base_may_be_lent_the_heads(team):
    team.branch("three-seeds")
    team.publish(predictions((0, 1, 2), training=5), train__lr=0.01)
    assert decided()["spread"] == ("the spread of training was measured on the seeds at hand; the spread of main is taken "
                                   "to be that of the work tree")
