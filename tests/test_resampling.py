"""The bootstrap: weights give what repeated rows give, patients stay whole, and the same stream comes again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from xrays import resampling


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=50)
def test_weights_give_the_numbers_of_repeated_rows(number):
    stream = np.random.default_rng(number)
    positive, score = np.arange(20) < 8, np.round(stream.random(20), 1)
    times = stream.integers(0, 4, 20)
    times[[0, 19]] += 1  # both classes
    called, rows = score >= 0.5, np.repeat(np.arange(20), times)
    found = resampling.of_the_table(times[None, :].astype(float), positive, called)
    truth, said = positive[rows], called[rows]
    assert found["mcc"][0] == pytest.approx(metrics.matthews_corrcoef(truth, said))
    assert found["f1"][0] == pytest.approx(metrics.f1_score(truth, said, zero_division=0))
    assert found["precision"][0] == pytest.approx(metrics.precision_score(truth, said, zero_division=0))
    average = resampling.average_precision(times[None, :].astype(float), positive, score)
    assert average[0] == pytest.approx(metrics.average_precision_score(truth, score[rows]))
    assert resampling.mean_loss(times[None, :].astype(float), score)[0] == pytest.approx(score[rows].mean())


def test_patients_are_drawn_whole_and_as_many_of_each_class_as_there_are():
    positive, group = np.arange(30) < 10, np.arange(30) // 2
    seen = []
    resampling.resampled(lambda weights: seen.append(weights) or {"x": weights[:, 0]}, positive, group, 500)
    weights = np.concatenate(seen)
    assert weights.shape == (500, 30) and (weights[:, ::2] == weights[:, 1::2]).all()
    assert (weights[:, :10].sum(axis=1) == 10).all() and (weights[:, 10:].sum(axis=1) == 20).all()
    assert weights.std() > 0.5


def test_leaving_out_takes_each_patient_away_once():
    found = resampling.left_out(lambda weights: {"x": weights @ np.arange(1, 5)}, np.array(list("abba")))
    assert found["x"].tolist() == [2 + 3, 1 + 4]


def test_the_size_of_the_pieces_that_memory_allows_changes_no_weight_left_out(monkeypatch):
    whole = resampling.left_out(lambda weights: {"x": weights @ np.arange(30.0)}, np.arange(30) // 2)
    monkeypatch.setattr(resampling, "AT_ONCE", 70)
    pieces = resampling.left_out(lambda weights: {"x": weights @ np.arange(30.0)}, np.arange(30) // 2)
    assert pieces["x"].tolist() == whole["x"].tolist()


def test_the_interval_is_that_of_scipy_for_a_mean():
    sample = np.random.default_rng(3).exponential(size=60)
    drawn = resampling.resampled(lambda weights: {"mean": resampling.mean_loss(weights, sample)}, np.zeros(60, bool),
                                 np.arange(60), 20_000)["mean"]
    without = resampling.left_out(lambda weights: {"mean": resampling.mean_loss(weights, sample)}, np.arange(60))["mean"]
    theirs = stats.bootstrap((sample,), np.mean, n_resamples=20_000, method="BCa", rng=5).confidence_interval
    assert resampling.bca(sample.mean(), drawn, without) == pytest.approx(theirs, abs=0.02)


def test_where_nothing_varies_both_limits_are_the_number():
    assert resampling.bca(0.25, np.full(100, 0.25), np.full(9, 0.25)) == (0.25, 0.25)
