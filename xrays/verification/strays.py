"""What lies among the outs and is none: files of removed folds, of a person, and what a killed stage was writing."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from xrays.verification.finding import AGAIN, Finding, removing, words

MODEL = re.compile(r"\.?fold-\d+-seed-\d+\..*")  # made by a fold or seed that is no longer asked for: make prune's
NOISE = "metrics/noise.json"  # of `make noise`, which trains one recipe several times, and of no stage


def unfinished(outs: Iterable[str]) -> list[Path]:
    """What xrays.files.whole was writing when it was killed."""
    return sorted(path for folder in {Path(out).parent for out in outs} for path in folder.glob(".*.unfinished"))


def foreign(outs: Iterable[str]) -> list[Path]:
    """Files and folders beside the outs that are files (models/, metrics/, reports/), made by no stage."""
    folders = {Path(out).parent for out in outs if Path(out).suffix}
    return sorted(path for folder in folders for path in folder.glob("*")
                  if path.as_posix() not in {*outs, NOISE} and not path.name.startswith("."))


def findings(outs: list[str]) -> Iterator[Finding]:
    """outs: paths that the stages of dvc.yaml make."""
    for path in unfinished(outs):
        yield Finding(str(path), "partial, left by a stage that was killed", f"rm -rf {words(path)}")
    for path in foreign(outs):
        away = AGAIN if MODEL.fullmatch(path.name) else f"mv --no-clobber {words(path, path.name)}"
        yield Finding(str(path), "foreign, made by no stage of dvc.yaml", away)
