"""CoronaHack's metadata and tree: each trap of such tables, with the line that it is told with."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tiny_coronahack import HEADER, METADATA, ROWS, laid_out, metadata
from xrays import archive
from xrays.console import BadInput


def refusal(folder: Path, content: str | bytes) -> str:
    (folder / METADATA).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadInput) as error:
        archive.read_metadata(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_reads_the_archives_own_texts(tmp_path):
    (tmp_path / METADATA).write_text(metadata())
    rows = archive.read_metadata(tmp_path)
    assert list(rows.columns) == ["image", "label", "part", "label_2", "label_1"]
    assert list(rows.loc[3]) == ["kjr-21-e24-g001-l-a.jpg", "Pnemonia", "TRAIN", "COVID-19", "Virus"]
    assert list(rows.loc[0]) == ["IM-0128-0001.jpeg", "Normal", "TRAIN", "", ""]


@pytest.mark.parametrize("change", [
    lambda text: "\N{BYTE ORDER MARK}" + text, lambda text: text.replace("\n", "\r\n"), lambda text: text + "\n\n",
    lambda text: text.rstrip("\n"), lambda text: text.replace("IM-0128-0001.jpeg", '"IM-0128-0001.jpeg"'),
])
def test_accepts_byte_order_mark_crlf_and_quotes(tmp_path, change):
    (tmp_path / METADATA).write_text(metadata())
    plain = archive.read_metadata(tmp_path)
    (tmp_path / METADATA).write_bytes(change(metadata()).encode())
    assert archive.read_metadata(tmp_path).equals(plain)


def test_names_that_look_like_nothing_or_numbers_stay_text(tmp_path):
    (tmp_path / METADATA).write_text(metadata(["0,001.png,Normal,TRAIN,,", "1,NA.png,Normal,TRAIN,,"]))
    assert list(archive.read_metadata(tmp_path)["image"]) == ["001.png", "NA.png"]


@pytest.mark.parametrize("row, said", [
    ("7,a.png,normal,TRAIN,,", "line 8 has Label 'normal', not 'Normal' or 'Pnemonia'"),
    ("7,a.png,Pneumonia,TRAIN,,", "line 8 has Label 'Pneumonia', not 'Normal' or 'Pnemonia'"),
    ("7,a.png,Normal ,TRAIN,,", "line 8 has Label 'Normal ', not 'Normal' or 'Pnemonia'"),
    ("7,a.png,,TRAIN,,", "line 8 has Label '', not 'Normal' or 'Pnemonia'"),
    ("7,a.png,Normal,VALID,,", "line 8 has Dataset_type 'VALID', not 'TRAIN' or 'TEST'"),
    ("7,a.png,Pnemonia,TRAIN,,virus", "line 8 has Label_1_Virus_category 'virus', not "),
    ("7,a.png,Pnemonia,TRAIN,COVID,Virus", "line 8 has Label_2_Virus_category 'COVID', not "),
    ("7,a.png,Normal,TRAIN,COVID-19,", "line 8 is Normal and COVID-19 at once"),
    ("7,/etc/passwd,Normal,TRAIN,,", "line 8 has '/etc/passwd', which is no plain name of a jpg, jpeg or png"),
    ("7,../a.png,Normal,TRAIN,,", "line 8 has '../a.png', which is no plain name"),
    ("7,a\\b.png,Normal,TRAIN,,", "line 8 has 'a\\\\b.png', which is no plain name"),
    ("7,a..png,Normal,TRAIN,,", "line 8 has 'a..png', which is no plain name"),
    ("7,a.gif,Normal,TRAIN,,", "line 8 has 'a.gif', which is no plain name"),
    ("7,,Normal,TRAIN,,", "line 8 has '', which is no plain name"),
    ('7,"a\nb.png",Normal,TRAIN,,', "line 9 has 'a\\nb.png', which is no plain name"),
    ('7,"a.png\n",Normal,TRAIN,,', "line 9 has 'a.png\\n', which is no plain name"),
    ("7,IM-0128-0001.jpeg,Normal,TEST,,", "line 8 names 'IM-0128-0001.jpeg' again, after line 2"),
    ("7,im-0128-0001.JPEG,Pnemonia,TEST,,", "line 8 names 'im-0128-0001.JPEG' again, after line 2"),
    ("7,a.png,Normal,TRAIN,", "line 8 has 5 fields, the header 6"),
    ("7,a.png,Normal,TRAIN,,,", "line 8 has 7 fields, the header 6"),
    ('7,"a.png,Normal,TRAIN,,', "line 8: not valid CSV (unexpected end of data)"),
    ('7,"a".png,Normal,TRAIN,,', "line 8: not valid CSV"),
    ("7,a\0.png,Normal,TRAIN,,", "line 8: a NUL byte, so the file is damaged or no text: get it again"),
])
def test_names_the_line_of_a_bad_row(tmp_path, row, said):
    assert said in refusal(tmp_path, metadata([*ROWS, row]))


@pytest.mark.parametrize("content, said", [
    ("", "the file is empty: get it again"),
    (HEADER + "\n", "it has a header but no rows: get the file again"),
    (metadata().replace(",", ";"), "its columns are separated by semicolons: save it with commas"),
    (metadata().replace("Label,", "label,"), "its columns are (unnamed), X_ray_image_name, label, Dataset_type, "),
    (metadata().replace(",X_ray", "X_ray", 1), "this is another table, or another data set"),
    ("image,label\na.png,COVID\n", "its columns are image, label, not (unnamed), X_ray_image_name, Label, "),
    (metadata([*ROWS, "7,é.png,Normal,TRAIN,,"]).encode("latin-1"), "line 8: not UTF-8 text (Latin-1 from a spr"),
    (metadata().encode("utf-16"), "line 1: not UTF-8 text"),
])
def test_says_what_is_wrong_with_the_whole_file(tmp_path, content, said):
    assert f"{METADATA}" in (message := refusal(tmp_path, content)) and said in message


def test_shifted_columns_are_seen(tmp_path):
    """pandas would take the first column for the index and shift the names, in silence."""
    assert "line 2 has 7 fields, the header 6" in refusal(tmp_path, metadata([f"{row}," for row in ROWS]))


def test_lists_five_bad_rows_and_counts_the_rest(tmp_path):
    said = refusal(tmp_path, metadata([f"{number},{number}.png,?,TRAIN,," for number in range(8)]))
    assert said.count("has Label '?'") == 5
    assert said.endswith("; and 3 more: correct these lines, or get the file again")


def test_says_how_to_get_a_missing_file(tmp_path):
    with pytest.raises(BadInput, match=f"{METADATA} is missing in .*: run `dvc repro download`"):
        archive.read_metadata(tmp_path)


def test_another_data_set_is_told_as_such(tmp_path):
    with pytest.raises(BadInput, match=f"^{METADATA} is not in it: this is another data set; CoronaHack is https://"):
        archive.check_layout(tmp_path)
    (tmp_path / METADATA).write_text(metadata())
    with pytest.raises(BadInput, match="^none of the 6 pictures that .* names lies in .*/train or /test: this is "):
        archive.check_layout(tmp_path)


def test_absent_pictures_are_counted_not_refused(tmp_path):
    laid_out(tmp_path)
    archive.picture_path(tmp_path, "TEST", "NORMAL2-IM-0173-0001.jpeg").unlink()
    assert archive.missing(tmp_path, archive.check_layout(tmp_path)) == ["NORMAL2-IM-0173-0001.jpeg"]


NAMES = st.text("abZ é._-", min_size=1, max_size=6).map(lambda name: f"x{name}")
TREES = st.dictionaries(NAMES, st.binary(max_size=20), min_size=1, max_size=6)


@given(files=TREES, order=st.randoms())
def test_a_trees_hash_knows_neither_order_nor_times(tmp_path_factory, files, order):
    hashes = set()
    for _ in range(2):
        folder = tmp_path_factory.mktemp("tree")
        for name in order.sample(sorted(files), len(files)):
            (folder / name).write_bytes(files[name])
            os.utime(folder / name, (order.randrange(10**9),) * 2)
        hashes.add(archive.tree_sha256(folder))
    assert len(hashes) == 1


@given(files=TREES)
def test_a_trees_hash_knows_every_name_and_byte(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("tree")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    before, path = archive.tree_sha256(folder), folder / min(files)
    path.write_bytes(files[min(files)] + b"!")
    other_byte = archive.tree_sha256(folder)
    path.write_bytes(files[min(files)])
    path.rename(folder / "y")
    assert len({before, other_byte, archive.tree_sha256(folder)}) == 3


def test_a_trees_hash_is_the_one_of_the_shell(tmp_path):
    laid_out(tmp_path)
    shell = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d'\\n' sha256sum | sha256sum"
    said = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert archive.tree_sha256(tmp_path) == said.split()[0]


def test_a_row_that_stands_twice_word_for_word_counts_once(tmp_path, capsys):
    (tmp_path / METADATA).write_text(metadata([*ROWS, ROWS[0]]))
    assert len(archive.read_metadata(tmp_path)) == len(ROWS)
    assert "1 rows repeat an earlier row and count once (line 8)" in capsys.readouterr().out
