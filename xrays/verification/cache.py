"""DVC's cache on disk: every object hashed again."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tqdm import tqdm

from xrays import files
from xrays.verification.finding import Finding, shown, words

OBJECT = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
WHOLE, DAMAGED, MISSING = "whole", "damaged", "missing"


class Objects(Protocol):
    """A place that keeps files under their md5."""

    def state(self, md5: str) -> str:
        """Whether an object is whole, damaged or missing there."""

    def read(self, md5: str) -> bytes: ...


def listing(md5: str, *places: Objects) -> list[dict[str, str]] | None:
    """md5 and relpath of each file of a folder; None of a file, and where no place holds the object that lists them."""
    holders = (place for place in places if md5.endswith(".dir") and place.state(md5) == WHOLE)
    return next((json.loads(place.read(md5)) for place in holders), None)


def members(md5: str, *places: Objects) -> list[str]:
    """The objects that an out is made of, itself first; of a folder whose listing is lost only that."""
    return [md5, *sorted({entry["md5"] for entry in (listing(md5, *places) or [])})]


class Cache:
    """The cache folder (`.dvc/cache`, or wherever `dvc cache dir` put it), its objects hashed once."""

    def __init__(self, folder: Path):
        self.folder = folder / "files" / "md5"
        paths = sorted(path for path in self.folder.rglob("*") if not path.is_dir())
        self.litter = [path for path in paths if not OBJECT.fullmatch(self._name(path))]
        whole = [path for path in paths if OBJECT.fullmatch(self._name(path))]
        hashed = tqdm(whole, desc="hashing the cache", unit="object", disable=None)  # None: on a terminal only
        self.damaged = {path for path in hashed if not path.is_file() or files.md5(path) != self._md5(path)[:32]}
        self.count = len(whole)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _md5(self, path: Path) -> str:
        return self._name(path).replace("/", "")

    def path(self, md5: str) -> Path:
        return self.folder / md5[:2] / md5[2:]

    def state(self, md5: str) -> str:
        path = self.path(md5)
        return DAMAGED if path in self.damaged else WHOLE if path.is_file() else MISSING

    def read(self, md5: str) -> bytes:
        return self.path(md5).read_bytes()

    def findings(self, outs: dict[str, dict]) -> Iterator[Finding]:
        """What is wrong with objects that no out of dvc.lock needs; outs: path → entry in dvc.lock."""
        needed = {self.path(md5) for out in outs.values() for md5 in members(out["md5"], self)}
        for path in sorted(self.damaged - needed):
            yield Finding(shown(path), "damaged, an object of no out in this dvc.lock", f"rm -f {words(path)}")
        for path in self.litter:
            yield Finding(shown(path), "partial, left by an interrupted dvc", f"rm -f {words(path)}")
