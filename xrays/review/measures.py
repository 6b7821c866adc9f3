"""Every metric that is decided on, for many weightings of the same pictures at once.

A bootstrap draw is a weight for each picture (how often its patient was drawn), so 2,000 draws are one matrix. Unit
weights give the numbers of scikit-learn.
"""

import numpy as np

# The order they are shown in; +1 where larger is better.
DIRECTION = {"auroc": 1, "average_precision": 1, "sensitivity": 1, "specificity": 1, "balanced_accuracy": 1, "mcc": 1,
             "brier": -1}
CHUNK = 100_000  # numbers a matrix may hold: what fits a processor's cache is four times as fast


def weighted(positive: np.ndarray, score: np.ndarray, called: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metric → one number a row of weights; NaN where a class has no weight.

    positive, called: bool (n,); score: probability of COVID-19 (n,); weights: not negative (draws, n).
    """
    rows = max(1, CHUNK // len(score))
    parts = [_chunk(positive, score, called, weights[start:start + rows]) for start in range(0, len(weights), rows)]
    return {name: np.concatenate([part[name] for part in parts]) for name in DIRECTION}


def _chunk(positive: np.ndarray, score: np.ndarray, called: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _of_calls(positive, called, weights) | _of_ranks(positive, score, weights)
        return found | {"brier": weights @ (score - positive) ** 2 / weights.sum(axis=1)}


def _of_calls(positive: np.ndarray, called: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """From the four cells of the confusion matrix; an MCC with an empty margin is 0, as scikit-learn has it."""
    tp, fn, fp, tn = (weights @ cell.astype(float) for cell in (
        positive & called, positive & ~called, ~positive & called, ~positive & ~called))
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    mcc = np.where(margins > 0, (tp * tn - fp * fn) / np.sqrt(margins), 0.0)
    return {"sensitivity": sensitivity, "specificity": specificity,
            "balanced_accuracy": (sensitivity + specificity) / 2, "mcc": mcc}


def _of_ranks(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """AUROC (ties count half) and average precision (ties are one step), over distinct scores from high to low."""
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(score[order]) != 0])
    ordered = weights[:, order]
    above = np.add.reduceat(ordered * positive[order], starts, axis=1)
    every = np.add.reduceat(ordered, starts, axis=1)
    hits, asked = np.cumsum(above, axis=1), np.cumsum(every, axis=1)
    beside = every - above
    total, others = hits[:, -1], asked[:, -1] - hits[:, -1]
    auroc = ((hits - above / 2) * beside).sum(axis=1) / (total * others)
    precision = np.divide(hits, asked, out=np.zeros_like(hits), where=asked > 0)
    return {"auroc": auroc, "average_precision": (above * precision).sum(axis=1) / total}


def plain(positive: np.ndarray, score: np.ndarray, called: np.ndarray) -> dict[str, float]:
    """The metrics themselves, every picture counted once."""
    found = weighted(positive, score, called, np.ones((1, len(score))))
    return {name: float(values[0]) for name, values in found.items()}
