"""Unpacks a zip from outside: its whole list of entries is judged before a byte is written.

Python's zipfile alone is safe from entries that climb out of the folder, but it has no limits (194 kB unpacked to
200 MB when tried), lets the last of two equal names win and merges `a.jpg` with `A.jpg` on other systems.
"""

import errno
import lzma
import shutil
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from xrays import console
from xrays.console import FREE_SPACE, BadInput

# CoronaHack: 5,935 files, 1.3 GB, ratio 1.1.
MOST_ENTRIES = 20_000
MOST_BYTES = 10 * 10**9
MOST_RATIO = 200
SUFFIXES = {".csv", ".jpeg", ".jpg", ".png"}
NOT_KAGGLES = "it is not Kaggle's archive (about 5,935 entries, 1.2 GB); download that again"
AGAIN = "download the archive again"
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, UnicodeDecodeError)


def unpack(path: Path, folder: Path, foreign: str = NOT_KAGGLES, damaged: str = AGAIN) -> None:
    """Write every entry below a folder that exists, and check its CRC. Raises BadInput that begins with "the zip".

    foreign, damaged: what to do about a zip that holds what it should not, and about one that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            check(entries, path.stat().st_size, foreign)
            check_space(folder, sum(entry.file_size for entry in entries))
            for entry in console.progress(entries, len(entries), "unpacking"):
                _write(archive, entry, folder)
    except DAMAGE as error:
        if is_web_page(path):
            raise BadInput(f"the zip is a web page, not a zip (a login page that was saved?): {damaged}") from None
        raise BadInput(f"the zip is damaged or incomplete ({error}): {damaged}") from None


def is_web_page(path: Path) -> bool:
    """Whether a file is HTML, as a login page or a proxy's error that was saved under another name."""
    with path.open("rb") as file:
        return file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html"))


def check(entries: list[zipfile.ZipInfo], packed: int, foreign: str) -> None:
    """Refuse a list of entries that no honest archive of pictures has; packed is the size of the zip in bytes."""
    for entry in entries:
        if fault := _fault(entry):
            raise BadInput(f"the zip's entry {entry.orig_filename[:100]!r} {fault}: {foreign}")
    _check_sizes(entries, packed, foreign)
    _check_collisions(entries, foreign)


def _fault(entry: zipfile.ZipInfo) -> str:
    name = entry.orig_filename
    parts = name.removesuffix("/").split("/")
    if entry.flag_bits & 1:
        return "is encrypted"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if {"", ".", ".."} & set(parts):
        return "would not stay in its folder"
    if "\\" in name or not name.isprintable() or max(len(part.encode()) for part in parts) > 255:
        return "has a name that is not allowed"
    if not entry.is_dir() and PurePosixPath(name).suffix.lower() not in SUFFIXES:
        return "is neither csv, jpeg, jpg nor png"
    return ""


def _check_sizes(entries: list[zipfile.ZipInfo], packed: int, foreign: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    for found, most, what in (
        (len(entries), MOST_ENTRIES, "entries"),
        (unpacked, MOST_BYTES, "bytes unpacked"),
        (unpacked // packed, MOST_RATIO, "times its own size unpacked"),
    ):
        if found > most:
            raise BadInput(f"the zip holds {found:,} {what}, more than the {most:,} allowed: {foreign}")


def _check_collisions(entries: list[zipfile.ZipInfo], foreign: str) -> None:
    """No two entries may land in one file, neither here nor where upper and lower case are the same."""
    names = [entry.filename for entry in entries if not entry.is_dir()]
    folders = {entry.filename.removesuffix("/") for entry in entries if entry.is_dir()}
    folders |= {str(parent) for name in names for parent in PurePosixPath(name).parents}
    taken = Counter(name.casefold() for name in [*names, *folders])
    for name in names:
        if taken[name.casefold()] > 1:
            raise BadInput(f"the zip holds {name[:100]!r} twice (or in upper and lower case): {foreign}")


def check_space(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadInput(f"{_size(needed)} are needed on the disk of {folder.absolute()}, {_size(free)} are free: "
                       f"{FREE_SPACE} and run the same command again")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 10**8 else f"{count / 1e6:.1f} MB"


def copy_tree(tree: Path, folder: Path) -> None:
    """Copy every file of a tree below a folder that exists. shutil.copytree would go on where the disk is full."""
    paths = [path for path in sorted(tree.rglob("*")) if path.is_file()]
    check_space(folder, sum(path.stat().st_size for path in paths))
    for path in paths:
        with path.open("rb") as file:
            _save(file, folder / path.relative_to(tree))


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / entry.filename
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    with archive.open(entry) as packed:
        _save(packed, target)


def _save(source: BinaryIO, target: Path) -> None:
    """Copy an open file to its end (where zipfile checks the CRC); a full disk is told with the name of the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            shutil.copyfileobj(source, file)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise OSError(error.errno, error.strerror, str(target)) from None
