"""CoronaHack from Kaggle through the unmodified kagglehub client, with what that client lacks (tried with 1.0.2).

It hangs for ever on a silent server, never tries again, trusts a spoilt archive in its cache for ever, two at once
spoil each other's, and it asks for no hash of ours. So here it runs in a child process that is ended when no byte
comes for five minutes, up to five times, one at a time on a machine. A cut download resumes where it ended.
"""

import errno
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from xrays import archive, kaggle_client, unpack, web
from xrays.console import BadInput
from xrays.kaggle_client import BY_HAND, DATASET, VERSION, Spoilt

ROWS = 5910
SPACE = 4 * 10**9  # bytes: the zip, its tree and our copy are 1.2 GB each
QUIET = 300.0 * web.PATIENCE  # seconds; the client writes 1 MiB at a time, so links down to 4 kB/s pass
TOLD = 100 * 10**6  # bytes between two lines in a log
AGAIN = f"run the same command again (what came so far is kept), or {BY_HAND}"


class TooMuch(BadInput):
    """More than any version of the data set holds; another try would only fill the disk again."""


@contextmanager
def dataset(
    cache: Path, sha256: str = "", pause: float = web.PAUSE, quiet: float = QUIET
) -> Iterator[tuple[Path, str]]:
    """Folder of the data set and the SHA-256 of its tree, ours alone while the context lasts.

    Downloads what cache does not hold; a held tree that is not the one of sha256 was damaged there and is fetched
    anew, once. Whether a fresh one is that of sha256 is for the caller to judge.
    """
    with _alone(cache):
        held = _places(cache)["marker"].exists()
        tree = _download(cache, pause, quiet)
        digest = archive.tree_sha256(tree)
        if held and sha256 and digest != sha256:
            print("the copy of Kaggle's data set on this machine is not the one of data.sha256: fetching it again")
            forget(cache)
            tree = _download(cache, pause, quiet)
            digest = archive.tree_sha256(tree)
        yield tree, digest


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Wait for the lock of the cache: two clients at once write into one file and both fail."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        file = (cache / "lock").open("w")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise BadInput(f"{cache} cannot be written ({error.strerror}): make it a folder that you may write to, "
                       "or set another cache with `dvc cache dir`") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another download from Kaggle is running on this machine: waiting for it", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _places(cache: Path) -> dict[str, Path]:
    """Where kagglehub keeps the partial archive, the extracted tree and the mark that the tree is whole."""
    home = cache / "datasets" / DATASET
    return {"archive": home / f"{VERSION}.archive", "tree": home / "versions" / VERSION,
            "marker": home / f"{VERSION}.complete"}


def forget(cache: Path) -> None:
    """Remove what came, so that the next try begins anew; for the holder of the cache's lock."""
    places = _places(cache)
    places["marker"].unlink(missing_ok=True)  # first: without it, nothing else is trusted
    places["archive"].unlink(missing_ok=True)
    shutil.rmtree(places["tree"], ignore_errors=True)


def _download(cache: Path, pause: float, quiet: float) -> Path:
    places = _places(cache)
    if not places["marker"].exists():
        unpack.check_space(cache, SPACE)
        web.patiently(lambda: _attempt(cache, quiet), pause, AGAIN)
    try:
        _check_tree(places["tree"])
    except BadInput:
        forget(cache)
        raise
    return places["tree"]


def _attempt(cache: Path, quiet: float) -> None:
    """Run the client once; raises what it ended with, and leaves nothing that would spoil the next try."""
    places = _places(cache)
    shutil.rmtree(places["tree"], ignore_errors=True)  # the client would extract over what a killed one left
    failure = _run_client(cache, quiet)
    if isinstance(failure, (Spoilt, TooMuch)):
        page = places["archive"].is_file() and unpack.is_web_page(places["archive"])
        forget(cache)
        if page:
            raise Spoilt("Kaggle sent a web page instead of the zip")
    if failure:
        shutil.rmtree(places["tree"], ignore_errors=True)  # half of it, after a full disk, is space for others
        raise failure


def _run_client(cache: Path, quiet: float) -> Exception | None:
    spawn = get_context("spawn")  # a fork would share our threads' locks
    receiver, sender = spawn.Pipe(duplex=False)
    client = spawn.Process(target=kaggle_client.download, args=(cache, sender), daemon=True)
    client.start()
    sender.close()
    try:
        return _watch(receiver, cache, quiet)
    finally:
        client.kill()
        client.join()


def _watch(receiver: Connection, cache: Path, quiet: float) -> Exception | None:
    """Wait for the client's last word as long as bytes come, and no more of them than a sound archive holds."""
    size, packed, told, since, places = 0, 0, 0, time.monotonic(), _places(cache)
    while not receiver.poll(min(1.0, quiet / 4)):
        before, size = size, _bytes_below(cache)
        with suppress(FileNotFoundError):
            packed = places["archive"].stat().st_size  # the client removes it at the end
        if packed and _bytes_below(places["tree"]) > unpack.MOST_RATIO * packed:
            return TooMuch(f"Kaggle's archive unpacks to more than {unpack.MOST_RATIO} times its own size: {BY_HAND}")
        if size != before:
            since = time.monotonic()
        if time.monotonic() - since > quiet:
            return web.Temporary(f"Kaggle sent nothing for {quiet:.0f} s")
        if size > unpack.MOST_BYTES:
            return TooMuch(f"Kaggle's archive fills more than {unpack.MOST_BYTES / 1e9:.0f} GB, not 2.5: {BY_HAND}")
        if size // TOLD > told and not sys.stderr.isatty():  # on a terminal the client draws a bar
            told = size // TOLD
            print(f"from Kaggle: {told * TOLD / 1e6:,.0f} MB on disk (at the end about 2,500)", flush=True)
    try:
        return receiver.recv()
    except EOFError:
        return web.Temporary("the Kaggle client was killed")


def _bytes_below(folder: Path) -> int:
    """Size of all files; those that the client removes meanwhile count as nothing."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.lstat().st_size
    return total


def _check_tree(tree: Path) -> None:
    """The limits of unpack.check, for what the client has unpacked itself."""
    paths = list(tree.rglob("*"))
    links = [path.relative_to(tree) for path in paths if path.is_symlink() or not (path.is_file() or path.is_dir())]
    if links or len(paths) > unpack.MOST_ENTRIES or _bytes_below(tree) > unpack.MOST_BYTES:
        fault = f"holds {links[0]}, a link or a device" if links else "is larger than any version we know"
        raise BadInput(f"Kaggle's archive {fault}: it is not what this project was written for; {BY_HAND}")
