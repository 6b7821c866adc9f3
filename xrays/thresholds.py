"""From which probability on a picture is called COVID-19: chosen on inner pictures, never where it is judged."""

import numpy as np

from xrays.scores import DECIMALS


def candidates(probability: np.ndarray) -> np.ndarray:
    """Every cut that calls the pictures differently, ascending.

    They lie half-way between neighbours, rounded as published, so that no inner picture sits on the edge.
    """
    values = np.unique(probability)
    halfway = np.round((values[1:] + values[:-1]) / 2, DECIMALS)
    between = np.where(halfway > values[:-1], halfway, values[1:])
    return np.concatenate([values[:1], between, values[-1:] + 10.0**-DECIMALS])


def rates(probability: np.ndarray, positive: np.ndarray, cuts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sensitivity and 1 - specificity at each cut."""
    called = probability[None, :] >= cuts[:, None]
    return called[:, positive].mean(axis=1), called[:, ~positive].mean(axis=1)


def inner(probability: np.ndarray, positive: np.ndarray) -> float:
    """The cut with the largest balanced accuracy; of several best ones the middle one."""
    cuts = candidates(probability)
    sensitivity, false_alarms = rates(probability, positive, cuts)
    balanced = sensitivity + 1 - false_alarms
    best = cuts[balanced >= balanced.max() - 1e-12]
    return float(best[len(best) // 2])


def target(probability: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """Of the cuts that reach a sensitivity, the one with the highest specificity.

    Where several have it, the one that finds most: two cuts with one specificity differ only in pictures of COVID-19.
    """
    cuts = candidates(probability)
    reached, false_alarms = rates(probability, positive, cuts)
    enough = reached >= sensitivity - 1e-12
    return float(cuts[enough & (false_alarms <= false_alarms[enough].min() + 1e-12)][0])


def of(goal: str, probability: np.ndarray, positive: np.ndarray, sensitivity: float) -> float:
    """The threshold for evaluate.threshold (inner, target or half) from inner pictures: probability, positive (n)."""
    if goal == "half":
        return 0.5
    return inner(probability, positive) if goal == "inner" else target(probability, positive, sensitivity)
