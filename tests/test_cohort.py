"""Who is studied: roles, patients, reasons."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrays import cohort
from xrays.console import BadInput

METADATA = pd.DataFrame([
    ("IM-0001-0001.jpeg", "Normal", "TRAIN", "", ""),
    ("IM-0001-0002.jpeg", "Normal", "TRAIN", "", ""),
    ("NORMAL2-IM-0001-0001.jpeg", "Normal", "TEST", "", ""),
    ("person7_virus_12.jpeg", "Pnemonia", "TRAIN", "", "Virus"),
    ("person7_bacteria_3.jpeg", "Pnemonia", "TRAIN", "", "bacteria"),
    ("AAAA.jpeg", "Pnemonia", "TRAIN", "COVID-19", "Virus"),
    ("BBBB.jpeg", "Pnemonia", "TRAIN", "COVID-19", "Virus"),
    ("CCCC.jpeg", "Pnemonia", "TRAIN", "COVID-19", "Virus"),
    ("DDDD.jpeg", "Pnemonia", "TRAIN", "SARS", "Virus"),
    ("EEEE.jpeg", "Pnemonia", "TRAIN", "ARDS", "Stress-Smoking"),
    ("FFFF.jpeg", "Normal", "TRAIN", "", ""),
], columns=["image", "label", "part", "label_2", "label_1"])

PATIENTS = pd.DataFrame([
    ("AAAA.jpeg", "51", "PA", "X-ray"), ("BBBB.jpeg", "51", "L", "X-ray"), ("CCCC.jpeg", "52", "Axial", "CT"),
    ("DDDD.jpeg", "9", "PA", "X-ray"), ("EEEE.jpeg", "25", "PA", "X-ray"), ("FFFF.jpeg", "38", "PA", "X-ray"),
], columns=["X_ray_image_name", "patient", "view", "modality"]).assign(sex="", age="")


def selected(metadata=METADATA, patients=PATIENTS, required=True) -> pd.DataFrame:
    return cohort.select(metadata, patients, required).set_index("image", drop=False)


def dropped(shas: dict[str, str] | None = None, unusable: dict[str, str] | None = None) -> pd.DataFrame:
    rows = cohort.select(METADATA, PATIENTS, True)
    rows["sha256"] = rows["image"].map(lambda image: (shas or {}).get(image, image))
    rows["unusable"] = rows["image"].map(lambda image: (unusable or {}).get(image, ""))
    return cohort.drop(rows).set_index("image")


def test_roles_follow_from_the_row():
    assert selected()["wanted"].to_dict() == {
        "IM-0001-0001.jpeg": "study", "IM-0001-0002.jpeg": "study", "NORMAL2-IM-0001-0001.jpeg": "study",
        "person7_virus_12.jpeg": "other", "person7_bacteria_3.jpeg": "other", "AAAA.jpeg": "study",
        "BBBB.jpeg": "study", "CCCC.jpeg": "study", "DDDD.jpeg": "control", "EEEE.jpeg": "control",
        "FFFF.jpeg": "control"}


def test_patients_are_told_apart_by_prefix_and_kind():
    group = selected()["group"]
    assert group["IM-0001-0001.jpeg"] == group["IM-0001-0002.jpeg"] == "kermany-IM-0001"
    assert group["NORMAL2-IM-0001-0001.jpeg"] == "kermany-NORMAL2-IM-0001"
    assert group["person7_virus_12.jpeg"] != group["person7_bacteria_3.jpeg"]
    assert group["AAAA.jpeg"] == group["BBBB.jpeg"] == "ieee8023-51"


def test_without_a_table_each_picture_is_a_patient_but_only_when_that_is_written():
    none = PATIENTS.iloc[:0]
    with pytest.raises(BadInput, match="data.patients: none"):
        selected(patients=none)
    assert selected(patients=none, required=False).loc["AAAA.jpeg", "group"] == "image-AAAA.jpeg"


def test_laterals_and_ct_slices_are_dropped_with_a_reason():
    rows = dropped()
    assert rows.loc["BBBB.jpeg", ["role", "reason"]].tolist() == ["dropped", "lateral view"]
    assert rows.loc["CCCC.jpeg", ["role", "reason"]].tolist() == ["dropped", "CT slice"]
    assert rows.loc["AAAA.jpeg", ["role", "reason"]].tolist() == ["study", ""]


def test_of_exact_duplicates_the_first_by_name_stays():
    rows = dropped({"IM-0001-0002.jpeg": "x", "NORMAL2-IM-0001-0001.jpeg": "x"})
    assert rows.loc["IM-0001-0002.jpeg", "role"] == "study"
    assert rows.loc["NORMAL2-IM-0001-0001.jpeg", "reason"] == "same file as IM-0001-0002.jpeg"


def test_one_file_under_two_labels_drops_both():
    rows = dropped({"AAAA.jpeg": "x", "IM-0001-0001.jpeg": "x"})
    assert set(rows.loc[["AAAA.jpeg", "IM-0001-0001.jpeg"], "reason"]) == {"same file under two labels"}
    assert rows["role"].eq("dropped").sum() == 4


def test_an_unusable_file_keeps_its_own_reason_and_no_duplicate_leans_on_it():
    rows = dropped({"IM-0001-0001.jpeg": "x", "IM-0001-0002.jpeg": "x"}, {"IM-0001-0001.jpeg": "unreadable"})
    assert rows.loc["IM-0001-0001.jpeg", "reason"] == "unreadable"
    assert rows.loc["IM-0001-0002.jpeg", "role"] == "study"


@given(st.permutations(range(len(METADATA))), st.permutations(range(len(PATIENTS))))
@settings(deadline=None, max_examples=20)
def test_the_order_of_rows_changes_nothing(rows, patients):
    shuffled = cohort.select(METADATA.iloc[rows], PATIENTS.iloc[patients], True)
    pd.testing.assert_frame_equal(shuffled, cohort.select(METADATA, PATIENTS, True))
