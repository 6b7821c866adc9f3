"""Intervals: against statsmodels and by hand where there is a formula, by simulation where there is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from benchmarks import coverage
from xrays import intervals


@given(st.integers(0, 200), st.integers(0, 200))
@settings(deadline=None)
def test_wilson_is_that_of_statsmodels(right, wrong):
    if right + wrong:
        low, high = proportion_confint(right, right + wrong, method="wilson")
        assert intervals.wilson(right, right + wrong) == pytest.approx((low, high), abs=1e-9)
    assert intervals.wilson(0, 0) == (0, 1)


def test_copies_of_a_patients_picture_tell_nothing_new():
    share, group = np.array([1, 1, 0, 1, 0, 1.0]), np.arange(6)
    once = intervals.proportion(share, group)
    assert intervals.proportion(np.repeat(share, 5), np.repeat(group, 5)) == pytest.approx(once, abs=1e-9)
    assert intervals.kish(np.repeat(group, 5)) == 6


def test_pictures_that_are_independent_count_in_full():
    share = np.array([1.0, 0] * 50)
    assert intervals.effective(share, np.arange(100)) == 100  # kish is 100 too, and it never counts for less
    assert intervals.effective(share, np.repeat(np.arange(50), 2)) == 100  # each patient one of both: held at n
    assert intervals.effective(np.repeat(share, 2), np.repeat(np.arange(100), 2)) == 100  # of 200, in pairs of copies
    assert intervals.effective(np.ones(100), np.repeat(np.arange(25), 4)) == 25


def test_variances_are_those_of_their_definitions():
    stream = np.random.default_rng(1)
    positive = np.arange(40) < 15
    score, group = np.round(stream.normal(size=40) + positive, 1), np.arange(40) // 2
    pairs = np.sign(score[positive][:, None] - score[~positive]) / 2 + 0.5
    auroc, moved = intervals.influence(positive, score)
    assert auroc == pytest.approx(pairs.mean()) == pytest.approx(roc_auc_score(positive, score))
    delong = pairs.mean(axis=1).var(ddof=1) / 15 + pairs.mean(axis=0).var(ddof=1) / 25
    assert intervals.clustered_variance(moved, positive, np.arange(40)) == pytest.approx(delong)
    assert intervals.clustered_variance(np.repeat(moved, 2) / 2, np.repeat(positive, 2),
                                        np.repeat(np.arange(40), 2)) == pytest.approx(delong)
    assert intervals.clustered_variance(moved, positive, group) != pytest.approx(delong)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from([-9, 0, 0.5, 9]))
@settings(deadline=None, max_examples=60)
def test_an_interval_holds_its_auroc_and_lies_between_nought_and_one(cases, controls, number, shift):
    stream, positive = np.random.default_rng(number), np.arange(cases + controls) < cases
    score = np.round(stream.normal(size=(2, len(positive))) + shift * positive, 1)
    low, high = intervals.auroc_interval(positive, score, stream.integers(0, 6, len(positive)))
    mean = np.mean([roc_auc_score(positive, one) for one in score])
    assert 0 <= low <= mean <= high <= 1
    assert high - low > 0.01
    mirrored = intervals.auroc_interval(positive, -score[:1], np.arange(len(positive)))
    assert mirrored == pytest.approx([1 - end for end in intervals.auroc_interval(positive, score[:1],
                                                                                  np.arange(len(positive)))[::-1]], abs=1e-6)


def test_a_perfect_auroc_is_not_certain_and_more_patients_make_it_surer():
    def low(patients):
        positive = np.arange(2 * patients) < patients
        return intervals.auroc_interval(positive, positive.astype(float), np.arange(2 * patients))[0]

    assert 0.85 < low(10) < low(38) < low(200) < 0.9975


def test_propagation_is_exact_for_one_varying_rate():
    assert intervals.propagated(lambda one, other: one, 0.8, 0.9, (0.6, 0.9), (0.5, 1)) == pytest.approx((0.6, 0.9))


def test_in_simulation_every_interval_of_200_patients_holds_the_truth_as_often_as_it_says():
    setting = coverage.Setting(100, 100, 0.9)
    held = coverage.covered(setting, draws=300, methods=["ours"]) | coverage.covered(
        setting, draws=300, methods=["ours"], names=coverage.OTHERS + coverage.CALLS, resamples=300)
    assert len(held) == 15 and all(0.92 <= share <= 0.98 for share in held.values()), held  # 300 draws: 95 % to 1.3 points


def test_in_simulation_38_patients_with_an_auroc_near_1_are_not_promised_too_much():
    held = coverage.covered(coverage.Setting(38, 160, 0.999), draws=300, methods=["ours"])
    assert all(0.92 <= share for share in held.values()), held
