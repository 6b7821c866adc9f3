"""A stage ends with the DVC that started it, and is alone: a killed `dvc repro` leaves nobody that writes beside a new one.

DVC starts a stage through a shell and does not watch it: killed with -9 it leaves the stage running (tried with
3.67.1), and a second `dvc repro` would lock in what both wrote. Linux only, as the project is.
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

LOCKS = Path(".dvc/tmp/stages")
PR_SET_PDEATHSIG = 1
STARTED_BY_DVC = b"-c\0python -m stages."  # how the command line of DVC's shell ends
HELD = "XRAYS_HELD_STAGE"
held: list[object] = []  # what must live as long as this process: the lock file, a pool that is shutting down


def hold(stage: str) -> bool:
    """Tie this process to the DVC above it, and wait until no other process runs the same stage in this work tree.

    Returns False, and does nothing, in a worker process of a stage that is held.
    """
    if os.environ.get(HELD) == stage:  # a spawned worker imports the module of its stage again
        return False
    end_with(parents())
    LOCKS.mkdir(parents=True, exist_ok=True)
    file = (LOCKS / f"{stage}.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{stage} is still running in this folder: waiting for its end", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    held.append(file)
    os.environ[HELD] = stage
    return True


def parents() -> list[int]:
    """Processes whose end is ours: DVC, and the shell between where there is one."""
    parent = os.getppid()
    if parent == 1 and b"dvc" not in command_line(1):
        sys.exit("error: the dvc that started this stage has ended: run the same command again")
    return [parent, _parent_of(parent)] if STARTED_BY_DVC in command_line(parent) else [parent]


def command_line(pid: int) -> bytes:
    """Words of a process, with a NUL behind each; empty where it is gone or not ours to see."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 1


def end_with(pids: list[int]) -> None:
    """Exit at once when any of these processes has ended; worker processes follow by die_with_parent."""
    poll = select.poll()
    try:
        for pid in pids:
            poll.register(os.pidfd_open(pid), select.POLLIN)  # readable when the process has ended, without polling
    except ProcessLookupError:
        _end()
    threading.Thread(target=lambda: poll.poll() and _end(), daemon=True).start()


def _end() -> None:
    os.write(2, b"error: the dvc that started this stage was killed, so it stops too: run the same command again\n")
    os._exit(1)


@contextmanager
def workers(processes: int, start: str) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with this one, however it ends; after an error they are not waited for."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context(start), initializer=die_with_parent)
    try:
        yield pool
    except BaseException:
        held.append(pool)  # collected too early, it forgets to cancel what is left and works on for minutes
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that started it dies; signals are the parent's to report."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
