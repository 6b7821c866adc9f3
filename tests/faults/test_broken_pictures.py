"""Lines 36, 40, 41, 44, 45, 46: files that no lung can be seen in, and files that are no longer what was checked.

A bad picture is dropped with its reason; only where more than filter.max_bad of the study rows are bad (here 3 of 54,
of which the phantom brings one) does the run stop.
"""

import io
import os
import random
import re
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.faults.archives import folder_files, give, take_back, zipped
from tests.faults.bench import Bench
from tests.faults.filtered import accepted, counts, pictures, place, refused, rows, same_as_reference

NORMAL = "IM-0115-0001.jpeg"
COVID = "1871FBFF-7F33-49A8-A85E-5A6A74E6A3A8.jpeg"


def saved(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def grey(*size: int) -> bytes:
    """A PNG of a slope, width by height."""
    return saved(Image.fromarray(np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)))


def claims(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it has so many pixels."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    content = saved(Image.new("L", (100, 100)))
    return content[:12] + header + zlib.crc32(header).to_bytes(4, "big") + content[33:]


def scrambled(content: bytes) -> bytes:
    """Noise in the middle of the entropy-coded data.

    Of 20 such files Pillow names 18; what still decodes, as most holes and single bits do, only a hash can tell: line 46.
    """
    middle = len(content) // 2
    return content[:middle] + random.Random(0).randbytes(512) + content[middle + 512:]


BAD = [  # (line, what becomes of the file, the reason in the manifest)
    pytest.param(lambda content: b"", "unreadable", marks=[pytest.mark.line(36, "input"), pytest.mark.sample],
                 id="empty"),
    pytest.param(lambda content: b"<!DOCTYPE html><html>Sign in</html>", "unreadable",
                 marks=pytest.mark.line(36, "input"), id="HTML"),
    pytest.param(lambda content: content[:len(content) // 2], "unreadable", marks=pytest.mark.line(36, "input"),
                 id="truncated"),
    pytest.param(scrambled, "unreadable", marks=pytest.mark.line(36, "input"), id="broken stream"),
    pytest.param(lambda content: b"%PDF-1.7\n" + content, "unreadable", marks=pytest.mark.line(36, "input"), id="PDF"),
    pytest.param(lambda content: claims(8000, 7000), "more than 50 megapixels", marks=pytest.mark.line(40, "input"),
                 id="56 megapixels"),
    pytest.param(lambda content: claims(60_000, 60_000), "more than 50 megapixels", marks=pytest.mark.line(40, "input"),
                 id="bomb"),
    pytest.param(lambda content: grey(1, 1), "smaller than 64 pixels", marks=pytest.mark.line(41, "input"), id="1x1"),
    pytest.param(lambda content: grey(63, 180), "smaller than 64 pixels", marks=pytest.mark.line(41, "input"),
                 id="63 wide"),
    pytest.param(lambda content: grey(400, 100), "more than 3 times as long as wide",
                 marks=pytest.mark.line(41, "input"), id="4 to 1"),
    pytest.param(lambda content: saved(Image.new("L", (300, 300), 0)), "one grey value only",
                 marks=pytest.mark.line(44, "input"), id="black"),
    pytest.param(lambda content: saved(Image.new("RGB", (300, 300), "white"), "JPEG"), "one grey value only",
                 marks=pytest.mark.line(44, "input"), id="white"),
]


def spoilt(change, *names: str):
    return lambda archive: archive.update({place(name): change(archive[place(name)]) for name in names})


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_one_bad_picture_is_dropped_with_its_reason(archive_bench, change, reason):
    others = {name: picture for name, picture in pictures(archive_bench).items() if name != NORMAL}
    accepted(archive_bench, spoilt(change, NORMAL))
    assert rows(archive_bench).loc[NORMAL, ["role", "reason", "fold"]].tolist() == ["dropped", reason, ""]
    found = counts(archive_bench)
    assert (found["dropped_unusable"], found["study_rows_bad"], found["normal_pictures"]) == (3, 2, 26)  # 2, 1 and 27
    kept = pictures(archive_bench)
    assert kept.keys() == others.keys() and all((kept[name] == others[name]).all() for name in others)


@pytest.mark.parametrize(("change", "reason"), [BAD[0], BAD[2], BAD[6], BAD[7], BAD[10]])
def test_many_bad_pictures_stop_the_run_and_are_named(archive_bench, change, reason):
    refused(archive_bench, "filter", "3 of 54 study pictures are missing or unusable, more than filter.max_bad 0.05 "
            rf"allows: {COVID} \({reason}\), {NORMAL} \({reason}\), IM-6115-0001.jpeg \(unreadable\); "
            "get the data set again, or raise filter.max_bad to study it without them",
            change=spoilt(change, NORMAL, COVID))


def picture(bench: Bench) -> Path:
    return bench.folder / "data" / "raw" / place(NORMAL)


def unprivileged() -> tuple[str, ...]:
    """root without its capabilities is held to the permissions of its own files, as everybody else is."""
    return () if os.geteuid() else ("setpriv", "--bounding-set=-all")


@pytest.mark.line(45, "fault")
def test_a_picture_that_may_not_be_read_stops_the_run_and_drops_nobody(archive_bench):
    archive_bench.recovers("download", "filter")  # DVC now knows the files of this copy, and trusts them unread
    archive_bench.set(filter__fit="squash")
    picture(archive_bench).chmod(0)
    archive_bench.fails("filter", rf"^error: data/raw/\S+/{NORMAL}: Permission denied: make it readable",
                        "run the same command again", command=(*unprivileged(), "dvc", "repro", "filter"))
    picture(archive_bench).chmod(0o644)
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")


def flip_a_bit(path: Path) -> None:
    """As a disk does: same size, same time stamp, same inode, so DVC does not look."""
    status, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.chmod(status.st_mode)


@pytest.mark.line(46, "fault")
def test_a_bit_that_flips_after_download_is_refused_and_verify_names_the_repair(archive_bench):
    archive_bench.recovers("download", "filter")
    archive_bench.set(filter__fit="squash")
    flip_a_bit(picture(archive_bench))
    archive_bench.fails("filter", "^error: data/raw is not what download made: its bytes have changed since, on disk "
                        "or in DVC's cache: run `make verify`, which names the damage and its repair")
    take_back(archive_bench)
    said = archive_bench.run("python", "-m", "commands.verify", code=1)
    repair = re.search(rf"(?m)^data/raw: damaged, .*{NORMAL}.* \(made by download\): (rm -rf data/raw\b.*)$", said)[1]
    archive_bench.run("sh", "-c", repair.replace("make repro", "dvc repro filter"))  # make knows no bench's .venv
    archive_bench.recovers("download", "filter")


@pytest.mark.line(46, "fault")
def test_a_bit_that_flips_in_the_store_is_refused(archive_bench):
    """The zip taken in: no hash of another zip would bring that picture in unseen."""
    digest = archive_bench.entry("download")["params"]["params.yaml"]["data.sha256"]
    kept = archive_bench.folder / ".dvc" / "inputs" / digest
    flip_a_bit(kept)
    archive_bench.set(data__patients="none")  # so that download has to read it again
    archive_bench.fails("download", f"^error: {digest} in the store is damaged .its SHA-256 is no longer its name.: "
                        "delete it, then run `make coronahack ARCHIVE=")
    flip_a_bit(kept)
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")


@pytest.mark.line(46, "input")
def test_a_bit_that_is_other_in_the_zip_shows_in_the_manifest_and_in_no_other_row(archive_bench):
    """A comment segment holds it, so every pixel is as it was: only the hash tells."""
    before = rows(archive_bench)
    accepted(archive_bench, spoilt(lambda content: content[:2] + b"\xff\xfe\x00\x03x" + content[2:], NORMAL))
    after = rows(archive_bench)
    assert after.index[(after != before).any(axis=1)].tolist() == [NORMAL]
    assert after.columns[(after != before).any(axis=0)].tolist() == ["sha256", "bytes"]
    assert not same_as_reference(archive_bench)


@pytest.mark.line(46, "input")
def test_a_bit_that_is_other_than_the_zips_checksum_is_refused(archive_bench):
    body = bytearray(zipped(folder_files(archive_bench.folder / "data" / "raw")))
    body[len(body) // 2] ^= 1
    give(archive_bench, body=bytes(body))
    archive_bench.fails("download", r"the zip is damaged or incomplete \(Bad CRC-32 for file '.*'\): download the")
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")
