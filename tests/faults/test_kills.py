"""Lines 53 to 56: training killed anywhere, in any way, ends in the same bytes as training that never was."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.bench import Bench

TRIES = 5  # a file that exists for 50 ms may be gone before the kill
WEIGHTS = "models/fold-0-seed-0.safetensors"
REPRO = ("dvc", "repro", "train@0-0")


def begun(bench: Bench) -> bool:
    return "python -m stages.train" in bench.log


def in_an_epoch(bench: Bench) -> bool:
    return bool(list(bench.folder.glob(".dvc/checkpoints/*/epoch-*")))


def writing_a_checkpoint(bench: Bench) -> bool:
    return bool(list(bench.folder.glob(".dvc/checkpoints/*/*.unfinished")))


def saving_the_weights(bench: Bench) -> bool:
    return os.path.exists(bench.folder / "models" / ".fold-0-seed-0.safetensors.unfinished")


def saved_but_not_locked(bench: Bench) -> bool:
    return (bench.folder / WEIGHTS).exists() and bench.entry("train@0-0") is None


def stages_of(bench: Bench) -> list[int]:
    """Processes of a stage that work in the bench's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            mine = os.readlink(process / "cwd").startswith(str(bench.folder))
            if mine and b"stages.train" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass
    return found


def gone(bench: Bench) -> bool:
    """Whether no stage is left within ten seconds."""
    for _ in range(1000):
        if not stages_of(bench):
            return True
        time.sleep(0.01)
    return False


def killed(bench: Bench, moment: Callable[[Bench], bool], kill: Callable[[subprocess.Popen, Bench], None]) -> None:
    """Start training and kill it at a moment; again until the moment was hit."""
    for _ in range(TRIES):
        process = bench.start(*REPRO)
        while not moment(bench) and process.poll() is None:
            time.sleep(0.001)  # without it the watcher takes a core, and training with two threads crawls
        if process.poll() is None:
            kill(process, bench)
        process.wait()
        assert gone(bench)
        if moment(bench):
            return
        bench.anew()
    pytest.fail(f"the moment was missed {TRIES} times")


def group(number: int) -> Callable[[subprocess.Popen, Bench], None]:
    return lambda process, _: os.killpg(process.pid, number)


def dvc_alone(process: subprocess.Popen, _: Bench) -> None:
    os.kill(process.pid, signal.SIGKILL)


def the_stage_alone(_: subprocess.Popen, bench: Bench) -> None:
    for pid in stages_of(bench):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.line(53, "kill")
@pytest.mark.parametrize("moment, resumed", [
    (begun, False), (in_an_epoch, True), pytest.param(writing_a_checkpoint, None, id="writing_a_checkpoint"),
    (saving_the_weights, True), (saved_but_not_locked, None)])
def test_killed_at_any_moment_the_next_run_ends_in_the_same_bytes(untrained, moment, resumed):
    killed(untrained, moment, group(signal.SIGKILL))
    assert untrained.entry("train@0-0") is None
    output = untrained.recovers("train@0-0")
    assert resumed is None or ("resumed at epoch" in output) == resumed


@pytest.mark.sample
@pytest.mark.line(55, "kill")
def test_killed_dvc_takes_its_stage_along_and_the_next_run_resumes(untrained):
    killed(untrained, in_an_epoch, dvc_alone)
    assert "the dvc that started this stage was killed, so it stops too" in untrained.log
    assert "resumed at epoch" in untrained.recovers("train@0-0")


@pytest.mark.line(53, "kill")
def test_the_stage_alone_killed_is_a_failed_run_and_the_next_resumes(untrained):
    killed(untrained, in_an_epoch, the_stage_alone)
    assert "exited with -9" in untrained.log and untrained.entry("train@0-0") is None
    assert "resumed at epoch" in untrained.recovers("train@0-0")


@pytest.mark.line(54, "kill")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_end_is_one_line_and_the_next_run_resumes(untrained, number):
    killed(untrained, in_an_epoch, group(number))
    assert "Traceback" not in untrained.log
    assert "interrupted: nothing was finished under a final name; run the same command again" in untrained.log
    assert not list(untrained.folder.glob("models/fold*"))
    assert "resumed at epoch" in untrained.recovers("train@0-0")


@pytest.mark.line(53, "kill")
def test_killed_again_and_again_it_still_ends_in_the_same_bytes(untrained):
    for moment in (in_an_epoch, writing_a_checkpoint, in_an_epoch):
        killed(untrained, moment, group(signal.SIGKILL))
    untrained.recovers("train@0-0")


@pytest.mark.line(53, "kill")
def test_a_changed_param_does_not_resume_the_killed_run(untrained):
    killed(untrained, in_an_epoch, group(signal.SIGKILL))
    untrained.set(train__lr=0.002)
    output = untrained.dvc("repro", "train@0-0")
    assert "resumed" not in output
    untrained.git("checkout", "--quiet", "params.yaml")
    assert "resumed at epoch" in untrained.recovers("train@0-0")


@pytest.mark.line(53, "kill")
def test_a_killed_experiment_in_a_temporary_folder_resumes_when_it_is_run_again(untrained):
    command = ("dvc", "exp", "run", "--temp", "--name", "again", "train@0-0")
    process = untrained.start(*command)
    while not in_an_epoch(untrained) and process.poll() is None:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    output = untrained.run(*command)
    assert "resumed at epoch" in output and untrained.git("status", "--porcelain") == ""
    reference, = untrained.git("for-each-ref", "--format=%(refname)", "refs/exps").split()
    lock = untrained.git("show", f"{reference}:dvc.lock")
    made = {path: md5 for path, md5 in untrained.reference.items() if path.startswith("models/")}
    assert len(made) == 4
    for path, md5 in made.items():
        assert f"path: {path}\n      hash: md5\n      md5: {md5}\n" in lock


@pytest.mark.line(56, "fault")
def test_of_two_runs_at_once_the_second_refuses_and_the_first_ends_well(untrained):
    first = untrained.start(*REPRO)
    while not begun(untrained):
        time.sleep(0.01)
    output = untrained.run(*REPRO, code=255)
    assert "is busy, it is being blocked by" in output and "Traceback" not in output
    assert first.wait() == 0
    untrained.recovers("train@0-0")


@pytest.mark.line(55, "fault")
def test_a_stage_waits_for_one_that_still_runs_in_the_same_folder(untrained):
    holder = ("import stages, time; from pathlib import Path; from xrays import lifeline; lifeline.hold('train@0-0'); "
              "Path('held').touch(); time.sleep(20)")  # DVC takes 5 s to come to the stage, longer beside other work
    process = untrained.start("python", "-c", holder)
    while not (untrained.folder / "held").exists():
        time.sleep(0.01)
    output = untrained.recovers("train@0-0")
    assert "train@0-0 is still running in this folder: waiting for its end" in output
    process.wait()
