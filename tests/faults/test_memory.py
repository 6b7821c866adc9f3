"""Line 60: memory that runs out in mid-training, by a real limit put on the running process."""

import resource
import time
from pathlib import Path

import pytest

from tests.faults.bench import FAILED, Bench, one_line

ENOUGH_TO_START = 400 << 20  # bytes: the model and its gradients fit, a ResNet50's optimiser and activations do not


def training(bench: Bench) -> int:
    """PID of the train stage once torch is imported and nothing is allocated yet; it takes its lock just then."""
    limit = time.monotonic() + 120
    while not (locks := list(bench.folder.glob(".dvc/checkpoints/*/lock"))):
        assert time.monotonic() < limit, bench.log
        time.sleep(0.01)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, where = (process / "cmdline").read_bytes(), (process / "cwd").readlink()
        except OSError:
            continue
        if b"stages.train" in words and b"-c" not in words.split(b"\0") and where == bench.folder:
            return int(process.name)
    raise AssertionError(f"nobody trains: {locks}")


@pytest.mark.line(60, "fault")
def test_memory_that_runs_out_in_training_names_what_to_lower(untrained):
    untrained.set(train__arch="resnet50", train__size=64, train__batch=16)
    untrained.dvc("repro", "weights")
    before = untrained.entry("train@0-0")
    process = untrained.start("dvc", "repro", "--single-item", "train@0-0")
    pid = training(untrained)
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ENOUGH_TO_START
    resource.prlimit(pid, resource.RLIMIT_AS, (most, most))
    assert process.wait(timeout=300) == FAILED
    line = one_line(untrained.log)
    assert "not enough memory to train on 16 pictures of 64 pixels at once: lower train.batch" in line
    untrained.nothing_partial("train@0-0")
    assert untrained.entry("train@0-0") == before
    untrained.git("checkout", "--quiet", "params.yaml")
    untrained.recovers("weights", "train@0-0")
