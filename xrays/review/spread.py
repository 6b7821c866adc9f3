"""How much a metric moves when the same recipe is trained again with other seeds.

Each model has a random stream of its own, sha256(fold, seed), so the models of one fold are draws from one pot,
whatever the other folds do. Mixing seeds between folds therefore gives further trainings that could have been, and the
variance between trainings is the sum over folds of the variance between the models of a fold: folds x (seeds - 1)
degrees of freedom instead of seeds - 1 (a two-way layout: Searle, Casella, McCulloch, Variance Components, 1992).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from xrays import runtime
from xrays.review import measures

ROUNDS = 10  # of mixtures; in each, every model is used once


@dataclass(frozen=True)
class Spread:
    """Of one metric and one training. raw: variance between trainings on these pictures; interaction: the part of it
    that is chance in which pictures a training gets right, and which a bootstrap of patients holds already;
    freedom: degrees of freedom of raw."""

    raw: float
    interaction: float
    freedom: float
    at: float  # the metric's own value where it was measured

    def scaled(self, name: str, value: float) -> "Spread":
        """For a recipe that stands at another value: constant on the scale of log-odds (delta method), so that a
        recipe at AUROC 0.95 is not charged with the spread of one at 0.90."""
        here, there = (_slope(name, one) for one in (self.at, value))
        factor = (there / here) ** 2 if here > 0 else 1.0
        return replace(self, raw=self.raw * factor, interaction=self.interaction * factor, at=value)


def _slope(name: str, value: float) -> float:
    """Derivative of the metric by its log-odds; an MCC is first brought from -1 … 1 to 0 … 1."""
    share = (value + 1) / 2 if name == "mcc" else value
    return max(share * (1 - share), 1e-4)


def between_trainings(fold: np.ndarray, seeds: int, ask: Callable[[np.ndarray], dict[str, float]],
                      drawn: dict[str, np.ndarray]) -> dict[str, Spread]:
    """Metric → Spread.

    fold: of each picture (n,); ask: from the seed's number to use for each picture (n,) to the metrics; drawn: metric →
    (draws, seeds), the metrics of each seed under bootstrap draws of patients. seeds: 2 or more.
    """
    folds, place = np.unique(fold, return_inverse=True)
    mixtures = _mixtures(len(folds), seeds)
    answers = [ask(mixture[place]) for mixture in mixtures]
    design = _design(mixtures, seeds)
    found = {}
    for name in measures.DIRECTION:
        given = np.array([answer[name] for answer in answers])
        raw, known = _variance(design, given, len(folds), seeds)
        found[name] = Spread(raw, min(raw, _interaction(drawn[name])), known, float(given.mean()))
    return found


def _mixtures(folds: int, seeds: int) -> np.ndarray:
    """Which seed each fold takes, (rounds x seeds, folds): in each round every seed once in every fold."""
    if folds == 1:
        return np.arange(seeds)[:, None]
    random = np.random.default_rng(runtime.seed_of("mixtures", folds, seeds))
    return np.concatenate([np.stack([random.permutation(seeds) for _ in range(folds)], axis=1) for _ in range(ROUNDS)])


def _design(mixtures: np.ndarray, seeds: int) -> np.ndarray:
    """A constant and one column for each fold and seed."""
    picked = (mixtures[:, :, None] == np.arange(seeds)).reshape(len(mixtures), -1)
    return np.hstack([np.ones((len(mixtures), 1)), picked])


def _variance(design: np.ndarray, answers: np.ndarray, folds: int, seeds: int) -> tuple[float, float]:
    """Sum over folds of the variance of their models' effects, with its degrees of freedom."""
    effects = np.linalg.lstsq(design, answers, rcond=None)[0]
    of_fold = effects[1:].reshape(folds, seeds).var(axis=1, ddof=1)
    unexplained = float(((answers - design @ effects) ** 2).mean())  # what folds do to each other's ranks: small
    total = float(of_fold.sum())
    return total + unexplained, freedom(of_fold, np.full(folds, seeds - 1.0))


def freedom(parts: np.ndarray, each: np.ndarray) -> float:
    """Degrees of freedom of a sum of estimated variances, each with its own.

    Welch's form of Satterthwaite's, (sum v)^2 / sum(v^2 / (each + 2)) - 2 (B. L. Welch, Biometrika 34 (1947) 28-35): the
    plain one is too low by a quarter for three folds and five seeds, because v^2 overestimates. Kept between the least
    and the sum of each.
    """
    squares = (parts**2 / (each + 2)).sum()
    if squares <= 0:
        return float(each.sum())
    return float(np.clip(parts.sum() ** 2 / squares - 2, each.min(), each.sum()))


def _interaction(drawn: np.ndarray) -> float:
    """Variance over draws of patients of a seed's distance from the mean of all seeds."""
    apart = drawn - drawn.mean(axis=1, keepdims=True)
    return float(np.nanvar(apart, axis=0, ddof=1).sum() / (drawn.shape[1] - 1))
