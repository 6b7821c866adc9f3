"""External pictures are packed so that the same ones give the same hash, and refused in one line where that fails."""

import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import hospital as other
from xrays import external, files, packing, tables, unpack
from xrays.console import BadInput

PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360"
                      "00000002000148afa4710000000049454e44ae426082")  # the smallest PNG
FOLDERS = st.lists(st.sampled_from(["", "ward", "ward/2020", "z"]), min_size=4, max_size=4)
TABLE = "image,label,patient\nCOVID-19/a.png,COVID-19,p\nCOVID-19/deep/b.png,COVID-19,p\nNormal/c.jpg,Normal,\n" \
        "Normal/d.png,Normal,q\n"


@pytest.fixture
def hospital(tmp_path) -> Path:
    return other.make(tmp_path / "hospital")


def packed(given: Path) -> str:
    """The hash of what is packed; the zip is removed."""
    target = given.parent / "packed.zip"
    packing.pack(given, target, packing.EXTERNAL)
    digest = files.sha256(target)
    target.unlink()
    return digest


def laid_out(folder: Path, order: list[int], wards: list[str], time: int, mode: int) -> Path:
    for number in order:
        path = folder / ("COVID-19" if number < 2 else "Normal") / wards[number] / f"{number}.png"
        other.picture(path, number)
        os.utime(path, (time, time))
        path.chmod(mode)
    return folder


@given(st.permutations(range(4)), FOLDERS, st.integers(0, 2**31 - 1), st.sampled_from([0o600, 0o755]))
@settings(max_examples=25, deadline=None)
def test_neither_order_nor_folders_nor_times_nor_modes_change_the_hash(tmp_path_factory, order, wards, time, mode):
    plain = laid_out(tmp_path_factory.mktemp("a") / "plain", [0, 1, 2, 3], [""] * 4, 0, 0o644)
    assert packed(laid_out(tmp_path_factory.mktemp("b") / "else", order, wards, time, mode)) == packed(plain)


def test_another_label_name_patient_or_byte_is_another_hash(hospital):
    table = hospital / "table.csv"
    hashes = [packed(hospital)]
    for text in (TABLE, TABLE.replace(",q", ",r"), TABLE.replace("c.jpg,Normal", "c.jpg,COVID-19")):
        table.write_text(text)
        hashes.append(packed(table))
    (hospital / "Normal" / "c.jpg").rename(hospital / "Normal" / "e.jpg")
    hashes.append(packed(hospital))
    other.picture(hospital / "Normal" / "e.jpg", 77)
    assert len({*hashes, packed(hospital)}) == 6


def test_the_hash_is_the_one_that_was_pinned(tmp_path):
    """Zips are taken in on many machines and named in params.yaml: another layout would orphan them."""
    for name in other.NAMES:
        (tmp_path / "h" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "h" / name).write_bytes(PIXEL + name.encode())
    assert packed(tmp_path / "h") == "dcd70a9d756195527b04ff0a355faae5ac1347596da558d3733060909ccbe9d1"


def test_the_zip_holds_sorted_stored_entries_of_one_date_and_mode(hospital):
    rows = packing.pack(hospital, hospital.parent / "packed.zip", packing.EXTERNAL)
    with zipfile.ZipFile(hospital.parent / "packed.zip") as pack:
        entries, table = pack.infolist(), pack.read("pictures.csv").decode()
    assert [entry.filename for entry in entries] == ["pictures.csv", *(f"pictures/{name}" for name in
                                                                     ("a.png", "b.png", "c.jpg", "d.png"))]
    assert {(entry.compress_type, entry.date_time, stat.S_IMODE(entry.external_attr >> 16), entry.extra)
            for entry in entries} == {(zipfile.ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0o644, b"")}
    assert table.splitlines()[:2] == ["image,label,group", "a.png,COVID-19,a.png"] and len(rows) == 4


def test_a_table_says_the_same_as_a_folder_and_names_patients(hospital):
    (hospital / "table.csv").write_text(TABLE)
    assert packing.pack(hospital / "table.csv", hospital.parent / "b.zip", packing.EXTERNAL)["group"].tolist() == ["p", "p", "c.jpg", "q"]
    (hospital / "table.csv").write_text("\n".join(row.rpartition(",")[0] for row in TABLE.splitlines()) + "\n")
    assert packed(hospital / "table.csv") == packed(hospital)


def test_what_is_no_picture_is_left_out_by_name_and_hidden_files_in_silence(hospital, capsys):
    before = packed(hospital)
    (hospital / "Normal" / "notes.txt").write_text("x")
    (hospital / "Normal" / "._d.png").write_bytes(b"a Mac's")
    (hospital / ".git").mkdir()
    assert packed(hospital) == before
    assert capsys.readouterr().out == "1 files are left out, for they are neither jpg, jpeg nor png: notes.txt\n"


def test_an_accented_name_is_the_same_in_both_of_its_spellings(hospital):
    hashes = set()
    for name in ("caf\u00e9.png", "cafe\u0301.png"):
        other.picture(hospital / "Normal" / name, 9)
        hashes.add(packed(hospital))
        (hospital / "Normal" / name).unlink()
    assert len(hashes) == 1


def spoil_folder(hospital: Path, how: str) -> Path:
    normal = hospital / "Normal"
    if how == "class":
        normal.rename(hospital / "Healthy")
    elif how == "third":
        (hospital / "Viral Pneumonia").mkdir()
    elif how == "empty":
        for path in normal.iterdir():
            path.unlink()
    elif how in ("twice", "name"):
        other.picture(normal / {"twice": "A.PNG", "name": "a;b.png"}[how], 9)
    elif how == "text":
        (normal / "e.png").write_text("no picture")
    elif how == "link":
        (normal / "e.png").symlink_to(normal / "d.png")
    elif how == "linked folder":
        (hospital / "COVID-19" / "more").symlink_to(normal)
    elif how == "zip":
        return Path(hospital.with_suffix(".zip").write_bytes(b"PK") and hospital.with_suffix(".zip"))
    return hospital / "nowhere" if how == "nowhere" else hospital


@pytest.mark.parametrize("how, says", [
    ("nowhere", "is neither a folder nor a file: external pictures are a folder with COVID-19/ and Normal/"),
    ("class", "holds the folders COVID-19, Healthy: external pictures are"),
    ("third", "holds the folders COVID-19, Normal, Viral Pneumonia: external"),
    ("empty", "holds no Normal picture"), ("twice", r"a.png and .*A.PNG have one name: rename one"),
    ("name", r"a;b.png: the name may hold letters, .* rename it"),
    ("text", "e.png is neither a JPEG nor a PNG"), ("link", "e.png is a link: put what it points to"),
    ("linked folder", "more is a link"), ("zip", "is no .csv: external pictures are .* unpack an archive first")])
def test_a_folder_that_cannot_be_judged_is_refused_in_one_line_and_nothing_is_packed(hospital, how, says):
    with pytest.raises(BadInput, match=says) as refusal:
        packing.pack(spoil_folder(hospital, how), hospital.parent / "packed.zip", packing.EXTERNAL)
    assert "\n" not in str(refusal.value) and not (hospital.parent / "packed.zip").exists()


@pytest.mark.parametrize("text, says", [
    ("", "table.csv: the file is empty"),
    ("file,class\nNormal/d.png,Normal\n", "its columns are file, class, not image, label"),
    ("image,label\n", "holds no COVID-19 picture"),
    ("image,label\nNormal/d.png,Normal\nCOVID-19/a.png,covid\n", "line 3 has label 'covid', not COVID-19 or Normal"),
    ("image,label\nNormal/d.png,Normal\nNormal/x.png,Normal\n", "line 3 names 'Normal/x.png', which is no file"),
    ("image,label\nNormal/d.png,Normal\nNormal/d.png,Normal\n", "line 3 names a file 'd.png' again, after line 2"),
    ("image,label\nNormal/d.png,Normal\n../outside.png,COVID-19\n", "line 3 names '../outside.png', which is no path"),
    ("image,label\n/etc/passwd,COVID-19\n", "line 2 names '/etc/passwd', which is no path below the CSV's own folder"),
    ("image,label\nlinked/a.png,COVID-19\n", "line 2 names 'linked/a.png', which is a link or lies behind one"),
    ("image,label\n,Normal\n", "line 2 names '', which is no path"),
    ("image,label\nNormal,Normal\n", "line 2 names 'Normal', which is no file"),
    ("image,label,patient\nNormal/d.png,Normal, 12\n", "line 2 has patient ' 12', with blanks around it"),
    ("image,label\nNormal/d.png,Normal\nCOVID-19/a.png\n", "line 3 has 1 fields, the header 2"),
    ("image,label\nNormal/d.png,Normal\n", "holds no COVID-19 picture")])
def test_a_table_that_cannot_be_judged_is_refused_by_its_line(hospital, text, says):
    other.picture(hospital.parent / "outside.png", 9)
    (hospital / "linked").symlink_to(hospital / "COVID-19")
    (hospital / "table.csv").write_text(text)
    with pytest.raises(BadInput, match=says) as refusal:
        packing.pack(hospital / "table.csv", hospital.parent / "packed.zip", packing.EXTERNAL)
    assert "\n" not in str(refusal.value) and not (hospital.parent / "packed.zip").exists()


@pytest.mark.parametrize("limit, most, says", [
    ("MOST_ENTRIES", 4, "holds 5 files, the table among them, more than the 4 allowed"),
    ("MOST_BYTES", 100, "bytes, more than the 100 allowed")])
def test_more_than_download_would_unpack_is_refused_before_it_is_packed(hospital, monkeypatch, limit, most, says):
    monkeypatch.setattr(unpack, limit, most)
    with pytest.raises(BadInput, match=says):
        packing.pack(hospital, hospital.parent / "packed.zip", packing.EXTERNAL)


def test_what_is_packed_is_what_download_unpacks(hospital, tmp_path):
    packing.pack(hospital, tmp_path / "packed.zip", packing.EXTERNAL)
    (tmp_path / "out").mkdir()
    unpack.unpack(tmp_path / "packed.zip", tmp_path / "out")
    assert tables.read(tmp_path / "out" / external.TABLE, external.COLUMNS)["image"].tolist() == [
        "a.png", "b.png", "c.jpg", "d.png"]
    for name in other.NAMES:
        assert (tmp_path / "out" / "pictures" / Path(name).name).read_bytes() == (hospital / name).read_bytes()
