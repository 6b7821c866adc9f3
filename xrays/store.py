"""The store beside DVC's cache: files from outside, named by their SHA-256.

Nothing from outside is read by path. A person takes a file in once; params.yaml then names its hash, so two people
with the same file share a lock, experiments in temporary folders find it, and no machine's path enters Git.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dvc.repo import Repo

from xrays import files
from xrays.console import BadInput


def beside_cache(name: str) -> Path:
    """A folder beside DVC's cache directory: temporary work trees of experiments share it, and it outlives them."""
    return Path(Repo().cache.legacy.path).parent / name


def folder() -> Path:
    return beside_cache("inputs")


@contextmanager
def alone() -> Iterator[Path]:
    """The store's folder, ours alone while the context lasts: two at once would write one unfinished file."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another process takes a file in on this machine: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder()


def take_in(path: Path) -> str:
    """Copy a file into the store and return its SHA-256."""
    if not path.is_file():
        raise BadInput(f"{path} is not a file: give the path of the file to take in")
    digest = files.sha256(path)
    with alone() as store:
        kept = store / digest
        if not (kept.is_file() and files.sha256(kept) == digest):
            with files.whole(kept) as unfinished:
                shutil.copyfile(path, unfinished)
                if files.sha256(unfinished) != digest:
                    raise BadInput(f"{path} changed while it was taken in: run the same command again")
    return digest


def fetch(digest: str, key: str, remedy: str) -> Path:
    """Path of a file taken in, after its hash is checked; key is the params key that names it."""
    kept = folder() / digest
    if not digest or not kept.is_file():
        missing = f"the file {digest[:12]}… named by {key} is not on this machine" if digest else f"{key} is empty"
        raise BadInput(f"{missing}: {remedy}")
    if files.sha256(kept) != digest:
        raise BadInput(f"{kept.name} in the store is damaged (its SHA-256 is no longer its name): delete it, then {remedy}")
    return kept
