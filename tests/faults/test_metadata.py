"""Lines 22 to 27: tables that are no CSV, or not this one; download refuses them before it leaves anything behind."""

import codecs

import pytest

from tests.faults.archives import METADATA
from tests.faults.filtered import accepted, edited, patients, refused, same_as_reference


def columns(*order: int):
    """Every row with its fields in this order."""
    return lambda text: "".join(",".join(line.split(",")[at] for at in order) + "\n" for line in text.splitlines())


@pytest.mark.line(22, "input")
@pytest.mark.parametrize(("change", "found"), [
    pytest.param(columns(0, 1, 3, 4, 5), r"\(unnamed\), X_ray_image_name, Dataset_type, Label_2", id="missing"),
    pytest.param(columns(0, 1, 2, 3, 4, 5, 5), "Label_1_Virus_category, Label_1_Virus_category", id="extra"),
    pytest.param(columns(0, 2, 1, 3, 4, 5), r"\(unnamed\), Label, X_ray_image_name, Dataset_type", id="swapped"),
    pytest.param(lambda text: text.replace("Label,", "label,", 1), "X_ray_image_name, label, Dataset", id="renamed"),
])
def test_other_columns_are_another_table(archive_bench, change, found):
    refused(archive_bench, "download", f"^error: {METADATA}: its columns are .*{found}.*, not .unnamed., "
            "X_ray_image_name, Label, Dataset_type, .*: this is another table, or another data set",
            change=edited(change))


@pytest.mark.line(22, "input")
@pytest.mark.parametrize("change", [
    pytest.param(columns(0, 1, 2, 3, 4, 5, 6, 7), id="missing"),
    pytest.param(lambda text: text.replace("patient,", "patientid,", 1), id="renamed"),
])
def test_a_patients_table_of_other_columns_is_refused(archive_bench, change):
    refused(archive_bench, "download", "^error: patients.csv: its columns are .*, not X_ray_image_name, patient, "
            "offset_days, .*: this is another table", table=change(patients(archive_bench)))


@pytest.mark.line(23, "input")
@pytest.mark.parametrize(("change", "said"), [
    pytest.param(lambda text: "", "the file is empty: get it again", id="empty"),
    pytest.param(lambda text: text[:text.index("\n") + 1], "has a header but no rows: get the file again",
                 id="header only"),
])
def test_a_table_without_rows_is_refused(archive_bench, change, said):
    refused(archive_bench, "download", f"^error: {METADATA}: .*{said}", change=edited(change))


@pytest.mark.line(23, "input")
@pytest.mark.parametrize(("change", "said"), [
    pytest.param(lambda text: "", "patients.csv: the file is empty: get it again", id="empty"),
    pytest.param(lambda text: text[:text.index("\n") + 1],
                 r"patients.csv names no patient for streptococcus-.*, kjr-21-e29-g004-l-a.jpg, .*, … \(30 in all\): "
                 "give a table that does, or write data.patients: none", id="header only"),
])
def test_a_patients_table_that_knows_nobody_is_refused(archive_bench, change, said):
    refused(archive_bench, "download", said, table=change(patients(archive_bench)))


@pytest.mark.line(24, "input")
@pytest.mark.parametrize(("change", "said"), [
    pytest.param(lambda text: text.replace("\n", ",\n").replace("category,\n", "category\n", 1),
                 "line 2 has 7 fields, the header 6; line 3 has 7 .*; and 64 more: correct these lines",
                 id="all longer"),
    pytest.param(lambda text: text.replace("Normal,TRAIN,,", "Normal,TRAIN,,,,", 1),
                 "Metadata.csv: line 2 has 8 fields, the header 6: correct these lines", id="one longer"),
    pytest.param(lambda text: text.replace("Normal,TRAIN,,", "Normal,TRAIN", 1),
                 "Metadata.csv: line 2 has 4 fields, the header 6: correct these lines", id="one shorter"),
])
def test_shifted_columns_are_seen(archive_bench, change, said):
    refused(archive_bench, "download", said, change=edited(change))


@pytest.mark.line(24, "input")
def test_a_comma_that_nobody_quoted_is_seen_in_the_patients_table(archive_bench):
    first, second, rest = patients(archive_bench).split("\n", 2)
    refused(archive_bench, "download", "patients.csv: line 2 has 10 fields, the header 9: correct these lines",
            table=f"{first}\n{second}, and a remark\n{rest}")


@pytest.mark.line(25, "input")
def test_semicolons_are_named(archive_bench):
    refused(archive_bench, "download", f"{METADATA}: its columns are separated by semicolons: save it with commas",
            change=edited(lambda text: text.replace(",", ";")))


@pytest.mark.line(25, "input")
def test_semicolons_are_named_in_the_patients_table(archive_bench):
    refused(archive_bench, "download", "patients.csv: its columns are separated by semicolons: save it with commas",
            table=patients(archive_bench).replace(",", ";"))


@pytest.mark.line(26, "accepted")
@pytest.mark.parametrize("change", [
    pytest.param(lambda text: "\N{BYTE ORDER MARK}" + text, id="byte order mark"),
    pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
    pytest.param(lambda text: "\N{BYTE ORDER MARK}" + text.replace("\n", "\r\n"), id="both"),
    pytest.param(lambda text: text.rstrip("\n"), id="no last newline"),
])
def test_what_a_spreadsheet_adds_changes_nothing(archive_bench, change):
    accepted(archive_bench, edited(change), change(patients(archive_bench)))
    assert same_as_reference(archive_bench)


@pytest.mark.line(27, "input")
@pytest.mark.parametrize(("change", "said"), [
    pytest.param(lambda text: text.replace("NORMAL2-IM-0149-0001.jpeg", "Müller.jpeg", 1).encode("latin-1"),
                 "line 2: not UTF-8 text .Latin-1 from a spreadsheet.*: save the file as UTF-8", id="Latin-1"),
    pytest.param(lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
                 "line 1: not UTF-8 text .*: save the file as UTF-8", id="UTF-16"),
    pytest.param(lambda text: text.replace("NORMAL2-IM-0143", "NORMAL2\0-IM-0143", 1),
                 "line 3: a NUL byte, so the file is damaged or no text: get it again", id="NUL"),
    pytest.param(lambda text: text.replace("NORMAL2-IM-0149-0001.jpeg", '"NORMAL2\n-IM-0149-0001.jpeg"', 1),
                 r"line 3 has 'NORMAL2\\n-IM-0149-0001.jpeg', which is no plain name", id="quoted newline"),
    pytest.param(lambda text: text.replace("NORMAL2-IM-0149-0001.jpeg", '"NORMAL2-IM-0149-0001.jpeg', 1),
                 "line 2: not valid CSV .unexpected end of data.: correct that line", id="unclosed quote"),
])
def test_bytes_that_are_no_text_are_named_by_line(archive_bench, change, said):
    refused(archive_bench, "download", f"^error: {METADATA}", said, change=edited(change))
