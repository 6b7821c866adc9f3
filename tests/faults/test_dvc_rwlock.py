"""Line 69: DVC's own lock file, damaged or naming a process that is no dvc, stops every dvc command for ever."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.faults.bench import one_line
from tests.faults.repairs import VERIFY, Verified, linked

REPRO = ("python", "-m", "commands.repro")
RWLOCK = ".dvc/tmp/rwlock"


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    return linked(reproduced, tmp_path / "bench")


def held_by(pid: int, path: str, mode: str) -> bytes:
    entry = {"pid": pid, "cmd": "/usr/bin/dvc repro"}
    return json.dumps({"write": {path: entry}} if mode == "write" else {"read": {path: [entry]}}).encode()


def is_named_and_freed(bench: Verified, *says: str) -> None:
    """DVC itself is stuck; `make repro` says why and what to type; typed as it stands it is enough."""
    bench.dvc("repro", "--force", "--single-item", "download", code=255)
    line = one_line(bench.run(*REPRO, code=1))
    for pattern in (re.escape(f"{RWLOCK} is "), *says):
        assert re.search(pattern, line), line
    finding, = bench.findings()
    assert finding.startswith(f"{RWLOCK}: ") and finding.endswith(f": rm {RWLOCK}")
    command, = re.findall(r"`(rm [^`]*)`", line)
    bench.run("sh", "-c", command)
    bench.run(*REPRO)
    bench.run(*VERIFY)
    bench.is_the_reference()


@pytest.mark.line(69, "fault")
@pytest.mark.parametrize("content", [
    pytest.param(b"", marks=pytest.mark.sample, id="empty"),
    pytest.param(b'{"write": {"/a', id="cut"),
    pytest.param(b"\xff\x00\xfe", id="binary"),
    pytest.param(b'{"write": {"/a": {"pid": "12"}}}', id="other schema"),
    pytest.param(b"[]", id="list")])
def test_a_damaged_lock_file_of_dvc_is_told_in_one_line_with_the_command_that_frees_it(bench, content):
    (bench.folder / ".dvc" / "tmp").mkdir(exist_ok=True)
    (bench.folder / RWLOCK).write_bytes(content)
    is_named_and_freed(bench, "damaged, it is not the JSON that DVC wrote")


@pytest.mark.line(69, "fault")
@pytest.mark.parametrize("mode", ["write", "read"])
@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_number_that_another_program_has_by_now_is_told_with_that_program(bench, tmp_path, mode, where):
    place = bench.folder if where == "here" else tmp_path
    words = [sys.executable, "-c", "import time; time.sleep(1234)"]
    words += ["dvc", "repro"] if where == "elsewhere" else []  # even one that is called dvc holds nothing here
    with subprocess.Popen(words, cwd=place) as other:
        try:
            (bench.folder / RWLOCK).write_bytes(held_by(other.pid, str(bench.folder / "data" / "raw"), mode))
            is_named_and_freed(bench, rf"stale, it names process {other.pid}, which by now is .*sleep\(1234\)",
                               "no dvc in this folder")
        finally:
            other.kill()


@pytest.mark.line(69, "fault")
def test_a_number_that_nobody_has_any_more_stops_nothing(bench):
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    (bench.folder / RWLOCK).write_bytes(held_by(gone.pid, str(bench.folder / "data" / "raw"), "write"))
    bench.run(*VERIFY)
    bench.recovers("download")


@pytest.mark.line(69, "kill")
def test_a_living_dvc_is_waited_for_and_its_lock_never_given_away(bench):
    running = bench.start("dvc", "repro", "--force", "--single-item", "train@0-0")
    try:
        while str(running.pid) not in ((bench.folder / RWLOCK).read_text() if (bench.folder / RWLOCK).exists() else ""):
            assert running.poll() is None, bench.log
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGSTOP)  # it lives, and stays where it is for as long as we look
        for command in (REPRO, VERIFY):
            line = one_line(bench.run(*command, code=1))
            assert f"process {running.pid} (" in line and "is at work in this folder: wait for its end" in line
            assert "rm " not in line
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    bench.run(*REPRO)
    bench.run(*VERIFY)
    bench.is_the_reference()
