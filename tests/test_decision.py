"""Decisions: net benefit by its definition, precision at another prevalence by Bayes' rule."""

import numpy as np
import pandas as pd
import pytest

from tests.made_predictions import table
from xrays import decision, numbers
from xrays.folds import COVID
from xrays.params import load


def test_the_curve_is_that_of_its_definition_and_begins_where_all_are_treated():
    predictions = table(30, 70)
    curve = decision.curve(predictions).pivot(index="threshold", columns="model", values="net_benefit")
    positive, count = predictions["label"].eq(COVID), len(predictions)
    for cut in (0.1, 0.5, 0.83):
        called = predictions["calibrated"] >= cut
        worth = (called & positive).sum() / count - (called & ~positive).sum() / count * cut / (1 - cut)
        assert curve.loc[cut, "seed 0, calibrated"] == pytest.approx(worth)
        assert curve.loc[cut, decision.ALL] == pytest.approx(positive.mean() - (1 - positive.mean()) * cut / (1 - cut))
    assert (curve[decision.NONE] == 0).all() and len(curve) == 99


@pytest.mark.parametrize("prevalence", [0.01, 0.2, 0.7])
def test_precision_at_a_prevalence_is_that_of_a_crowd_with_it(prevalence):
    crowd = pd.DataFrame({"ill": np.arange(100_000) < 100_000 * prevalence})
    place = crowd.groupby("ill").cumcount() / crowd.groupby("ill")["ill"].transform("size")
    called = np.where(crowd["ill"], place < 0.8, place >= 0.95)
    assert decision.precision(0.8, 0.95, prevalence) == pytest.approx(crowd["ill"][called].mean(), abs=1e-3)
    assert decision.npv(0.8, 0.95, prevalence) == pytest.approx(1 - crowd["ill"][~called].mean(), abs=1e-3)
    assert decision.precision(0.0, 1.0, prevalence) == 0


def test_at_the_prevalence_of_the_pictures_it_is_their_precision():
    predictions = table(30, 70)
    share = float(predictions["label"].eq(COVID).mean())
    settings = load().evaluate.model_copy(update={"prevalences": [share], "resamples": 100})
    values = numbers.of(predictions, settings)
    key = f"precision_at_prevalence_{share:g}".replace(".", "_")
    assert values[key] == pytest.approx(values["precision"], abs=1e-5)
    assert values[f"{key}_ci_low"] < values[key] < values[f"{key}_ci_high"]
