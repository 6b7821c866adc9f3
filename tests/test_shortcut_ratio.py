"""What a network relies on: the shortcut ratio and its interval, and what shuffled labels may reach by chance."""

import numpy as np
import pandas as pd
import pytest

from xrays import reliance, verdict
from xrays.folds import COVID, NORMAL

RATIO = next(rule for rule in verdict.RULES if rule.name == "ratio")


def asked(seed: int, patients: int, skill: float, left: float) -> tuple[reliance.Asked, reliance.Asked]:
    """Two pictures of each patient: scores with the lungs, and without, where `left` of the skill stays."""
    stream = np.random.default_rng(seed)
    positive = np.arange(patients).repeat(2) % 2 == 0
    group = np.arange(patients).repeat(2).astype(str)
    own = stream.normal(size=patients).repeat(2)
    full, occluded = (positive * shift + own + 0.3 * stream.normal(size=2 * patients) for shift in (skill, left * skill))
    return reliance.Asked(positive, full[None], group), reliance.Asked(positive, occluded[None], group)


def test_the_shortcut_ratio_is_what_is_left_without_lungs():
    positive, group = np.array([True] * 4 + [False] * 4), np.array(list("abcdefgh"))
    full = reliance.Asked(positive, np.array([[8.0, 7, 6, 5, 4, 3, 2, 1]]), group)  # AUROC 1
    occluded = reliance.Asked(positive, np.array([[8.0, 7, 6, 1, 5, 4, 3, 2]]), group)  # the last of four is below all: 0.75
    assert reliance.shortcut_ratio(full, occluded).value == pytest.approx(0.5)
    assert reliance.shortcut_ratio(full, full) == (1, 1, 1)
    assert reliance.shortcut_ratio(full, full._replace(score=-full.score)).value == -1
    coin = full._replace(score=np.array([[8.0, 1, 7, 2, 6, 3, 5, 4]]))
    assert reliance.shortcut_ratio(coin, full) == (0, -1, 1)  # a network without skill has nothing to explain


def test_the_interval_of_the_ratio_holds_the_truth():
    """200 studies of 100 patients; the truth is that of one study of 200,000."""
    truth = reliance.shortcut_ratio(*asked(0, 200_000, 1.5, 0.4)).value
    found = [reliance.shortcut_ratio(*asked(seed, 100, 1.5, 0.4)) for seed in range(1, 201)]
    assert 0.90 <= np.mean([one.low <= truth <= one.high for one in found]) <= 0.99


@pytest.mark.parametrize("patients, beyond", [(20, 19), (40, 8), (160, 0)])
def test_few_patients_raise_no_false_alarm_of_the_ratio(patients, beyond):
    """Of 100 studies with no skill left, in so many the ratio itself is beyond the limit."""
    found = [reliance.shortcut_ratio(*asked(seed, patients, 1.5, 0.0)) for seed in range(100)]
    fired = [RATIO.state({RATIO.key: one.low}) == verdict.FIRED for one in found]
    assert sum(one.value > RATIO.limit for one in found) == beyond and sum(fired) == 0


def test_the_ratio_fires_where_half_of_the_skill_needs_no_lungs():
    found = [reliance.shortcut_ratio(*asked(seed, 160, 1.5, 0.7)) for seed in range(20)]
    assert np.mean([RATIO.state({RATIO.key: one.low}) == verdict.FIRED for one in found]) >= 0.9


def permuted(seed: int, draws: int, leak: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Logits of heads on shuffled labels, which know the truth as far as `leak` goes, and the published table."""
    stream = np.random.default_rng(seed)
    positive = np.arange(60) % 2 == 0
    images = [f"{number:02d}" for number in range(60)]
    tables = [pd.DataFrame({"image": images, "draw": draw, "fold": 0, "seed": 0,
                            "logit": leak * positive + stream.normal(size=60)}) for draw in range(draws + 1)]
    return pd.concat(tables), pd.DataFrame({"image": images, "label": np.where(positive, COVID, NORMAL)})


@pytest.mark.parametrize("draws", [1, 2, 10])
def test_shuffled_labels_teach_nothing_and_a_leak_fires(draws):
    rule = next(rule for rule in verdict.RULES if rule.name == "permutation")
    assert sum(rule.state(reliance.shuffled(*permuted(seed, draws, 0))) == verdict.FIRED for seed in range(40)) <= 2
    leaky = [rule.state(reliance.shuffled(*permuted(seed, draws, 2))) for seed in range(5)]
    assert set(leaky) == {verdict.FIRED} if draws == 10 else True
