"""Is this the project's environment? Standard library only: it must speak before any package is imported."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = Path(__file__).parent.parent / "libraries.yaml"
REQUIREMENTS = LIBRARIES.with_name("requirements.txt")


def check() -> None:
    """Exit with one line unless this is Linux on x86-64, Python 3.11 or newer, with the pinned DVC and libraries."""
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        sys.exit(f"error: this project runs on Linux x86-64, this is {system} {machine}: use such a machine or container")
    if sys.version_info < (3, 11):
        sys.exit(f"error: Python 3.11 or newer is needed, this is {platform.python_version()}: "
                 "run `make repro`, which picks one, or name it: `make repro PYTHON=python3.12`")
    for name, wanted in (pins() | {"dvc": dvc()}).items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found != wanted:
            sys.exit(f"error: {name} {wanted} is wanted, {found} is installed for {sys.executable}: "
                     "put .venv/bin first on PATH, or make it anew: `rm -rf .venv && make repro`")


def pins() -> dict[str, str]:
    """Versions of the libraries that set a stage's bits, which dvc.yaml tracks as params."""
    lines = LIBRARIES.read_text(encoding="utf-8").splitlines()
    entries = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name: found.strip().strip('"') for name, _, found in entries}


def dvc() -> str:
    """The version of DVC that all of its behaviour here was tried with: it writes dvc.lock, the cache and its locks."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("dvc==") for line in lines if line.startswith("dvc=="))


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0))
