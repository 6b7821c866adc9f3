"""DeLong's test of two AUROCs on the same pictures, by midranks.

E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson: Biometrics 44 (1988) 837-845, in the O(n log n) form of X. Sun and
W. Xu: IEEE Signal Processing Letters 21 (2014) 1389-1393. It knows nothing of patients: pictures of one patient count as
independent, so a review shows it beside the patient-level interval and never decides by it alone.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import norm, rankdata


class DeLong(NamedTuple):
    """Two AUROCs, the standard error of first minus second, and the two-sided p (1 where both rank alike)."""

    first: float
    second: float
    standard_error: float
    p: float


def compare(positive: np.ndarray, first: np.ndarray, second: np.ndarray) -> DeLong:
    """positive: bool (n,); first, second: scores (n,), larger means COVID-19. Both classes need two pictures or more."""
    scores = np.stack([first, second])
    of_positive, of_negative = placements(positive, scores)
    aurocs = of_positive.mean(axis=1)
    covariance = np.cov(of_positive) / of_positive.shape[1] + np.cov(of_negative) / of_negative.shape[1]
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference, error = aurocs[0] - aurocs[1], float(np.sqrt(max(variance, 0.0)))
    p = 2 * norm.sf(abs(difference) / error) if error > 1e-12 else float(abs(difference) < 1e-12)
    return DeLong(float(aurocs[0]), float(aurocs[1]), error, float(p))


def placements(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of the other class that each picture outranks, ties half: (k, positives) and (k, negatives)."""
    above, below = scores[:, positive], scores[:, ~positive]
    count_above, count_below = above.shape[1], below.shape[1]
    ranked = rankdata(np.concatenate([above, below], axis=1), axis=1)
    of_positive = (ranked[:, :count_above] - rankdata(above, axis=1)) / count_below
    of_negative = 1 - (ranked[:, count_above:] - rankdata(below, axis=1)) / count_above
    return of_positive, of_negative
