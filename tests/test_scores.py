"""Scores: from the table of predictions alone, checked against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xrays import scores
from xrays.folds import COVID, NORMAL

# Six pictures: COVID-19 at 0.9, 0.6, 0.2 and Normal at 0.7, 0.3, 0.1, threshold 0.5.
HAND = pd.DataFrame({
    "image": list("abcdef"), "label": [COVID] * 3 + [NORMAL] * 3, "group": list("uvwxyz"), "fold": 0, "seed": 0,
    "probability": [0.9, 0.6, 0.2, 0.7, 0.3, 0.1], "threshold": 0.5,
    "predicted": [COVID, COVID, NORMAL, COVID, NORMAL, NORMAL]})


def test_every_number_of_a_table_worked_out_by_hand():
    values = scores.of(HAND)
    expected = {"tp": 2, "fn": 1, "fp": 1, "tn": 2, "accuracy": 4 / 6, "null_accuracy": 0.5, "balanced_accuracy": 4 / 6,
                "sensitivity": 2 / 3, "specificity": 2 / 3, "precision": 2 / 3, "f1": 2 / 3, "mcc": 1 / 3,
                "auroc": 6 / 9, "average_precision": 1 / 3 + (2 / 3) / 3 + (3 / 5) / 3, "threshold_fold_0_seed_0": 0.5,
                "brier": (0.01 + 0.16 + 0.64 + 0.49 + 0.09 + 0.01) / 6, "brier_skill": 1 - 1.4 / 6 / 0.25,
                "ece": (0.1 + 0.4 + 0.8 + 0.7 + 0.3 + 0.1) / 6}
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_with_several_seeds_a_number_is_the_mean_and_carries_its_spread():
    other = HAND.assign(seed=1, predicted=HAND["label"])
    values = scores.of(pd.concat([HAND, other]))
    assert values["tp"] == 2.5
    assert values["accuracy"] == pytest.approx((4 / 6 + 1) / 2)
    assert values["accuracy_seed_sd"] == pytest.approx((2 / 6) / np.sqrt(2))


def test_calling_nothing_covid_is_no_division_by_zero():
    values = scores.of(HAND.assign(predicted=NORMAL))
    assert (values["precision"], values["f1"], values["mcc"], values["sensitivity"]) == (0, 0, 0, 0)


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_changes_nothing(order):
    assert scores.of(HAND.iloc[order]) == scores.of(HAND)


def test_confusion_counts_and_the_pairs_taken_for_one_another():
    matrix = scores.confusion(HAND)
    assert matrix.loc[COVID].to_dict() == {NORMAL: 1, COVID: 2}
    pairs = scores.most_confused(matrix)
    assert pairs.values.tolist() == [[COVID, NORMAL, 1, 1 / 3], [NORMAL, COVID, 1, 1 / 3]]


def test_curves_start_and_end_where_they_must():
    roc, curve = scores.roc(HAND), scores.precision_recall(HAND)
    assert roc[["fpr", "tpr"]].iloc[[0, -1]].values.tolist() == [[0, 0], [1, 1]]
    assert curve["recall"].max() == 1 and curve["recall"].min() == 0
