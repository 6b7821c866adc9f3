"""Strata: the counts always stand, a number of fewer than ten pictures never does."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.made_predictions import table
from xrays import strata
from xrays.folds import COVID

PREDICTIONS = table(40, 40)
IMAGES = PREDICTIONS["image"]
MANIFEST = pd.DataFrame({
    "image": IMAGES, "source": np.where(PREDICTIONS["label"] == COVID, "ieee8023", "kermany"), "view": "PA",
    "sex": np.where(np.arange(len(IMAGES)) < 7, "F", np.where(np.arange(len(IMAGES)) % 2, "M", "")),
    "age": [str(17 + place % 3) if place else "" for place in range(len(IMAGES))], "width": "700", "height": "2048"})
FOUND = strata.table(PREDICTIONS, MANIFEST).set_index(["stratum", "value"])


def test_every_picture_is_in_one_group_of_each_stratum():
    assert (FOUND.groupby(level=0)["pictures"].sum() == len(PREDICTIONS)).all()
    assert FOUND.loc["age, years"].index.tolist() == ["0 to 17", "18 to 39", "unknown"]
    assert FOUND.loc["shorter side, pixels"].index.tolist() == ["500 to 999"]
    assert FOUND.loc[("sex", "unknown"), "pictures"] > 10


def test_numbers_of_fewer_than_ten_pictures_are_empty_and_a_note_says_so():
    few = FOUND.loc[("sex", "F")]
    assert few["pictures"] == 7 and few[["sensitivity", "specificity", "auroc", "auroc_ci_low"]].isna().all()
    assert few["note"] == "not reported (n < 10): sensitivity specificity auroc"
    normal = FOUND.loc[("source", "kermany")]
    assert normal["covid"] == 0 and np.isnan(normal["sensitivity"]) and normal["specificity"] > 0
    assert normal["note"] == "not reported (n < 10): sensitivity auroc"


def test_a_group_of_all_pictures_has_the_numbers_of_all_pictures():
    everyone = FOUND.loc[("view", "PA")]
    assert everyone["auroc"] == pytest.approx(roc_auc_score(PREDICTIONS["label"] == COVID, PREDICTIONS["probability"]))
    right = PREDICTIONS["predicted"] == PREDICTIONS["label"]
    assert everyone["sensitivity"] == pytest.approx(right[PREDICTIONS["label"] == COVID].mean())
    for name in strata.NUMBERS:
        assert everyone[f"{name}_ci_low"] < everyone[name] < everyone[f"{name}_ci_high"]
    assert everyone["note"] == "" and everyone["patients"] == 80


@pytest.mark.parametrize(("value", "band"), [(0, "0 to 17"), (17.9, "0 to 17"), (18, "18 to 39"), (80, "80 and over"),
                                             (120, "80 and over"), (np.nan, "unknown")])
def test_bands_begin_at_their_first_year(value, band):
    assert strata.banded(pd.Series([value]), strata.AGES).tolist() == [band]
