"""The statistics of a review against independent ones, and against simulations whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewed import predictions
from scipy.special import logit
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from benchmarks import review_power, simulated_pairs
from xrays import delong
from xrays.review import measures, multiplicity, pairing, spread, statistics, verdicts

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth and two correlated scores of 20 to 60 pictures, two of either class at least."""
    random = np.random.default_rng(seed)
    positive = np.r_[True, True, False, False, random.random(random.integers(16, 57)) < 0.4]
    first = positive + random.normal(0, 1, len(positive))
    second = 0.5 * first + positive + random.normal(0, 1, len(positive))
    return positive, *((np.round(one) if ties else one) for one in (first, second))


def by_definition(positive: np.ndarray, scores: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """DeLong, DeLong and Clarke-Pearson (1988), equations 3 to 6, pair by pair."""
    above, below = np.flatnonzero(positive), np.flatnonzero(~positive)
    kernel = np.array([[[1.0 if one[i] > one[j] else 0.5 if one[i] == one[j] else 0.0 for j in below] for i in above]
                       for one in scores])
    v10, v01 = kernel.mean(axis=2), kernel.mean(axis=1)
    aurocs = kernel.mean(axis=(1, 2))
    s10 = (v10 - aurocs[:, None]) @ (v10 - aurocs[:, None]).T / (len(above) - 1)
    s01 = (v01 - aurocs[:, None]) @ (v01 - aurocs[:, None]).T / (len(below) - 1)
    return aurocs, s10 / len(above) + s01 / len(below)


@settings(max_examples=40, deadline=None)
@given(seeds, st.booleans())
def test_delong_is_the_one_of_its_definition(seed, ties):
    positive, first, second = drawn(seed, ties)
    aurocs, covariance = by_definition(positive, [first, second])
    found = delong.compare(positive, first, second)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert np.allclose([found.first, found.second], aurocs, atol=1e-9)
    assert found.standard_error == pytest.approx(np.sqrt(variance), abs=1e-9)


def test_delong_of_a_score_with_itself_is_certain_of_nothing():
    positive, first, _ = drawn(1, False)
    assert delong.compare(positive, first, first)[2:] == (0.0, 1.0)


@given(st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_mcnemar_is_statsmodels_exact_one(fixed, broken):
    wanted = 1.0 if fixed == broken == 0 else mcnemar([[5, fixed], [broken, 7]], exact=True).pvalue
    assert multiplicity.mcnemar(fixed, broken) == pytest.approx(wanted, abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
@settings(deadline=None)
def test_holm_is_the_one_of_statsmodels(p):
    found = multiplicity.holm({str(place): value for place, value in enumerate(p)})
    assert np.allclose(list(found.values()), multipletests(p, method="holm")[1], atol=1e-9)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), seeds)
@settings(max_examples=15, deadline=None)
def test_the_joint_correction_lies_between_no_correction_and_holms(p, seed):
    named = dict(zip("abcd", p))
    random = np.random.default_rng(seed).normal(size=(100, 4))
    joint, holm = multiplicity.joint(named, random @ np.ones((4, 4)) + 0.1 * random), multiplicity.holm(named)
    assert all(named[name] <= joint[name] <= holm[name] for name in named)


@settings(max_examples=30, deadline=None)
@given(seeds, st.booleans(), st.booleans())
def test_weighted_metrics_are_those_of_scikit_learn_with_weights(seed, ties, unit):
    positive, score, _ = drawn(seed, ties)
    score = 1 / (1 + np.exp(-score))
    called, random = score >= 0.6, np.random.default_rng(seed)
    weights = np.ones(len(positive)) if unit else random.integers(1, 4, len(positive)).astype(float)
    found = {name: values[0] for name, values in measures.weighted(positive, score, called, weights[None]).items()}
    given_weights = {"sample_weight": weights}
    wanted = {"auroc": metrics.roc_auc_score(positive, score, **given_weights),
              "average_precision": metrics.average_precision_score(positive, score, **given_weights),
              "sensitivity": metrics.recall_score(positive, called, **given_weights),
              "specificity": metrics.recall_score(~positive, ~called, **given_weights),
              "balanced_accuracy": metrics.balanced_accuracy_score(positive, called, **given_weights),
              "mcc": metrics.matthews_corrcoef(positive, called, **given_weights),
              "brier": metrics.brier_score_loss(positive, score, **given_weights)}
    assert found == pytest.approx(wanted, abs=1e-9)


def test_weights_of_nought_are_as_if_the_picture_were_not_there():
    positive, score, _ = drawn(5, True)
    weights = np.r_[0.0, np.ones(len(score) - 2), 0.0]
    found = measures.weighted(positive, score, score > 1, weights[None])
    wanted = measures.plain(positive[1:-1], score[1:-1], score[1:-1] > 1)
    assert {name: values[0] for name, values in found.items()} == pytest.approx(wanted)


def test_the_order_of_the_rows_and_the_names_of_patients_change_nothing():
    base, head = predictions(), predictions(lift=0.5, training=3)
    images = pairing.common(base, head)
    shuffled = head.sample(frac=1, random_state=1)
    found = [statistics.differences(pairing.pair(base, one, images), {}, 200) for one in (head, shuffled)]
    assert found[0] == found[1]


def test_pictures_of_one_patient_count_as_one():
    """Every patient's pictures copied ten times: ten times the pictures, and not a narrower interval."""
    base, head = predictions(patients=60), predictions(patients=60, lift=0.5, training=3)
    copies = [[one.assign(image=one["image"] + f"-{number}") for number in range(10)] for one in (base, head)]
    few, many = (statistics.differences(pairing.pair(old, new, pairing.common(old, new)), {}, 1000)["sensitivity"]
                 for old, new in ((base, head), tuple(pd.concat(one, ignore_index=True) for one in copies)))
    widths = [one.patients_high - one.patients_low for one in (few, many)]
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_the_spread_of_training_is_found_with_its_degrees_of_freedom():
    """Models whose effects are known: variance 0.04 a fold, three folds that weigh a third each."""
    random = np.random.default_rng(3)
    fold = np.repeat([0, 1, 2], 10)
    found = []
    for _ in range(200):
        effect = random.normal(0, 0.2, (3, 5))
        answers = spread.between_trainings(fold, 5, lambda seed: dict.fromkeys(
            measures.DIRECTION, 0.5 + effect[fold, seed].mean()), dict.fromkeys(measures.DIRECTION, np.zeros((9, 5))))
        found.append(answers["auroc"])
    assert np.mean([one.raw for one in found]) == pytest.approx(0.04 / 3, rel=0.1)
    assert 10 < np.mean([one.freedom for one in found]) <= 12


def test_the_benchmarks_unsteady_head_strays_twice_as_far_as_its_base_and_the_base_as_before():
    """Where 400 trainings of three models put the Normals: a standard deviation from 1,200 is good to 2 %."""
    found = {}
    for name in ("phantom", "unsteady-head"):
        world = simulated_pairs.World(simulated_pairs.SCENARIOS[name], np.random.default_rng(1))
        sides = [world.side(recipe, 2.8, 400) for recipe in (0, 1)]
        places = [[logit(side.score)[~world.positive & (world.fold == fold)].mean(axis=0) for fold in range(3)]
                  for side in sides]
        found[name] = [np.std(place, axis=1).mean() for place in places]
    assert found["unsteady-head"][0] == found["phantom"][0]
    assert found["phantom"][1] == pytest.approx(found["phantom"][0], rel=0.1)
    assert found["unsteady-head"][1] == pytest.approx(2 * found["phantom"][1], rel=0.1)


def test_the_benchmarks_oracle_calls_one_pair_in_twenty_where_metrics_move_together():
    """500 pairs of seven metrics that correlate at 0.9; Holm, which fears the worst, calls fewer than half as many."""
    random = np.random.default_rng(2)
    changes = np.sqrt(0.9) * random.normal(size=(500, 1)) + np.sqrt(0.1) * random.normal(size=(500, 7))
    p = {name: review_power.known(change) for name, change in zip(measures.DIRECTION, changes.T)}
    called = np.any(list(review_power.rejects(p, multiplicity.by_chance(changes)).values()), axis=0)
    assert 0.03 < called.mean() < 0.075
    assert (np.array(list(p.values())).min(axis=0) <= verdicts.ALPHA / 7).mean() < called.mean() / 2


@pytest.mark.parametrize("name", ["few", "three-seeds"])
def test_without_a_true_difference_few_pairs_are_called_and_a_great_one_is_seen(name):
    """Forty pairs of the benchmark's thousand: at a rate of 5 %, seven or more are called once in 500 runs."""
    scenario = simulated_pairs.SCENARIOS[name]
    called = [sum(set(simulated_pairs.simulate(scenario, effect, number).decided.values()) & {verdicts.BETTER, verdicts.WORSE}
                  != set() for number in range(pairs)) for effect, pairs in ((0.0, 40), (1.6, 10))]
    assert called[0] < 7 and called[1] >= 9
