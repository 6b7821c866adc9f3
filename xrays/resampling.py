"""The bootstrap over patients: what the numbers would be, had other patients of the same two kinds come.

Every picture and seed of a patient stays with the patient. A resample is a row of weights, how often each picture is
drawn, so that 2,000 resamples of 540 pictures are a few matrix products and take about two seconds.
"""

from collections.abc import Callable, Iterator

import numpy as np
from scipy.stats import norm

from xrays import runtime

Numbers = dict[str, np.ndarray]
AT_ONCE = 2_000_000  # weights held at a time: 16 MB


def resampled(number: Callable[[np.ndarray], Numbers], positive: np.ndarray, group: np.ndarray,
              resamples: int) -> Numbers:
    """The numbers (resamples) of patients drawn anew, with replacement, as many of each class as there are.

    positive, group (n), in an order that the caller has fixed; number: weights (m, n) to named arrays (m).
    """
    names, place = np.unique(group, return_inverse=True)
    case = np.bincount(place, weights=positive, minlength=len(names)) > 0
    stream = np.random.default_rng(runtime.seed_of("bootstrap", resamples))
    parts = [number(_drawn(case, count, stream)[:, place]) for count in _chunks(resamples, len(group))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def left_out(number: Callable[[np.ndarray], Numbers], group: np.ndarray) -> Numbers:
    """The numbers (patients) with one patient left out at a time."""
    names, place = np.unique(group, return_inverse=True)
    first, parts = 0, []
    for count in _chunks(len(names), len(group)):
        parts.append(number((np.arange(first, first + count)[:, None] != place[None, :]).astype(float)))
        first += count
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _chunks(rows: int, columns: int) -> Iterator[int]:
    step = max(1, AT_ONCE // columns)
    yield from (min(step, rows - first) for first in range(0, rows, step))


def _drawn(case: np.ndarray, count: int, stream: np.random.Generator) -> np.ndarray:
    """How often each patient is drawn (count, patients)."""
    times = np.zeros((count, len(case)))
    for kind in (case, ~case):
        if kind.any():
            times[:, kind] = stream.multinomial(kind.sum(), np.full(kind.sum(), 1 / kind.sum()), count)
    return times


def bca(value: float, drawn: np.ndarray, without: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Bias-corrected and accelerated interval (Efron, J. Am. Stat. Assoc. 82 (1987) 171); it holds the value itself.

    drawn (resamples): the number over resamples; without (patients): with one patient left out. It knows nothing that
    no resample shows: where every resample gives the same number, so do both limits.
    """
    equal = np.abs(drawn - value) < 1e-9  # sums in another order differ in the last bit, which must decide nothing
    below = np.mean((drawn < value) & ~equal) + np.mean(equal) / 2
    bias = norm.ppf(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn)))
    away = without.mean() - without
    spread = (away**2).sum()
    acceleration = (away**3).sum() / (6 * spread**1.5) if spread > 1e-18 else 0.0
    ends = bias + norm.ppf([(1 - level) / 2, (1 + level) / 2])
    low, high = np.quantile(drawn, norm.cdf(bias + ends / (1 - acceleration * ends)))
    return min(float(low), value), max(float(high), value)


def average_precision(weights: np.ndarray, positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Average precision (m) of pictures with weights (m, n): at each distinct score, precision times gain in recall."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.diff(score[order]) != 0, True)  # of those with one score
    ordered = weights[:, order]
    found, called = (np.cumsum(part, axis=1)[:, last] for part in (ordered * positive[order], ordered))
    gain = np.diff(found, axis=1, prepend=0)
    return (gain * found / np.maximum(called, 1e-300)).sum(axis=1) / np.maximum(found[:, -1], 1e-300)


def of_the_table(weights: np.ndarray, positive: np.ndarray, called: np.ndarray) -> Numbers:
    """mcc, f1 and precision (m) at the threshold, from weights (m, n)."""
    cells = np.stack([positive & called, positive & ~called, ~positive & called, ~positive & ~called], axis=1)
    return ratios(*(weights @ cells.astype(float)).T)


def ratios(tp: np.ndarray, fn: np.ndarray, fp: np.ndarray, tn: np.ndarray) -> Numbers:
    """mcc, f1 and precision of counts; a ratio with nothing below the line is 0."""
    root = np.sqrt((tp + fn) * (tp + fp) * (tn + fn) * (tn + fp))
    over = {"mcc": (tp * tn - fp * fn, root), "f1": (2 * tp, 2 * tp + fn + fp), "precision": (tp, tp + fp)}
    return {name: np.where(below > 0, above / np.where(below > 0, below, 1), 0.0)
            for name, (above, below) in over.items()}


def mean_loss(weights: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Weighted mean (m) of a loss (n)."""
    return weights @ loss / weights.sum(axis=1)
