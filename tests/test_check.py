"""`make check` and `make hooks`: what can be said of dvc.lock from Git alone, and a commit that is refused for it."""

import hashlib
import re
from pathlib import Path

import pytest

from commands import check, hooks
from tests import locked
from tests.project import Project
from xrays.console import BadInput
from xrays.verification.tracked import COMMIT

CURRENT = re.compile(r"dvc\.lock is current \(\d+ stages, \d+ outs, \d+ of them in Git\)")
WITHOUT_TORCH = "import atexit, sys; from commands import check; "\
                "atexit.register(lambda: print('torch' in sys.modules)); check.main()"


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Project:
    return locked.repository(tmp_path_factory.mktemp("origin"))


@pytest.fixture
def clone(origin, tmp_path, monkeypatch) -> Project:
    """The test is a person in it."""
    project = locked.clone(origin, tmp_path / "clone")
    monkeypatch.chdir(project.folder)
    return project


def found() -> list[str]:
    return [str(finding) for finding in check.check()[0]]


def stale(*lines: str) -> list[str]:
    return [f"dvc.lock: stale, {line}: {COMMIT}" for line in lines]


def replace(path: str, old: str, new: str) -> None:
    text = Path(path).read_text(encoding="utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_shallow_clone_with_a_detached_head_no_data_and_no_torch_is_judged(origin, tmp_path):
    origin.git("clone", "--quiet", "--depth", "1", f"file://{origin.folder}", str(tmp_path / "ci"))
    runner = Project(tmp_path / "ci")
    runner.git("checkout", "--quiet", "--detach")
    line, torch = runner.run("python", "-c", WITHOUT_TORCH).splitlines()
    assert CURRENT.fullmatch(line) and torch == "False"
    assert runner.git("status", "--porcelain") == "" and not (runner.folder / "models").exists()


def test_dvc_itself_finds_nothing_to_run_where_the_check_finds_nothing(clone):
    assert found() == []
    assert "Data and pipelines are up to date." in clone.dvc("repro", "--dry", "--allow-missing")


def test_code_and_params_that_changed_are_named_with_their_stages(clone):
    locked.edit(clone, comment_in="stages/weights.py", train__epochs=3)
    assert set(stale("weights: stages/weights.py changed", "train@0-0: train.epochs changed",
                     "train@1-0: train.epochs changed")) <= set(found())
    assert not [line for line in found() if "download" in line or "filter:" in line]


def test_make_ends_with_2_and_prints_the_code_of_the_check(clone):
    assert CURRENT.fullmatch(clone.run("make", "-o", "venv", "check").strip())
    locked.edit(clone, train__epochs=3)
    said = clone.run("make", "-o", "venv", "check", code=2, LC_ALL="C")
    assert "train@0-0: train.epochs changed" in said and "Error 1" in said


def test_folds_that_came_and_went_are_named(clone):
    locked.edit(clone, train__folds=[0, 2])
    assert set(stale("train@2-0: never run", "train@1-0 is no stage of dvc.yaml any more")) <= set(found())


def test_another_command_and_another_list_of_outs_are_named(clone):
    replace("dvc.yaml", "python -m stages.weights", "python -m stages.weights --fast")
    replace("dvc.yaml", "    - data/raw\n\n", "    - data/raw\n    - data/rawer\n\n")
    assert found() == stale("download: its list of outs changed", "weights: its command changed")


def test_a_folder_of_outs_is_judged_from_the_md5_of_each_in_the_lock_alone(clone):
    md5 = re.search(r"path: models/fold-0-seed-0\.logits\.csv\n\s+hash: md5\n\s+md5: (\w+)", clone.read("dvc.lock"))[1]
    replace("dvc.lock", md5, "a" * 32)
    assert "dvc.lock: stale, evaluate: models changed" in "\n".join(found())


def test_metrics_that_are_not_the_locks_are_named_and_those_of_make_noise_are_not(clone):
    replace("metrics/roc.csv", "of", "off")
    Path("metrics/roc.png").unlink()
    Path("metrics/old.json").write_text("{}\n")
    Path("metrics/noise.json").write_text("{}\n")
    assert found() == [
        f"metrics/roc.csv: damaged, not the bytes that dvc.lock has from evaluate: {COMMIT}",
        f"metrics/roc.png: missing, evaluate makes it and Git holds none: {COMMIT}",
        "metrics/old.json: foreign, made by no stage of dvc.yaml: delete it: `git rm -f metrics/old.json`"]


def test_a_number_written_by_hand_into_metrics_and_lock_is_not_what_the_predictions_say(clone):
    md5 = hashlib.md5(Path("metrics/metrics.json").read_bytes()).hexdigest()
    text = re.sub(r'"auroc": [\d.]+', '"auroc": 0.999', clone.read("metrics/metrics.json"))
    Path("metrics/metrics.json").write_text(text, encoding="utf-8")
    lock = clone.read("dvc.lock").replace(md5, hashlib.md5(text.encode()).hexdigest())
    Path("dvc.lock").write_text(lock, encoding="utf-8")
    assert found() == [f"metrics/metrics.json: damaged, auroc not as computed from metrics/predictions.csv: {COMMIT}"]


def test_an_unfinished_merge_is_named_by_its_line_before_anything_else(clone):
    for path in ("dvc.yaml", "metrics/roc.csv"):
        Path(path).write_text("# one\n<<<<<<< HEAD\n=======\n>>>>>>> other\n")
    assert [line.partition(",")[0] for line in found()] == ["dvc.yaml:2: damaged", "metrics/roc.csv:2: damaged"]


def test_a_lock_that_is_missing_and_params_that_are_not_valid_end_in_one_line(clone):
    Path("dvc.lock").unlink()
    assert found() == [f"dvc.lock: missing: {COMMIT}"]
    replace("params.yaml", "epochs: 1", "epochs: one")
    with pytest.raises(BadInput, match="params.yaml:.* train.epochs"):
        check.check()


def test_a_commit_that_forgets_what_the_work_tree_has_is_refused_with_the_lines(clone):
    clone.run("python", "-m", "commands.hooks")
    locked.edit(clone, comment_in="stages/package.py")
    locked.rerun(clone)
    assert found() == []
    clone.git("add", "stages")
    output = clone.run("git", "commit", "--message", "a comment", code=1)
    assert output.splitlines()[0] == stale("package: stages/package.py changed")[0]
    assert "go past with `git commit --no-verify`" in output
    clone.git("commit", "--quiet", "--all", "--message", "a comment and its lock")  # Git hands an index of its own here


def test_hooks_are_put_in_twice_and_taken_away_and_nothing_else_is_touched(clone):
    Path(".git/info/attributes").write_text("*.csv diff=csv\n")
    before = clone.read(".git/config")
    hooks.install()
    assert hooks.install()[1] == ".git/hooks/pre-commit runs `make check` on what is to be committed"
    assert clone.git("check-attr", "merge", "dvc.lock").strip() == "dvc.lock: merge: dvc-lock"
    hooks.remove()
    assert clone.git("check-attr", "merge", "dvc.lock").strip() == "dvc.lock: merge: unset"
    assert clone.read(".git/info/attributes") == "*.csv diff=csv\n"
    assert clone.read(".git/config") == before
    assert not [path for path in Path(".git/hooks").iterdir() if path.suffix != ".sample"]


def test_a_hook_of_ones_own_is_kept_and_the_line_to_add_is_told(clone):
    own = Path(".git/hooks/pre-commit")
    own.write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(BadInput, match=re.escape(f"add this line to {own}: {hooks.CHECK} || exit 1")):
        hooks.install()
    assert own.read_text() == "#!/bin/sh\nexit 0\n"
    own.write_text(f"#!/bin/sh\n{hooks.CHECK} || exit 1\n")
    assert f"{own} is your own and runs the check already" in hooks.install()


def test_a_folder_of_hooks_that_is_set_elsewhere_is_told_and_left_alone(clone, tmp_path):
    clone.git("config", "core.hooksPath", str(tmp_path / "shared"))
    with pytest.raises(BadInput, match="core.hooksPath is .*shared, and Git reads no other hooks"):
        hooks.install()
    assert not (tmp_path / "shared").exists()
