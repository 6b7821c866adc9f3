"""Lines 28 to 35: tables that are this one, with rows that lie, repeat, contradict or are missing."""

import re

import pytest

from tests.faults.archives import METADATA, PICTURES
from tests.faults.filtered import (accepted, counts, edited, patients, pictures, place, refused, renamed, rows,
                                   same_as_reference)

NORMAL = "NORMAL2-IM-0149-0001.jpeg"  # line 2 of the metadata
COVID = "1871FBFF-7F33-49A8-A85E-5A6A74E6A3A8.jpeg"  # patient 150, the only picture of that patient


def without(*names: str):
    """Take pictures out of the zip, and leave their rows."""
    return lambda archive: [archive.pop(place(name)) for name in names]


@pytest.mark.line(28, "input")
@pytest.mark.parametrize(("name", "shown"), [
    pytest.param("/etc/hostname.png", "'/etc/hostname.png'", id="absolute"),
    pytest.param(f"../train/{NORMAL}", f"'../train/{NORMAL}'", id="climbs"),
    pytest.param("train\\x.png", r"'train\\x.png'", id="backslash"),
    pytest.param("..png", "'..png'", id="dots"),
])
def test_a_name_that_is_a_path_is_refused(archive_bench, name, shown):
    refused(archive_bench, "download", re.escape(f"line 2 has {shown}, which is no plain name of a jpg, jpeg or png"),
            change=edited(lambda text: text.replace(NORMAL, name, 1)))


@pytest.mark.sample
@pytest.mark.line(29, "input")
def test_a_picture_that_is_named_but_absent_is_dropped_with_the_reason(archive_bench):
    accepted(archive_bench, without(NORMAL))
    assert rows(archive_bench).loc[NORMAL, ["role", "reason", "fold"]].tolist() == ["dropped", "file missing", ""]
    found = counts(archive_bench)
    assert (found["dropped_missing"], found["study_rows_bad"], found["normal_pictures"]) == (2, 2, 26)  # 1, 1 and 27
    assert NORMAL not in pictures(archive_bench)


@pytest.mark.line(29, "input")
def test_many_absent_pictures_stop_the_run(archive_bench):
    refused(archive_bench, "filter", "3 of 54 study pictures are missing or unusable, more than filter.max_bad 0.05 ",
            f"{COVID} .file missing., IM-6115-0001.jpeg .unreadable., {NORMAL} .file missing.",
            "get the data set again, or raise filter.max_bad", change=without(NORMAL, COVID))


@pytest.mark.line(29, "input")
def test_an_archive_packed_anew_without_its_folders_is_told_as_such(archive_bench):
    def flat(archive: dict[str, bytes]) -> None:
        for name in [name for name in archive if name.startswith(f"{PICTURES}/")]:
            archive[name.rpartition("/")[2]] = archive.pop(name)
    refused(archive_bench, "download", f"none of the 69 pictures that {METADATA} names lies in {PICTURES}/train or",
            "was packed anew: take the zip as Kaggle gives it", change=flat)


@pytest.mark.line(29, "input")
def test_a_picture_that_no_row_names_is_counted_and_not_studied(archive_bench):
    accepted(archive_bench, lambda archive: archive.update({place("unnamed.jpeg"): archive[place(NORMAL)]}))
    assert archive_bench.outs()["data/filtered"] == archive_bench.reference["data/filtered"]
    assert counts(archive_bench)["orphan_files"] == 2  # the phantom leaves one


@pytest.mark.line(30, "input")
def test_a_row_that_stands_twice_counts_once_and_is_reported(archive_bench):
    said = accepted(archive_bench, edited(lambda text: text + f"70,{NORMAL},Normal,TRAIN,,\n"))
    assert f"{METADATA}: 1 rows repeat an earlier row and count once (line 71)" in said
    assert same_as_reference(archive_bench)


@pytest.mark.line(30, "input")
@pytest.mark.parametrize("row", [
    pytest.param(f"{NORMAL},Pnemonia,TRAIN,,bacteria", id="other label"),
    pytest.param(f"{NORMAL},Normal,TEST,,", id="other part"),
    pytest.param(f"{NORMAL.lower()},Normal,TRAIN,,", id="other case"),
])
def test_a_name_that_stands_twice_and_differs_is_refused(archive_bench, row):
    name = row.partition(",")[0]
    refused(archive_bench, "download", f"line 71 names '{name}' again, after line 2: correct these lines",
            change=edited(lambda text: text + f"70,{row}\n"))


@pytest.mark.line(30, "input")
def test_a_patients_row_that_stands_twice_counts_once(archive_bench):
    table = patients(archive_bench)
    said = accepted(archive_bench, table=table + table.splitlines()[1] + "\n")
    assert "patients.csv: 1 rows repeat an earlier row and count once" in said
    assert same_as_reference(archive_bench)


@pytest.mark.line(30, "input")
def test_a_picture_of_two_patients_is_refused(archive_bench):
    refused(archive_bench, "download", f"^error: patients.csv: line [0-9]+ names '{COVID}' again: correct these lines",
            table=patients(archive_bench) + f"{COVID},151,,,,COVID-19,PA,X-ray,\n")


@pytest.mark.line(31, "input")
@pytest.mark.parametrize(("new", "said"), [
    pytest.param("Healthy,TRAIN,,", "Label 'Healthy', not 'Normal' or 'Pnemonia'", id="unknown"),
    pytest.param(",TRAIN,,", "Label '', not 'Normal' or 'Pnemonia'", id="blank"),
    pytest.param("Normal ,TRAIN,,", "Label 'Normal ', not 'Normal' or 'Pnemonia'", id="padded"),
    pytest.param("NORMAL,TRAIN,,", "Label 'NORMAL', not 'Normal' or 'Pnemonia'", id="other case"),
    pytest.param("Pnemonia,TRAIN,Covid-19,Virus", "Label_2_Virus_category 'Covid-19', not .*'COVID-19'",
                 id="other finding"),
    pytest.param("Normal,TRAIN,COVID-19,Virus", "is Normal and COVID-19 at once", id="both classes"),
])
def test_a_label_that_is_none_is_refused_by_line(archive_bench, new, said):
    refused(archive_bench, "download", f"^error: {METADATA}: line 2 .*{said}",
            change=edited(lambda text: text.replace("Normal,TRAIN,,", new, 1)))


@pytest.mark.line(31, "input")
def test_a_padded_patient_would_be_another_one_and_is_refused(archive_bench):
    refused(archive_bench, "download", "^error: patients.csv: line [0-9]+ has patient ' 150', with blanks around it",
            table=patients(archive_bench).replace(f"{COVID},150,", f"{COVID}, 150,"))


@pytest.mark.line(32, "input")
@pytest.mark.parametrize("part", ["VALID", "train", ""])
def test_a_part_that_is_neither_train_nor_test_is_refused(archive_bench, part):
    refused(archive_bench, "download", f"line 2 has Dataset_type '{part}', not 'TRAIN' or 'TEST': correct these lines",
            change=edited(lambda text: text.replace("Normal,TRAIN,,", f"Normal,{part},,", 1)))


@pytest.mark.line(33, "input")
@pytest.mark.parametrize(("change", "label"), [
    pytest.param(lambda text: text.replace("TRAIN,COVID-19,", "TRAIN,,"), "COVID-19", id="COVID-19"),
    pytest.param(lambda text: re.sub("Normal,(TRAIN|TEST),,\n", r"Pnemonia,\1,,Virus\n", text), "Normal", id="Normal"),
])
def test_a_class_without_a_row_stops_the_run(archive_bench, change, label):
    refused(archive_bench, "filter", f"no {label} picture is left to study, of 0 that the metadata names: "
            "check whether this is the right data set", change=edited(change))


@pytest.mark.line(33, "input")
def test_a_class_whose_pictures_are_all_dropped_stops_the_run_with_the_reasons(archive_bench):
    refused(archive_bench, "filter", "no COVID-19 picture is left to study, of 24 that the metadata names: .*"
            r"161A8465-\S+.png \(CT slice\), .*: check whether this is the right data set",
            table=patients(archive_bench).replace(",X-ray,", ",CT,"))


@pytest.mark.line(33, "input")
def test_a_fold_with_too_few_covid_patients_stops_the_run_with_advice(archive_bench):
    refused(archive_bench, "filter", "fold 0 has 0 COVID-19 patients, fewer than split.min_positive 1: try another "
            "split.seed, fewer split.folds, or lower split.min_positive",
            table=re.sub(r"(?m)^([^,]+),\d+,(.*COVID-19)", r"\1,150,\2", patients(archive_bench)))


@pytest.mark.line(34, "accepted")
@pytest.mark.parametrize("name", ["NA.jpeg", "null.jpeg", "nan.jpeg", "001.jpeg", "1e5.jpeg"])
def test_a_name_that_looks_like_nothing_or_a_number_stays_text(archive_bench, name):
    before = pictures(archive_bench)[COVID]
    accepted(archive_bench, renamed(COVID, name), patients(archive_bench).replace(f"{COVID},", f"{name},"))
    assert rows(archive_bench).loc[name, ["role", "group"]].tolist() == ["study", "ieee8023-150"]
    assert (pictures(archive_bench)[name] == before).all()


@pytest.mark.line(34, "accepted")
@pytest.mark.parametrize("patient", ["001", "NA", "1e2", "1.0"])
def test_a_patient_that_looks_like_nothing_or_a_number_stays_text(archive_bench, patient):
    accepted(archive_bench, table=patients(archive_bench).replace(f"{COVID},150,", f"{COVID},{patient},"))
    assert rows(archive_bench).loc[COVID, "group"] == f"ieee8023-{patient}"


@pytest.mark.sample
@pytest.mark.line(35, "variation")
def test_permuted_rows_give_identical_bytes(archive_bench):
    def reverse(text: str) -> str:
        header, *lines = text.splitlines(keepends=True)
        return header + "".join(reversed(lines))
    accepted(archive_bench, edited(reverse), reverse(patients(archive_bench)))
    assert same_as_reference(archive_bench)


@pytest.mark.line(35, "variation")
def test_permuted_entries_of_the_zip_give_identical_bytes(archive_bench):
    def reverse(archive: dict[str, bytes]) -> None:
        backwards = list(reversed(archive.items()))
        archive.clear()
        archive.update(backwards)
    accepted(archive_bench, reverse)
    assert archive_bench.outs()["data/raw"] == archive_bench.reference["data/raw"]
    assert same_as_reference(archive_bench)
