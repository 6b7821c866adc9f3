"""Line 53: an experiment of DVC's queue, killed together with the worker that ran it, and asked for again."""

import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from tests.faults.bench import Bench, copy

EPOCHS = 8  # enough of them to be killed in the middle
COMMAND = ("-m", "commands.experiments", "--grid", f"train.epochs={EPOCHS}")
NAME = f"epochs-{EPOCHS}"


@pytest.fixture
def unkilled(reproduced, tmp_path) -> dict[str, str]:
    """Path → md5 of what the same params train without a fault."""
    bench = copy(reproduced, tmp_path / "unkilled")
    bench.set(train__epochs=EPOCHS)
    bench.dvc("repro", "train@0-0", "train@1-0")
    return {path: md5 for path, md5 in bench.outs().items() if path.startswith("models/")}


def kill_workers(bench: Bench) -> None:
    """Every process of DVC's queue that works in the bench's folder, as a power cut would."""
    for line in bench.run("ps", "-eo", "pid,args").splitlines():
        pid, _, words = line.strip().partition(" ")
        try:
            here = str(bench.folder) in words or os.readlink(f"/proc/{pid}/cwd").startswith(str(bench.folder))
        except OSError:
            continue
        if here and ("queue-worker" in words or "exec-run" in words):
            os.kill(int(pid), signal.SIGKILL)


@pytest.fixture(params=["reaped", "left as zombies"])
def orphans(request) -> Iterator[None]:
    """What becomes of processes whose parent was killed: init waits for them, or nobody does, as in a container without one."""
    adopt = partial(ctypes.CDLL(None, use_errno=True).prctl, 36)  # PR_SET_CHILD_SUBREAPER: they come to this process
    adopt(int(request.param != "reaped"))
    yield
    adopt(0)
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


@pytest.mark.line(53, "kill")
@pytest.mark.usefixtures("orphans")
def test_a_queued_experiment_killed_with_its_worker_resumes_and_ends_in_the_same_bytes(bench, unkilled):
    command = bench.start(sys.executable, *COMMAND)
    limit = time.monotonic() + 120
    while not list((bench.folder / ".dvc/checkpoints").glob("*/epoch-*")):
        assert command.poll() is None and time.monotonic() < limit, bench.log
        time.sleep(0.05)
    command.kill()
    kill_workers(bench)
    command.wait()
    said = bench.run(sys.executable, *COMMAND)
    assert f"{NAME}: dead" in said and f"{NAME}: queued again" in said and f"{NAME}: done" in said
    assert "resumed at epoch" in bench.dvc("queue", "logs", NAME)
    reference, = bench.git("for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{NAME}").split()
    lock = bench.git("show", f"{reference}:dvc.lock")
    made = dict(re.findall(r"    - path: (models/\S+)\n      hash: md5\n      md5: (\S+)\n", lock))
    assert len(unkilled) == 8 and made == unkilled
