"""Corrections for the number of metrics looked at, and McNemar's test."""

import numpy as np
from scipy.stats import binom, norm

from xrays import runtime

SCORES = 20_000  # a corrected p of 0.05 is good to 0.0015


def joint(p: dict[str, float], drawn: np.ndarray) -> dict[str, float]:
    """p corrected for all metrics together, which move together: the step-down minimum p of P. H. Westfall and S. S.
    Young (Resampling-Based Multiple Testing, 1993), with normal scores correlated as the bootstrap draws (draws, metrics)
    are. Never above Holm's, which has to fear the worst correlation.
    """
    return step_down(p, by_chance(drawn))


def by_chance(drawn: np.ndarray) -> np.ndarray:
    """p of normal scores that are correlated as drawn (draws, metrics) is, (SCORES, metrics)."""
    metrics, moving = drawn.shape[1], np.nanstd(drawn, axis=0) > 0
    correlation = np.eye(metrics)
    if moving.sum() > 1:
        correlation[np.ix_(moving, moving)] = np.corrcoef(drawn[np.isfinite(drawn).all(axis=1)][:, moving], rowvar=False)
    values, vectors = np.linalg.eigh(correlation)
    random = np.random.default_rng(runtime.seed_of("joint", metrics))
    scores = random.standard_normal((SCORES, metrics)) @ (vectors * np.sqrt(np.clip(values, 0, None))).T
    return 2 * norm.sf(np.abs(scores))


def step_down(p: dict[str, float], chance: np.ndarray) -> dict[str, float]:
    """p corrected by the least p among it and all larger ones, as often as chance (by_chance, columns as p) makes it."""
    names = list(p)
    order = sorted(range(len(names)), key=lambda place: p[names[place]])
    corrected, largest = {}, 0.0
    for place, column in enumerate(order):
        least = chance[:, order[place:]].min(axis=1)
        largest = max(largest, p[names[column]], float((least <= p[names[column]]).mean()))
        corrected[names[column]] = largest
    by_holm = holm(p)
    return {name: min(corrected[name], by_holm[name]) for name in names}


def mcnemar(fixed: int, broken: int) -> float:
    """Exact McNemar test: the two-sided binomial p of fixed against broken pictures (Q. McNemar, Psychometrika 12, 1947)."""
    changed = fixed + broken
    return float(min(1.0, 2 * binom.cdf(min(fixed, broken), changed, 0.5))) if changed else 1.0


def holm(p: dict[str, float]) -> dict[str, float]:
    """p corrected for the number of metrics looked at (S. Holm, Scand. J. Statist. 6 (1979) 65-70)."""
    corrected, largest = {}, 0.0
    for place, name in enumerate(sorted(p, key=p.get)):
        largest = max(largest, min(1.0, (len(p) - place) * p[name]))
        corrected[name] = largest
    return {name: corrected[name] for name in p}
