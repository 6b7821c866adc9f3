"""Logits: a leak between the pictures that a model is judged on and those that its threshold is chosen on is caught."""

import pandas as pd
import pytest

from xrays import files, logits
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL

STUDY = pd.DataFrame({
    "image": list("abcdefgh"), "label": [COVID, NORMAL] * 4, "group": list("stuvwxyz"), "fold": [0, 0, 1, 1, 2, 2, 2, 2]})
ROWS = pd.DataFrame({"image": list("abcd"), "part": ["outer"] * 2 + ["inner"] * 2, "logit": [1.0, -1.0, 2.0, -2.0]})


def read(folder, rows, study=STUDY, method="grouped"):
    files.write_csv(folder / "fold-0-seed-0.logits.csv", rows)
    return logits.read(folder, study, 0, 0, method)


def test_outer_and_inner_rows_come_with_what_the_manifest_says(tmp_path):
    outer, inner = read(tmp_path, ROWS)
    assert outer[["image", "label", "logit"]].values.tolist() == [["a", COVID, 1.0], ["b", NORMAL, -1.0]]
    assert inner[["image", "group"]].values.tolist() == [["c", "u"], ["d", "v"]]


@pytest.mark.parametrize(("more", "words"), [
    ("a", "picture a of the held-out fold stands among the inner ones"),
    ("c", "inner picture c stands there twice"),
    ("q", "inner picture q is no study picture of the manifest"),
])
def test_a_picture_on_both_sides_twice_or_unknown_is_caught(tmp_path, more, words):
    planted = pd.concat([ROWS, pd.DataFrame({"image": [more], "part": ["inner"], "logit": [0.5]})])
    with pytest.raises(BadInput, match=f"fold-0-seed-0.logits.csv: {words}, .*make repro"):
        read(tmp_path, planted)


def test_a_patient_on_both_sides_is_caught_unless_the_split_is_known_to_leak(tmp_path):
    planted = STUDY.assign(group=["s", "t", "s", *"vwxyz"])  # picture c, inner, is of the patient of a, held out
    with pytest.raises(BadInput, match="patient s stands among the inner pictures and the held-out ones"):
        read(tmp_path, ROWS, planted)
    assert len(read(tmp_path, ROWS, planted, "article")[1]) == 2


def test_held_out_pictures_that_are_not_the_folds_are_refused(tmp_path):
    with pytest.raises(BadInput, match="disagree on the pictures of fold 0"):
        read(tmp_path, ROWS.iloc[1:])


def test_inner_pictures_of_one_class_are_refused(tmp_path):
    with pytest.raises(BadInput, match="inner pictures are of 1 classes"):
        read(tmp_path, ROWS.iloc[:3])
