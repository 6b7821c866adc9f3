"""Runs that DVC remembers and brings back instead of running: unreadable ones, and other results from equal inputs."""

import re
from collections.abc import Iterator
from pathlib import Path

from dvc.utils import dict_sha256
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from xrays.verification.finding import Finding, rerunning, shown, words

RUN = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})/([0-9a-f]{64})")
UNHASHED = ["size", "nfiles"]  # as in dvc.stage.cache, which names a run by the hash of its inputs and that of all


def findings(folder: Path, stages: dict[str, dict], committed: dict[str, dict]) -> Iterator[Finding]:
    """folder: the cache's; stages: the entries of dvc.lock; committed: those in Git.

    Of two results the committed one is right; where dvc.lock itself is not the committed one, a run has to tell.
    """
    names = {key(entry): name for name, entry in stages.items()}
    for path in sorted(path for path in (folder / "runs").rglob("*") if path.is_file()):
        if fault := _fault(path):
            yield Finding(shown(path), fault, f"rm -f {words(path)}")
            continue
        name, entry = names.get(path.parent.name, ""), _read(path)
        if name and outs(entry) != outs(stages[name]):
            reviewed = name in committed and outs(committed[name]) == outs(stages[name])
            repair = f"rm -f {words(path)}" if reviewed else rerunning(name, path.parent)
            yield Finding(shown(path), f"foreign, a remembered run of {name} with other outs than dvc.lock's from the "
                          "same inputs", repair)


def remembered(folder: Path, entry: dict) -> list[Path]:
    """Folders that hold the runs from the inputs of an entry of dvc.lock."""
    return [path for path in [folder / "runs" / key(entry)[:2] / key(entry)] if path.is_dir()]


def key(entry: dict) -> str:
    """DVC's hash of what a run depended on."""
    return dict_sha256(entry | {"outs": [out["path"] for out in entry.get("outs", [])]}, exclude=UNHASHED)


def outs(entry: dict) -> dict[str, str]:
    return {out["path"]: out.get("md5", "") for out in entry.get("outs", [])}


def _fault(path: Path) -> str:
    named = RUN.fullmatch("/".join(path.parts[-3:]))
    if not named:
        return "partial, left by an interrupted dvc"
    try:
        entry = _read(path)
        whole = (key(entry), dict_sha256(entry, exclude=UNHASHED)) == named.groups()
    except (YAMLError, UnicodeDecodeError, TypeError, KeyError, AttributeError):
        whole = False
    return "" if whole else "damaged, a remembered run that is not what its name says"


def _read(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
