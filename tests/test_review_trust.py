"""What makes a comparison doubtful is said, with its exit code: stale locks, other data, other columns, the audit."""

import re

import pandas as pd
import pytest
from dvc.utils.serialize import dump_yaml
from hypothesis import given
from hypothesis import strategies as st
from reviewed import PIPELINE, Team, predictions
from test_review_verdicts import decided, review, team  # noqa: F401

from xrays import files
from xrays.review import markdown


def said(found: dict, level: str) -> str:
    return " ".join(doubt["text"] for doubt in found["trust"] if doubt["level"] == level)


@pytest.mark.parametrize("path, text", [("stages/train.py", "train@0-0: stages/train.py changed"),
                                        ("metrics/predictions.csv", "not the bytes that dvc.lock names")])
def test_code_or_metrics_that_are_not_the_locks_are_stale(team, path, text):
    team.branch("stale")
    team.write(path, team.read(path).decode() + ("# edited\n" if path.endswith(".py") else ""))
    if path.endswith(".csv"):
        team.write(path, team.read(path).decode().replace("0.5000", "0.5001", 1))
    found = decided(code=4)
    assert text in said(found, "stale") and "make repro" in said(found, "stale")
    decided("--allow", "stale")


def test_a_param_edited_without_a_run_is_stale(team):
    team.branch("stale")
    team.write("params.yaml", team.read("params.yaml").decode().replace("lr: 0.003", "lr: 0.01"))
    assert "train.lr changed" in said(decided(code=4), "stale")


def test_metrics_that_do_not_follow_from_the_predictions_are_stale(team):
    team.branch("edited")
    files.write_json(team.folder / "metrics/metrics.json", {"auroc": 0.99})
    assert "auroc of metrics.json do not follow" in said(decided(code=4), "stale")


def test_a_metric_that_git_lacks_is_stale(team):
    team.branch("forgotten")
    (team.folder / "metrics/metrics.json").unlink()
    assert "metrics/metrics.json: missing, Git holds none" in said(decided(code=4), "stale")


@pytest.mark.parametrize(("stage", "kind", "outs", "named"), [
    ("filter", "outs", ["data/filtered", "data/more"], "filter"), ("evaluate", "metrics", [], "evaluate"),
    ("train", "outs", ["models/fold-${item.fold}-seed-${item.seed}.csv"], "train@0-0")])
def test_another_list_of_outs_than_the_locks_is_stale(team, stage, kind, outs, named):
    team.branch("outs")
    stages = PIPELINE["stages"]
    dump_yaml(team.folder / "dvc.yaml", {"stages": stages | {stage: stages[stage] | {kind: outs}}})
    assert f"{named}: its list of outs changed" in said(decided(code=4), "stale")


@pytest.mark.parametrize("change", [{"data__source": "kaggle"}, {"split__method": "article"}, {"data__patients": "none"}])
def test_another_question_is_not_comparable(team, change):
    team.branch("apart")
    team.publish(predictions(), **change)
    found = decided(code=5)
    assert found["verdict"] == "not comparable" and not found["metrics"]
    decided("--allow", "not-comparable")


def test_no_common_picture_is_not_comparable(team):
    team.branch("other")
    table = predictions()
    team.publish(table.assign(image="other-" + table["image"]))
    assert "no study picture is the same" in decided(code=5)["sentence"]


def test_added_and_removed_pictures_are_named_and_the_common_ones_paired(team):
    table = predictions()
    team.branch("data")
    more = table[table["image"] == "picture-0003.png"].assign(image="new.png")
    team.publish(pd.concat([table[table["image"] != "picture-0000.png"], more], ignore_index=True))
    found = decided()
    assert found["data"] == {"added": ["new.png"], "removed": ["picture-0000.png"]}
    assert found["pictures"] == len(table) - 1 and found["verdict"] == "no change"
    assert "only the 399 that both sides hold alike are paired" in said(found, "warning")


def test_a_relabelled_picture_is_named_and_not_paired(team):
    table = predictions()
    team.branch("label")
    other = table["label"].where(table["image"] != "picture-0000.png", "Normal")
    team.publish(table.assign(label=other))
    found = decided()
    assert found["data"] == {"relabelled": ["picture-0000.png"]} and found["pictures"] == len(table) - 1


def test_other_folds_leave_everything_undecided(team):
    table = predictions((0, 1, 2))
    team.publish(table)
    team.commit("three seeds")
    team.branch("split")
    team.publish(predictions((0, 1, 2), lift=-2).assign(fold=(table["fold"] + 1) % 3))
    found = decided()
    assert found["verdict"] == "undecided" and "folds differ" in found["sentence"] and len(found["data"]["moved"]) == 400


def test_a_base_with_other_columns_and_metrics_is_compared_in_what_both_have(team):
    team.branch("columns")
    team.publish(predictions().assign(calibrated=0.5, temperature=1.0))
    found = decided()
    assert found["verdict"] == "no change" and "calibrated, temperature only in the work tree" in said(found, "ok")


def test_a_gain_bought_with_a_shortcut_is_a_warning(team):
    team.publish(predictions(), audit={"shortcut_ratio": 0.1, "trustworthy": "yes", "verdict": "yes: fine"})
    team.commit("audited")
    team.branch("shortcut")
    team.publish(predictions(lift=1.0), audit={"shortcut_ratio": 0.6, "trustworthy": "no", "verdict": "no: borders"},
                 train__lr=0.01)
    text = said(decided(), "warning")
    assert "shortcut ratio from 0.10 to 0.60" in text and "does not trust this" in text and "no: borders" in text


@pytest.mark.parametrize("rule, low, high, level", [
    ("quiet", -0.11, 0.14, "ok"), ("quiet", 0.01, 0.14, "warning"), ("open", -0.2, 0.5, "warning"), ("fired", 0.31, 0.5, "warning")])
def test_a_ratio_that_rose_within_an_interval_around_nothing_is_no_warning(team, rule, low, high, level):
    """At the committed phantom 24 epochs instead of 16 took it from -0.03 to 0.01, with an AUROC of 0.51 without lungs."""
    team.publish(predictions(), audit={"shortcut_ratio": -0.03, "trustworthy": "yes", "verdict": "yes"})
    team.commit("audited")
    team.branch("longer")
    team.publish(predictions(lift=1.0), train__lr=0.01, audit={
        "shortcut_ratio": (low + high) / 2, "shortcut_ratio_ci_low": low, "shortcut_ratio_ci_high": high, "rule_ratio": rule,
        "trustworthy": "yes", "verdict": "yes"})
    assert "shortcut ratio from -0.03" in said(decided(), level)


def test_another_platform_is_a_warning(team):
    team.branch("platform")
    files.write_json(team.folder / "metrics/platform.json", {"device": "cuda", "library_torch": "2.15.0"})
    assert "device cpu → cuda" in said(decided(), "warning")


def test_a_name_made_to_mention_or_mark_up_stays_text(team):
    table = predictions()
    evil = "@all `[x](https://x.org)` <img src=x>|.png"
    renamed = table.assign(image=table["image"].mask(table["image"] == "picture-0001.png", evil))
    team.publish(renamed)
    team.commit("evil")
    team.branch("gone")
    team.publish(table)
    text, page = review("--html", "page.html"), (team.folder / "page.html").read_text()
    assert "`@all '[x](https://x.org)' <img src=x>¦.png`" in text and "<img src=x>" not in page


def test_a_param_made_to_mention_or_mark_up_stays_text_in_the_headline_too(team):
    team.branch("evil")
    team.publish(predictions(), data__source="@all é@all <img src=x> [x](https://x.org)")
    headline = review(code=5).split("\n\n")[1]
    assert headline.startswith("**Not comparable**: data.source is phantom on main and @\u200ball é@\u200ball &lt;img src=x>")
    assert "](" not in headline


@given(st.text("@é_a<>[]()`|!\n -", max_size=30))
def test_no_text_gets_the_power_to_mention_link_or_mark_up(text):
    said = markdown._safe(text)
    assert not re.search(r"(^|[^A-Za-z0-9_])@[^\u200b]|<|\]\(|\n", said)


@pytest.mark.parametrize(("later", "text"), [(0, ""), (1, "behind main by 1 commit, "), (3, "behind main by 3 commits, ")])
def test_a_branch_that_lacks_commits_of_its_base_is_told_until_it_has_merged_them(team, later, text):
    team.branch("late")
    team.write("mine.md", "words\n")
    team.commit()
    team.git("switch", "--quiet", "main")
    for number in range(later):
        team.write("README.md", f"words {number}\n")
        team.commit()
    assert text in said(decided("--head", "late"), "warning")
    team.git("switch", "--quiet", "late")
    assert (f"the work tree is {text}" in said(decided(), "warning")) == (later > 0)
    team.git("merge", "--quiet", "--no-edit", "main")
    assert "behind" not in said(decided(), "warning")


def test_origin_main_stands_in_for_a_missing_main_and_bad_bases_end_in_one_line(team, tmp_path_factory, monkeypatch):
    clone = tmp_path_factory.mktemp("clone")
    team.git("clone", "--quiet", str(team.folder), str(clone))
    monkeypatch.chdir(clone)
    here = Team.__new__(Team)
    here.folder = clone
    here.git("switch", "--quiet", "--create", "work")
    here.git("branch", "--quiet", "--delete", "main")
    assert "origin/main is the base" in said(decided(), "warning")
    assert "BASE=nothing: Git knows no such" in review("--base", "nothing", code=1)
    assert "but one in origin: BASE=origin/main" in review("--base", "main", code=1)
    here.git("update-ref", "-d", "refs/remotes/origin/main")
    here.git("remote", "remove", "origin")
    assert "no branch main to compare with" in review(code=1)


def test_a_main_that_lacks_what_came_to_origin_is_told(team, tmp_path_factory, monkeypatch):
    clone = tmp_path_factory.mktemp("clone")
    team.git("clone", "--quiet", str(team.folder), str(clone))
    team.write("README.md", "words\n")
    team.commit("later")
    monkeypatch.chdir(clone)
    here = Team.__new__(Team)
    here.folder = clone
    here.git("switch", "--quiet", "--create", "work")
    assert "origin/main" not in said(decided(), "warning")
    here.git("fetch", "--quiet")
    assert "main is behind origin/main by 1 commit, " in said(decided(), "warning")
    here.git("fetch", "--quiet", "origin", "main:main")
    assert "origin/main" not in said(decided(), "warning")


def test_a_base_without_predictions_ends_in_one_line(team):
    team.git("rm", "--quiet", "metrics/predictions.csv")
    team.commit("gone")
    team.branch("mine")
    team.publish(predictions())
    assert "main has no metrics/predictions.csv" in review(code=1)
