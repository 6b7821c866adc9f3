"""Zips from outside: each one here is really built, and refused before a byte of it is written."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_coronahack import contents, zipped
from xrays import unpack
from xrays.console import BadInput


def refusal(body: bytes, folder: Path) -> str:
    """The message with which a zip is refused; nothing may have been written by then."""
    (folder / "inner/out").mkdir(parents=True)
    (folder / "taken").write_bytes(body)
    with pytest.raises(BadInput) as error:
        unpack.unpack(folder / "taken", folder / "inner/out")
    assert sorted(path.name for path in folder.rglob("*")) == ["inner", "out", "taken"]
    return str(error.value)


def with_entry(change) -> bytes:
    """A zip of two files, the entry of the second one changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.csv", "a")
        entry = zipfile.ZipInfo("b.jpeg")
        change(entry)
        archive.writestr(entry, "b")
    return buffer.getvalue()


def test_writes_every_entry_byte_for_byte(tmp_path):
    (tmp_path / "taken").write_bytes(zipped(contents()))
    (tmp_path / "out").mkdir()
    unpack.unpack(tmp_path / "taken", tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")): path.read_bytes()
             for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == contents()


@pytest.mark.parametrize("name", ["/etc/cron.csv", "../b.jpeg", "train/../../b.jpeg", "train//b.jpeg", "./b.jpeg"])
def test_refuses_an_entry_that_leaves_the_folder(tmp_path, name):
    said = refusal(zipped({"a.csv": b"a", name: b"b"}), tmp_path)
    assert said == (f"the zip's entry '{name}' would not stay in its folder: it is not Kaggle's archive (about 5,935 "
                    "entries, 1.2 GB); download that again")


@pytest.mark.parametrize("name", ["..\\b.jpeg", "C:\\b.jpeg", "b\n.jpeg", f"{'b' * 300}.jpeg"])
def test_refuses_a_name_that_is_not_allowed(tmp_path, name):
    assert "has a name that is not allowed" in refusal(zipped({"a.csv": b"a", name: b"b"}), tmp_path)


def test_refuses_a_name_that_goes_on_behind_a_nul(tmp_path):
    body = zipped({"a.csv": b"a", "b.jpeg#.exe": b"b"}).replace(b"b.jpeg#.exe", b"b.jpeg\0.exe")
    assert "'b.jpeg\\x00.exe' has a name that is not allowed" in refusal(body, tmp_path)


def test_refuses_a_symlink(tmp_path):
    body = with_entry(lambda entry: setattr(entry, "external_attr", (stat.S_IFLNK | 0o777) << 16))
    assert "the zip's entry 'b.jpeg' is a link or a device" in refusal(body, tmp_path)


def test_refuses_an_encrypted_entry(tmp_path):
    body = bytearray(with_entry(lambda entry: None))
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        body[body.rindex(signature) + flags] |= 1
    assert "the zip's entry 'b.jpeg' is encrypted" in refusal(bytes(body), tmp_path)


@pytest.mark.parametrize("name", ["setup.exe", "train/a.jpeg.sh", "README", "a.zip"])
def test_refuses_what_is_no_picture_and_no_table(tmp_path, name):
    assert f"entry '{name}' is neither csv, jpeg, jpg nor png" in refusal(zipped({"a.csv": b"", name: b""}), tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.jpg", "a.jpg"), ("t/a.jpg", "t/A.JPG"), ("a.jpg", "a.jpg/b.jpg")])
def test_refuses_two_entries_that_land_in_one_file(tmp_path, names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"a")
    assert f"the zip holds '{names[0]}' twice (or in upper and lower case)" in refusal(buffer.getvalue(), tmp_path)


def test_refuses_too_many_entries(tmp_path):
    body = zipped({f"{number}.jpg": b"" for number in range(20_001)})
    assert refusal(body, tmp_path).startswith("the zip holds 20,001 entries, more than the 20,000 allowed")


def test_refuses_a_bomb(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(20_000_000))
    assert "times its own size unpacked, more than the 200 allowed" in refusal(buffer.getvalue(), tmp_path)


def test_refuses_what_claims_to_be_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_BYTES", 300)
    assert "the zip holds 400 bytes unpacked, more than the 300" in refusal(zipped({"a.jpg": bytes(400)}), tmp_path)


def test_refuses_what_the_disk_cannot_hold(tmp_path, monkeypatch):
    body = bytearray(zipped({f"{number}.jpg": b"" for number in range(3)}))
    monkeypatch.setattr(unpack, "MOST_BYTES", 10**18)
    monkeypatch.setattr(unpack, "MOST_RATIO", 10**18)
    start = 0
    for _ in range(3):  # each entry claims 4 GB; as many as it takes
        start = body.index(b"PK\1\2", start) + 1
        body[start + 23:start + 27] = (0xFFFFFFF0).to_bytes(4, "little")
    free = unpack.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(unpack.shutil, "disk_usage", lambda _: free._replace(free=10**9))
    said = refusal(bytes(body), tmp_path)
    assert said.startswith("12.9 GB are needed on the disk of ") and "1.0 GB are free: free some" in said


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><title>Sign in</title>", b"\xef\xbb\xbf\r\n<HTML>"])
def test_says_that_it_is_a_web_page(tmp_path, page):
    assert refusal(page, tmp_path) == ("the zip is a web page, not a zip (a login page that was saved?): "
                                       "download the archive again")


@pytest.mark.parametrize("body", [b"", b"RIFF", zipped(contents())[:-30], zipped(contents())[:900]])
def test_says_that_it_is_no_whole_zip(tmp_path, body):
    assert refusal(body, tmp_path).startswith("the zip is damaged or incomplete (File is not a zip file): download")


def test_checks_every_crc(tmp_path):
    body = bytearray(zipped({"a.jpg": b"A" * 1000}))
    body[500] ^= 1
    (tmp_path / "taken").write_bytes(body)
    with pytest.raises(BadInput, match="the zip is damaged or incomplete .Bad CRC-32 for file 'a.jpg'.: download"):
        unpack.unpack(tmp_path / "taken", tmp_path)


def test_an_entry_longer_than_it_claims_is_damage(tmp_path):
    body = bytearray(zipped({"a.jpg": bytes(1000)}))
    at = body.index(b"PK\1\2") + 24
    body[at:at + 4] = (10).to_bytes(4, "little")
    (tmp_path / "taken").write_bytes(body)
    with pytest.raises(BadInput, match="the zip is damaged or incomplete"):
        unpack.unpack(tmp_path / "taken", tmp_path)


SEGMENT = st.sampled_from(["..", ".", "", "a", "train", "A", "b.jpg", "c.CSV", "\\", "C:", "~", "é.png", "con.png"])
NAME = st.lists(SEGMENT, min_size=1, max_size=4).map("/".join).filter(bool)
NAMES = st.lists(NAME, max_size=5, unique=True)


@given(names=NAMES)
def test_no_entry_ever_leaves_the_folder(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("law")
    (folder / "deep/er/out").mkdir(parents=True)
    (folder / "taken").write_bytes(zipped({name: b"x" for name in names}))
    try:
        unpack.unpack(folder / "taken", folder / "deep/er/out")
        written = {name for name in names if not name.endswith("/")}
    except BadInput:
        written = set()
    inside = {str(path.relative_to(folder / "deep/er/out")) for path in folder.rglob("*") if path.is_file()
              if path.name != "taken"}
    assert inside == written
