"""What a person types: settings written, orphans pruned, one last line that says what differs and why."""

import argparse
import os
import re
from pathlib import Path

import pytest
from dvc.utils.serialize import dump_yaml, load_yaml

from commands import article, coronahack, prune, repro
from xrays import params, store
from xrays.console import BadInput

BEFORE = {
    "filter": {"cmd": "f", "deps": [{"path": "stages/filter.py", "md5": "a"}], "params": {"params.yaml": {
        "split": {"seed": 0, "folds": 3}}}, "outs": [{"path": "data/filtered", "md5": "1"}]},
    "evaluate": {"cmd": "e", "deps": [{"path": "data/filtered", "md5": "1"}], "outs": [{"path": "metrics/m", "md5": "2"}]},
}


def after(**changes: dict) -> dict:
    return {name: BEFORE[name] | changes.get(name, {}) for name in BEFORE}


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "inputs")
    return tmp_path


def given(**words) -> argparse.Namespace:
    return argparse.Namespace(**{"archive": None, "patients": None, "weights": "none"} | words)


def test_an_unchanged_lock_is_called_equal():
    assert repro.verdict(BEFORE, after(), []) == "all 2 outs equal the committed dvc.lock, and metrics/ is as in Git"


def test_changed_inputs_with_equal_outs_still_ask_for_a_commit():
    changed = after(filter={"deps": [{"path": "stages/filter.py", "md5": "b"}]})
    assert repro.verdict(BEFORE, changed, []).endswith("its inputs changed, so commit dvc.lock")


def test_the_param_that_changed_is_named_by_its_leaf_and_what_follows_points_back():
    changed = after(filter={"params": {"params.yaml": {"split": {"seed": 1, "folds": 3}}},
                            "outs": [{"path": "data/filtered", "md5": "9"}]},
                    evaluate={"deps": [{"path": "data/filtered", "md5": "9"}], "outs": [{"path": "metrics/m", "md5": "8"}]})
    line = repro.verdict(BEFORE, changed, [])
    assert "filter: data/filtered (changed: split.seed); evaluate: metrics/m (follows from data/filtered)" in line


def test_other_bytes_from_the_same_inputs_are_told_from_a_change():
    line = repro.verdict(BEFORE, after(filter={"outs": [{"path": "data/filtered", "md5": "9"}]}), [])
    assert "filter: data/filtered (same inputs, other bytes" in line and "docs/bytes.md" in line


def test_new_and_gone_stages_and_foreign_metrics_are_named():
    assert "train@3-0: data/filtered (new)" in repro.verdict(BEFORE, after() | {"train@3-0": BEFORE["filter"]}, [])
    assert "evaluate (no longer in dvc.yaml)" in repro.verdict(BEFORE, {"filter": BEFORE["filter"]}, [])
    assert "metrics/old.csv (not as in Git)" in repro.verdict(BEFORE, after(), ["metrics/old.csv"])
    assert "no committed dvc.lock" in repro.verdict(None, after(), [])


@pytest.mark.parametrize("before, metrics, code", [
    (BEFORE, [], 0), (after(filter={"cmd": "g"}), [], 1), (BEFORE, ["metrics/m"], 1), (None, [], 1)])
def test_a_locked_run_fails_wherever_something_is_not_as_committed(monkeypatch, capsys, before, metrics, code):
    for module, name, value in [
            (repro.params, "load", None), (repro.rwlock, "check", None), (repro.prune, "prune", []),
            (repro.outs, "differing", []), (repro, "committed", before), (repro, "changed_metrics", metrics),
            (repro.prune, "read_lock", {"stages": BEFORE}), (repro.inputs, "locked", {})]:
        monkeypatch.setattr(module, name, lambda *_, value=value: value)
    monkeypatch.setattr(repro.subprocess, "run", lambda *_, **__: argparse.Namespace(returncode=0))
    repro.reproduce()
    said = capsys.readouterr().out
    if code:
        with pytest.raises(BadInput, match=re.escape(said.strip())):
            repro.reproduce(locked=True)
    else:
        repro.reproduce(locked=True)


def test_pruning_drops_orphans_and_sorts_what_stays(tmp_path):
    path = tmp_path / "dvc.lock"
    dump_yaml(path, {"schema": "2.0", "stages": {"evaluate": {"cmd": "e"}, "train@2-0": {"cmd": "t"}, "filter": {
        "cmd": "f", "deps": [{"path": "stages/filter.py", "md5": "a" * 32, "isexec": True}]}}})
    assert prune.prune_lock({"filter": [], "evaluate": []}, path) == ["train@2-0"]
    assert list(load_yaml(path)["stages"]) == ["filter", "evaluate"]
    assert load_yaml(path)["stages"]["filter"] == {"cmd": "f", "deps": [{"path": "stages/filter.py", "md5": "a" * 32}]}
    stamp = path.stat().st_mtime_ns
    assert prune.prune_lock({"filter": [], "evaluate": []}, path) == []
    assert path.stat().st_mtime_ns == stamp


def test_pruning_drops_checkpoints_that_nobody_resumed_in_30_days(tmp_path):
    for name in ("old", "new"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
    now = (tmp_path / "checkpoints" / "old").stat().st_mtime
    os.utime(tmp_path / "checkpoints" / "old", (now - 31 * 86_400,) * 2)
    assert prune.prune_checkpoints(tmp_path / "checkpoints", now) == ["checkpoints/old"]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["new"]


def test_a_lock_in_the_middle_of_a_merge_says_what_to_do(tmp_path):
    path = tmp_path / "dvc.lock"
    path.write_text("<<<<<<< HEAD\nschema: '2.0'\n=======\n")
    with pytest.raises(BadInput, match="git checkout --ours"):
        prune.read_lock(path)


def test_an_archive_is_taken_in_by_hash_and_no_path_enters_the_params(shelf):
    for name in ("a.zip", "p.csv"):
        (shelf / name).write_text(name)
    changes = coronahack.sources(given(archive=str(shelf / "a.zip"), patients=str(shelf / "p.csv")), params.load().data)
    assert changes["data.source"] == "archive" and changes["data.patients"] == "required"
    for key in ("data.sha256", "data.patients_sha256"):
        assert (shelf / "inputs" / changes[key]).is_file()
    assert str(shelf) not in str(changes)


def test_an_archive_without_patients_is_refused_unless_that_is_said(shelf):
    (shelf / "a.zip").write_text("zip")
    with pytest.raises(BadInput, match="ARCHIVE needs PATIENTS=csv"):
        coronahack.sources(given(archive=str(shelf / "a.zip")), params.load().data)
    changes = coronahack.sources(given(archive=str(shelf / "a.zip"), patients="none"), params.load().data)
    assert (changes["data.patients"], changes["data.patients_sha256"]) == ("none", "")


def test_a_table_without_an_archive_is_refused_and_not_ignored(shelf):
    with pytest.raises(BadInput, match="PATIENTS=csv goes with ARCHIVE=zip"):
        coronahack.sources(given(patients="mine.csv"), params.load().data)


def test_the_real_settings_name_the_whole_recipe():
    keys = {f"{section}.{key}" for section in ("filter", "split", "train") for key in getattr(params.load(), section).model_fields}
    assert keys - set(coronahack.REAL) == {"train.weights", "train.determinism", "train.threads", "train.device"}


def test_a_file_that_is_not_there_is_named(shelf):
    with pytest.raises(BadInput, match="nowhere.zip is not a file"):
        coronahack.sources(given(archive="nowhere.zip", patients="none"), params.load().data)


def test_kaggle_keeps_the_hashes_that_were_pasted():
    data = params.load().data.model_copy(update={"source": "kaggle", "sha256": "a" * 64})
    assert coronahack.sources(given(), data)["data.sha256"] == "a" * 64
    assert coronahack.sources(given(), params.load().data)["data.sha256"] == ""


@pytest.mark.parametrize("settings", [coronahack.REAL, article.ARTICLE])
def test_the_documented_settings_are_valid_params(tmp_path, settings):
    path = tmp_path / "params.yaml"
    path.write_text(Path("params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    params.save(settings | {"train.weights": "imagenet"}, path)
    assert params.load(path).train.size == 128
