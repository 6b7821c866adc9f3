"""Kaggle and GitHub on 127.0.0.1, for a whole `dvc repro`: what they hold, and how it is waited for.

The archive has as many rows as Kaggle's, for download counts them; their pictures are 300 bytes of noise, which only
filter would decode. Together they are 3.4 MB: the client writes 1 MiB at a time, so there is something to resume.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.archives import zipped
from tests.faults.bench import Bench
from tests.kaggle_server import KaggleServer
from tests.tiny_coronahack import IEEE8023, ROWS, contents

NORMAL = [f"{number},normal-{number:04d}.jpeg,Normal,TRAIN,," for number in range(10, 10 + 5910 - len(ROWS))]
FILES = contents([*ROWS, *NORMAL], size=300)
ARCHIVE = zipped(FILES)
TABLE = IEEE8023.encode()
INPUTS = Path(".dvc/inputs")
HOME = INPUTS / "kagglehub/datasets/praveengovi/coronahack-chest-xraydataset"
PARTIAL, TREE, MARKER = HOME / "3.archive", HOME / "versions/3", HOME / "3.complete"
# Of the waits of a stage: 300 s of silence become 60 s, a second try comes after 0.4 s. Not less, for on a busy machine
# the client needs 10 s before it asks for anything.
PATIENCE = "0.2"


def reached(server: KaggleServer, certificate: Path) -> dict[str, str]:
    """The environment in which Kaggle and GitHub are this server."""
    return {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": server.url, "https_proxy": server.url, "no_proxy": "",
            "NO_PROXY": "", "REQUESTS_CA_BUNDLE": str(certificate), "XRAYS_PATIENCE": PATIENCE}


def wait_for(condition: Callable[[], bool], process: subprocess.Popen, bench: Bench) -> None:
    """Wait until something has happened while a command of the bench runs, two minutes at most."""
    until(lambda: condition() or process.poll() is not None)
    assert condition(), bench.log


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill(process: subprocess.Popen) -> None:
    """kill -9 of dvc, its shell, the stage and the client at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
