"""Line 70: dvc.lock cut, in conflict or edited: one clear line or the same bytes again, never a lie."""

import re

import pytest

from tests.faults.bench import one_line
from tests.faults.repairs import Verified, linked

REPRO = ("python", "-m", "commands.repro")
MODEL = "models/fold-0-seed-0.safetensors"


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    return linked(reproduced, tmp_path / "bench")


def refused(bench: Verified, *says: str) -> str:
    """Both commands say the same line; DVC is not even started."""
    lines = {one_line(bench.run("python", "-m", f"commands.{name}", code=1)) for name in ("repro", "verify")}
    assert len(lines) == 1
    for pattern in says:
        assert re.search(pattern, *lines), lines
    return lines.pop()


CUTS = {  # what is left of the lock, by its last words
    "behind its schema": "schema: '2.0'\n",
    "within a command": "    cmd: python -m stages.down",
    "behind a stage": "(?m)^  filter:\n",
    "behind a command": "    cmd: python -m stages.evaluate\n",
    "behind a path": f"    - path: {MODEL}\n",
    "within an md5": f"    - path: {MODEL}\n      hash: md5\n      md5: ....",
    "but for its last line": "      size: .*\n",
}


@pytest.mark.line(70, "input")
@pytest.mark.parametrize("words", CUTS.values(), ids=CUTS)
def test_a_lock_that_was_cut_is_refused_or_known_to_be_stale_and_nothing_is_lost(bench, words):
    end = list(re.finditer(words, bench.lock))[-1].end()
    (bench.folder / "dvc.lock").write_text(bench.lock[:end])
    output = bench.run("sh", "-c", "python -m commands.verify; test $? -eq 1")
    if "error: " in output:
        command = re.search(r"`(git checkout [^`]*)`", refused(bench, "dvc.lock is cut or edited|not valid YAML"))[1]
        bench.run("sh", "-c", command)
    bench.mend()


@pytest.mark.line(70, "input")
def test_an_empty_lock_is_refused_and_comes_back(bench):
    (bench.folder / "dvc.lock").write_text("")
    bench.run("sh", "-c", re.search(r"`(rm [^`]*)`", refused(bench, "dvc.lock is cut or edited"))[1])
    bench.run(*REPRO)
    bench.run("python", "-m", "commands.verify")
    bench.is_the_reference()


def merged(bench: Verified) -> str:
    """A real conflict: another line at the same place on each branch; what `git merge` says of it."""
    entry = bench.lock.index("  evaluate:")
    for branch, text in (("theirs", "# theirs\n"), ("main", "# ours\n")):
        bench.git("checkout", "--quiet", *(["-b", branch] if branch != "main" else [branch]))
        (bench.folder / "dvc.lock").write_text(bench.lock[:entry] + text + bench.lock[entry:])
        bench.git("commit", "--quiet", "--all", "--message", branch)
    return bench.run("git", "merge", "theirs", code=1)


@pytest.mark.line(70, "input")
def test_of_a_lock_in_conflict_the_one_of_head_stays_whole_and_a_person_is_told(bench):
    said = merged(bench)
    assert re.search("(?m)^CONFLICT .*dvc.lock$", said) and "Automatic merge failed" in said
    assert bench.git("status", "--porcelain", "dvc.lock") == "UU dvc.lock\n"
    assert bench.read("dvc.lock") == bench.git("show", "HEAD:dvc.lock")
    bench.run("python", "-m", "commands.verify")
    bench.run("sh", "-c", "make repro && git commit --quiet --all --message merged && sed -i '/^# ours$/d' dvc.lock")
    bench.is_the_reference()


@pytest.mark.line(70, "input")
@pytest.mark.parametrize("way", ["git checkout --ours dvc.lock", "rm dvc.lock"])
def test_a_lock_with_markers_in_it_is_refused_and_both_ways_out_that_are_named_work(bench, way):
    """As Git leaves it where a person has it merged as text, against .gitattributes."""
    (bench.folder / ".git/info/attributes").write_text("dvc.lock merge\n")
    merged(bench)
    assert "<<<<<<<" in bench.read("dvc.lock")
    line = refused(bench, r"dvc\.lock is not valid YAML \(an unfinished merge\?\)", "then `make repro`")
    assert f"`{way}`" in line
    bench.run("sh", "-c", f"{way} && make repro && sed -i '/^# ours$/d' dvc.lock")
    bench.run("python", "-m", "commands.verify")
    bench.is_the_reference()


EDITS = {
    "an out, to what no file has": lambda bench: (bench.reference[MODEL], "a" * 32),
    "an out, to another model": lambda bench: (bench.reference[MODEL], bench.reference[MODEL.replace("0", "1", 1)]),
    "a folder": lambda bench: (bench.reference["data/raw"], "b" * 32 + ".dir"),
    "an out in Git": lambda bench: (bench.reference["metrics/metrics.json"], "c" * 32),
    "a dep": lambda bench: (next(dep["md5"] for dep in bench.entry("weights")["deps"]), "d" * 32),
    "a param": lambda bench: ("train.lr: 0.003", "train.lr: 0.03"),
    "a command": lambda bench: ("cmd: python -m stages.weights", "cmd: python -m stages.weight"),
}


@pytest.mark.line(70, "input")
@pytest.mark.parametrize("edit", EDITS)
def test_one_value_edited_by_hand_is_named_and_the_truth_comes_back(bench, edit):
    old, new = EDITS[edit](bench)
    at = bench.lock.index(old)
    (bench.folder / "dvc.lock").write_text(bench.lock[:at] + new + bench.lock[at + len(old):])
    assert bench.findings()
    bench.mend()
