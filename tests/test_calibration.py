"""Calibration: temperature, slope, intercept and error against statsmodels, scikit-learn and known truths."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import calibration_curve

from tests.made_predictions import table
from xrays import calibration


def drawn(count, scale=1.0, added=0.0, number=0):
    """Labels that come true as often as the logits say, once these are divided by scale and moved by added."""
    stream = np.random.default_rng(number)
    logits = stream.normal(0, 2, count) * scale
    return stream.random(count) < expit(logits / scale + added), logits


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_temperature_finds_how_much_too_sure_the_logits_are(scale):
    positive, logits = drawn(20_000, scale)
    assert calibration.temperature(logits, positive) == pytest.approx(scale, rel=0.05)


@given(st.integers(1, 5), st.integers(1, 40), st.floats(0.1, 50))
@settings(deadline=None, max_examples=40)
def test_a_few_inner_pictures_that_are_all_right_make_no_temperature_extreme(cases, controls, size):
    positive = np.arange(cases + controls) < cases
    found = calibration.temperature(np.where(positive, size, -size), positive)
    low, high = calibration.RANGE
    said = expit(size / found)  # of the right class, by all pictures alike
    smoothed = (cases * (cases + 1) / (cases + 2) + controls * (controls + 1) / (controls + 2)) / (cases + controls)
    at_the_edge = {low: said < smoothed, high: said > smoothed}
    assert said == pytest.approx(smoothed, abs=1e-3) or at_the_edge[min(at_the_edge, key=lambda end: abs(end - found))]


def test_slope_and_intercept_are_those_of_statsmodels():
    positive, logits = drawn(500, 1.6, 0.7, 4)
    joint = sm.Logit(positive.astype(float), sm.add_constant(logits)).fit(disp=0)
    large = sm.GLM(positive.astype(float), np.ones(500), family=sm.families.Binomial(), offset=logits).fit()
    assert calibration.slope(positive, logits) == pytest.approx(joint.params[1], abs=1e-4)
    assert calibration.intercept(positive, logits) == pytest.approx(large.params[0], abs=1e-6)


def test_perfect_separation_gives_finite_numbers():
    positive = np.arange(30) < 10
    found = calibration.numbers(positive, np.where(positive, 1.0, 0.0))
    assert all(np.isfinite(list(found.values())))
    assert found["brier"] == 0 and found["brier_skill"] == 1 and found["calibration_slope"] > 0.2


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_the_error_is_that_of_equal_mass_bins_and_no_order_of_equal_probabilities_matters(number):
    stream = np.random.default_rng(number)
    positive, probability = stream.random(200) < 0.3, stream.permutation(200) / 200 + 0.001
    seen, said = calibration_curve(positive, probability, n_bins=10, strategy="quantile")
    assert calibration.ece(positive, probability) == pytest.approx(np.abs(seen - said).mean())
    order, tied = stream.permutation(200), np.round(probability, 1)
    assert calibration.ece(positive[order], tied[order]) == pytest.approx(calibration.ece(positive, tied))


def test_the_reliability_table_counts_every_picture_and_its_intervals_hold_their_shares():
    found = calibration.reliability(table(40, 60, seeds=2))
    assert sorted(set(found["model"])) == [f"seed {seed}, {kind}" for seed in (0, 1) for kind in
                                           ("calibrated", "uncalibrated")]
    assert set(found.groupby("model")["pictures"].sum()) == {150}
    assert (found["low"] <= found["seen"]).all() and (found["seen"] <= found["high"]).all()
