"""One thing that is wrong, and the command that repairs it."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

AGAIN = "make repro"


@dataclass(frozen=True)
class Finding:
    path: str
    fault: str  # begins with damaged, missing, partial, foreign or stale
    repair: str

    def __str__(self) -> str:
        return f"{self.path}: {self.fault}: {self.repair}"


def removing(*paths: Path | str, then: str = AGAIN) -> str:
    """A command line that removes files and makes or fetches them anew."""
    return f"rm -rf {words(*paths)} && {then}"


def rerunning(stage: str, *remembered: Path) -> str:
    """A command line that runs one stage again, whatever DVC remembers of it, and then what follows from it."""
    again = f"dvc repro --force --single-item {shlex.quote(stage)} && {AGAIN}"
    return removing(*remembered, then=again) if remembered else again


def words(*paths: Path | str) -> str:
    return " ".join(shlex.quote(shown(Path(path))) for path in paths)


def shown(path: Path) -> str:
    """A path as a person would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def few(names: list[str]) -> str:
    """The first three of a list, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
