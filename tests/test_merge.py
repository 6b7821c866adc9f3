"""Two branches that both changed the pipeline: what Git makes of dvc.lock and metrics/ in real merges."""

import re

import pytest
from dvc.utils.serialize import dump_yaml, load_yaml
from hypothesis import given
from hypothesis import strategies as st

from commands import merge
from tests import locked
from tests.project import Project
from xrays.console import BadInput

NAMES = ["download", "filter", "train@0-0", "train@2-0", "train@10-0", "evaluate", "package"]  # in dvc.yaml's order
LOCKS = st.dictionaries(st.sampled_from(NAMES), st.fixed_dictionaries({"cmd": st.sampled_from("abc")})).map(
    lambda entries: {name: entries[name] for name in NAMES if name in entries})


@given(LOCKS, LOCKS, LOCKS)
def test_no_entry_is_invented_and_each_dropped_one_was_changed_on_both_sides_in_two_ways(base, ours, theirs):
    stages, dropped = merge.merged(base, ours, theirs)
    assert all(entry in (ours.get(name), theirs.get(name)) for name, entry in stages.items())
    for name in NAMES:
        sides = [side.get(name) for side in (base, ours, theirs)]
        differ = all(sides.count(side) == 1 for side in sides)
        assert (name in dropped) == differ
        if not differ:  # where one side changed it, that side's; where both alike, theirs
            assert stages.get(name) == next((side for side in sides[1:] if side != sides[0]), sides[0])


@given(LOCKS, LOCKS, LOCKS)
def test_a_merge_is_the_same_from_either_branch_its_order_too_where_the_sides_tell_it(base, ours, theirs):
    (one, dropped), (other, dropped_there) = merge.merged(base, ours, theirs), merge.merged(base, theirs, ours)
    assert (list(one.items()), dropped) == (list(other.items()), dropped_there)
    for side in (ours, theirs):
        assert [name for name in one if name in side] == [name for name in side if name in one]


@given(LOCKS, LOCKS)
def test_merging_what_is_merged_or_what_one_side_left_alone_changes_nothing(base, ours):
    for sides in ((ours, ours), (base, ours), (ours, base)):
        stages, dropped = merge.merged(base, *sides)
        assert (list(stages.items()), dropped) == (list(ours.items()), [])


def test_new_folds_of_both_sides_are_sorted_by_number_and_another_order_of_stages_is_followed():
    base = {"filter": {}, "train@2-0": {}, "evaluate": {}}
    ours, theirs = ({"filter": {}, "train@2-0": {}, name: {}, "evaluate": {}} for name in ("train@10-0", "train@3-0"))
    assert list(merge.merged(base, ours, theirs)[0]) == ["filter", "train@2-0", "train@3-0", "train@10-0", "evaluate"]
    turned = dict(reversed(base.items()))
    assert list(merge.merged(base, base, turned)[0]) == list(merge.merged(base, turned, base)[0]) == list(turned)


def test_a_lock_that_cannot_be_read_is_not_merged_and_an_unreadable_base_is_none(tmp_path):
    base, ours, theirs = (tmp_path / name for name in "bot")
    base.write_text("<<<<<<< HEAD\nschema: '2.0'\n=======\n")
    for path, command in ((ours, "a"), (theirs, "b")):
        dump_yaml(path, {"schema": "2.0", "stages": {"same": {"cmd": "s"}, "filter": {"cmd": command}}})
    with pytest.raises(BadInput, match="the other branch's cannot be read"):
        merge.merge(ours, ours, base)
    assert "run again: filter:" in merge.merge(base, ours, theirs)
    assert load_yaml(ours) == {"schema": "2.0", "stages": {"same": {"cmd": "s"}}}


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Project:
    """Branches off main: two that touch different stages, one that changes evaluate, one that retrains."""
    project = locked.repository(tmp_path_factory.mktemp("origin"))
    locked.branch(project, "weights", comment_in="stages/weights.py")
    locked.branch(project, "package", comment_in="stages/package.py")
    locked.branch(project, "half", evaluate__threshold="half")
    locked.branch(project, "longer", train__epochs=2)
    project.git("checkout", "--quiet", "main")
    return project


@pytest.fixture
def clone(origin, tmp_path) -> Project:
    project = locked.clone(origin, tmp_path / "clone")
    project.run("python", "-m", "commands.hooks")
    return project


def on(project: Project, branch: str) -> None:
    project.git("checkout", "--quiet", "--detach", f"origin/{branch}")


def first_to_run(project: Project) -> str:
    """The first stage that DVC itself would run (it stops there, for no data are at hand); "" where there is none."""
    output = project.dvc("repro", "--dry", "--allow-missing", code=None)
    return next(iter(re.findall(r"(?:Running stage|failed to reproduce) '(.*?)'", output)), "")


def test_branches_that_changed_different_stages_merge_by_themselves_and_nothing_is_left_to_run(clone):
    on(clone, "weights")
    clone.git("merge", "--quiet", "--no-edit", "origin/package")
    assert first_to_run(clone) == ""
    assert clone.git("status", "--porcelain") == ""
    before = clone.read("dvc.lock")
    locked.rerun(clone)
    assert clone.read("dvc.lock") == before


def test_in_a_true_conflict_just_those_stages_run_again_and_the_merge_waits_for_them(clone):
    on(clone, "half")
    output = clone.run("git", "merge", "--no-edit", "origin/longer", code=1)
    assert "dvc.lock: changed on both sides, so these will run again: audit, evaluate, package, report: run `make repro`" in output
    assert "metrics/metrics.json: changed on both sides, kept as in HEAD: make it anew with make repro" in output
    assert "dvc.lock: stale, evaluate: never run: run `make repro`" in output  # the hook, so nothing is committed
    assert "Not committing merge" in output
    for path in ("dvc.lock", *clone.git("ls-files", "metrics").split()):
        assert b"<<<<<<<" not in (clone.folder / path).read_bytes()
    assert first_to_run(clone) == "evaluate"  # and so none of train, which only the other branch changed
    locked.rerun(clone)
    clone.git("add", "dvc.lock", "metrics")
    clone.git("commit", "--quiet", "--no-edit")
    assert len(clone.git("log", "-1", "--format=%P").split()) == 2


def test_a_linked_work_tree_merges_with_the_environment_of_the_main_one(clone, tmp_path):
    clone.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), "origin/weights")
    linked = Project(tmp_path / "linked")
    assert not (linked.folder / ".venv").exists()
    linked.git("merge", "--quiet", "--no-edit", "origin/package")
    assert linked.git("status", "--porcelain") == ""


def test_without_an_environment_the_merge_stops_with_a_line_that_says_what_to_do(clone):
    (clone.folder / ".venv").unlink()
    on(clone, "weights")
    before = clone.read("dvc.lock")
    output = clone.run("git", "merge", "--no-edit", "origin/package", code=1)
    assert "error: there is no .venv in" in output and "CONFLICT (content): Merge conflict in dvc.lock" in output
    assert clone.read("dvc.lock") == before


def test_without_the_drivers_no_merge_makes_an_entry_that_nobody_ran(clone):
    clone.run("python", "-m", "commands.hooks", "--off")
    on(clone, "half")  # changes package's metrics, and `package` its code: as text, both lines go into one entry
    before = clone.read("dvc.lock")
    assert "CONFLICT (content): Merge conflict in dvc.lock" in clone.run("git", "merge", "origin/package", code=1)
    assert clone.read("dvc.lock") == before
