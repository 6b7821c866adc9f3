"""95 % intervals of shares and of the AUROC, for pictures of which several show one patient.

Pictures of a patient are alike, so 250 of them tell less than 250 patients would: each interval here counts them as the
smaller number of independent pictures that would vary as much. docs/statistics.md has how often each holds the truth.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, rankdata, t

Interval = tuple[float, float]
LEVEL = 0.95
LEAST = 0.5  # share of Hanley and McNeil's variance that an AUROC has at least: few misordered pairs show too little


def wilson(count: float, total: float, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a share (J. Am. Stat. Assoc. 22 (1927) 209); (0, 1) where total is 0."""
    if total <= 0:
        return 0.0, 1.0
    share, square = count / total, norm.ppf((1 + level) / 2) ** 2 / total
    middle = share + square / 2
    half = np.sqrt(square * (share * (1 - share) + square / 4))
    return (float(np.clip((middle - half) / (1 + square), 0, share)),
            float(np.clip((middle + half) / (1 + square), share, 1)))


def kish(group: np.ndarray) -> float:
    """What n pictures count for if those of a patient are copies: n² / sum of squared counts (Kish 1965)."""
    counts = np.unique(group, return_counts=True)[1]
    return float(counts.sum() ** 2 / (counts**2).sum()) if len(counts) else 0.0


def effective(share: np.ndarray, group: np.ndarray) -> float:
    """The number of independent pictures whose mean varies as much as that of share (n, 0 to 1) in its groups.

    n over the design effect, the cluster-robust variance over the binomial one (Rao and Scott, Biometrics 48 (1992)
    577), held between n and kish(group). Where all are right or all wrong there is nothing to estimate it from, and it
    is kish(group).
    """
    count, mean = len(share), share.mean() if len(share) else 0.0
    binomial = mean * (1 - mean) / max(count, 1)
    if binomial <= 0:
        return kish(group)
    sums = np.bincount(np.unique(group, return_inverse=True)[1], weights=share - mean)
    variance = (sums**2).sum() / count**2 * len(sums) / max(len(sums) - 1, 1)
    return float(np.clip(count * binomial / max(variance, 1e-12), kish(group), count))


def fewer(total: float, patients: int, level: float = LEVEL) -> float:
    """total, less what is lost by estimating a variance from few patients: Student's t for the normal quantile.

    As Korn and Graubard do (Survey Methodology 24 (1998) 193): total * (z / t)² with patients - 1 degrees of freedom.
    """
    chance = (1 + level) / 2
    return total * float(norm.ppf(chance) / t.ppf(chance, max(patients - 1, 1))) ** 2


def proportion(share: np.ndarray, group: np.ndarray, level: float = LEVEL) -> Interval:
    """Interval of the mean of share: Wilson's with the effective number of pictures.

    share (n): 1 for a picture called right, 0 for a wrong one, between them for a mean over seeds; group (n): patients.
    """
    if len(share) == 0:
        return 0.0, 1.0
    total = fewer(effective(share, group), len(np.unique(group)), level)
    return wilson(float(share.mean()) * total, total, level)


def influence(positive: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray]:
    """AUROC (ties count half) and how much each picture (n) moves it; the sum of squares is DeLong's variance.

    Placements by ranks: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837.
    """
    ranks, moved = rankdata(score), np.zeros(len(score))
    above = ranks[positive] - rankdata(score[positive])  # how many of the other class lie below
    below = ranks[~positive] - rankdata(score[~positive])
    cases, controls = positive.sum(), (~positive).sum()
    auroc = above.mean() / controls
    moved[positive] = (above / controls - auroc) / cases
    moved[~positive] = (1 - below / cases - auroc) / controls
    return float(auroc), moved


def clustered_variance(moved: np.ndarray, positive: np.ndarray, group: np.ndarray) -> float:
    """Variance of an AUROC whose pictures come in groups: the moves of a patient are summed before they are squared.

    Obuchowski, Biometrics 53 (1997) 567; a patient with pictures of both classes counts with the positive ones.
    """
    number = np.unique(group, return_inverse=True)[1]
    sums = np.bincount(number, weights=moved)
    case = np.bincount(number, weights=positive) > 0
    return float(sum((part**2).sum() * len(part) / max(len(part) - 1, 1) for part in (sums[case], sums[~case])))


def expected_variance(auroc: float, cases: float, controls: float) -> float:
    """Variance that an AUROC has by Hanley and McNeil's model, as Newcombe made it symmetric (his method 5)."""
    half = (cases + controls) / 2 - 1
    pairs = 1 + half * (1 - auroc) / (2 - auroc) + half * auroc / (1 + auroc)
    return auroc * (1 - auroc) * pairs / (cases * controls)


def auroc_interval(positive: np.ndarray, score: np.ndarray, group: np.ndarray, level: float = LEVEL) -> Interval:
    """Interval of the AUROC, or of its mean over seeds, that holds with few patients and an AUROC near 1, or at 1.

    positive (n), group (n); score (n) or (seeds, n). A score interval in Newcombe's form (Statistics in Medicine 25
    (2006) 559, method 5): all aurocs whose own variance makes the observed one likely, patients counted by kish. The
    model's variance is scaled to Obuchowski's, with LEAST as the floor: his alone collapses with the last misordered
    pair (docs/statistics.md). Student's t as in fewer. Without both classes: (0, 1).
    """
    if positive.all() or not positive.any():
        return 0.0, 1.0
    found = [influence(positive, one) for one in np.atleast_2d(score)]
    auroc, moved = float(np.mean([one for one, _ in found])), np.mean([moves for _, moves in found], axis=0)
    cases, controls = kish(group[positive]), kish(group[~positive])
    model = expected_variance(auroc, cases, controls)
    scale = max(LEAST, clustered_variance(moved, positive, group) / model) if model > 0 else LEAST
    patients = min(len(np.unique(group[positive])), len(np.unique(group[~positive])))
    width = scale * t.ppf((1 + level) / 2, max(patients - 1, 1)) ** 2

    def outside(truth: float) -> float:
        return (auroc - truth) ** 2 - width * expected_variance(truth, cases, controls)

    edge = 1e-12  # the observed value is inside; at 0 and at 1 the variance is 0, so both are outside
    low = brentq(outside, 0, auroc - edge) if auroc > edge and outside(auroc - edge) < 0 else 0.0
    high = brentq(outside, auroc + edge, 1) if auroc < 1 - edge and outside(auroc + edge) < 0 else 1.0
    return float(low), float(high)


def propagated(number: Callable[[float, float], float], sensitivity: float, specificity: float,
               of_sensitivity: Interval, of_specificity: Interval) -> Interval:
    """Interval of a number that grows with sensitivity and with specificity, from theirs, which are independent.

    The method of variance estimates recovery (Zou and Donner, Statistics in Medicine 27 (2008) 1693): the distances to
    both limits, squared and added.
    """
    value = number(sensitivity, specificity)
    low, high = (float(np.hypot(value - number(first, specificity), value - number(sensitivity, second)))
                 for first, second in zip(of_sensitivity, of_specificity))
    return value - low, value + high
