"""Line 68: a remote whose files are damaged or gone; DVC trusts their names, of read-only ones even when it copies."""

import shutil
from pathlib import Path

import pytest

from tests.faults.bench import one_line
from tests.faults.repairs import VERIFY, Verified, flip, linked

MODEL = "models/fold-0-seed-0.safetensors"
ASK = ("--remote", "r")


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    """With a folder as default remote, to which everything is pushed."""
    bench = linked(reproduced, tmp_path / "bench")
    bench.dvc("remote", "add", "--default", "r", str(tmp_path / "a remote"))
    bench.dvc("push", "--quiet")
    return bench


def afar(bench: Verified, out: str, number: int = 0) -> Path:
    """The same object in the remote."""
    return bench.folder.parent / "a remote" / bench.object(out, number).relative_to(bench.folder / ".dvc" / "cache")


@pytest.mark.line(68, "fault")
@pytest.mark.parametrize("verify", ["true", "false"])  # DVC's own option, which deletes what it finds damaged
@pytest.mark.parametrize("mode", [0o644, 0o444])
@pytest.mark.parametrize("out, number", [(MODEL, 0), ("data/raw", 5), ("data/raw", 0)])
def test_a_damaged_object_in_a_remote_is_named_and_pushed_anew(bench, out, number, mode, verify):
    bench.dvc("remote", "modify", "r", "verify", verify)
    damaged = afar(bench, out, number)
    damaged.chmod(mode)
    flip(damaged)
    line, = bench.findings(*ASK)
    assert line.startswith(f"{out}: damaged in the remote: {damaged}: rm -f ")
    bench.mend(*ASK)


@pytest.mark.line(68, "fault")
@pytest.mark.parametrize("out, number", [(MODEL, 0), ("data/raw", 5), ("data/raw", 0)])
def test_a_missing_object_in_a_remote_is_named_and_pushed_anew(bench, out, number):
    missing = afar(bench, out, number)
    missing.unlink()
    line, = bench.findings("--remote", "default")
    assert line.startswith(f"{out}: missing in the remote: {missing}: ") and line.endswith("dvc push")
    bench.mend("--remote", "default")


@pytest.mark.line(68, "fault")
def test_what_is_damaged_here_is_pulled_from_a_remote_that_holds_it_whole(bench):
    flip(bench.object(MODEL))
    line, = bench.findings(*ASK)
    assert line.startswith(f"{MODEL}: damaged") and line.endswith(f" && dvc pull {MODEL}")
    bench.mend(*ASK)


@pytest.mark.line(68, "fault")
def test_what_is_damaged_here_and_there_is_made_anew_and_pushed(bench):
    flip(bench.object(MODEL))
    flip(afar(bench, MODEL))
    here, there = bench.findings(*ASK)
    assert here.endswith("make repro") and there.endswith("dvc push --remote r")
    bench.mend(*ASK)


@pytest.mark.line(68, "fault")
def test_a_remote_that_is_gone_is_filled_again(bench):
    shutil.rmtree(bench.folder.parent / "a remote")
    lines = bench.findings(*ASK)
    assert len(lines) == len(bench.cached()) and {line.rpartition(": ")[2] for line in lines} == {"dvc push --remote r"}
    bench.mend(*ASK)


@pytest.mark.line(68, "input")
def test_a_remote_that_nobody_added_is_told_by_name(bench):
    line = one_line(bench.run(*VERIFY, "--remote", "nowhere", code=1))
    assert "the remote nowhere cannot be used" in line and "`dvc remote list`" in line
