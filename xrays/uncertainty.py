"""The interval of every headline number, from the table of predictions; patients are what is drawn, not pictures.

The models are held as they are: an interval says what other patients would have given, not another training. With
several seeds it is that of the mean over seeds; `…_seed_sd` tells their spread.
"""

import numpy as np
import pandas as pd

from xrays import calibration, intervals, resampling
from xrays.folds import COVID

CEILING = 4  # times the COVID-19 patients: the most pictures an average precision counts for (docs/statistics.md)


class Judged:
    """A table of predictions as arrays: pictures (n) by name, and a row a seed for what the models said (seeds, n)."""

    def __init__(self, predictions: pd.DataFrame):
        first = predictions.drop_duplicates("image").sort_values("image")
        self.positive = first["label"].eq(COVID).to_numpy()
        self.group = first["group"].to_numpy(str)
        called = predictions.assign(called=predictions["predicted"].eq(COVID))
        self.by_seed = {column: called.pivot(index="seed", columns="image", values=column).to_numpy()
                        for column in ("called", *calibration.COLUMNS.values()) if column in called}

    def right(self) -> np.ndarray:
        """Share of seeds (n) that called the picture what it is."""
        return (self.by_seed["called"].astype(bool) == self.positive).mean(axis=0)

    def weighted(self, weights: np.ndarray) -> resampling.Numbers:
        """The numbers that are bootstrapped, for pictures with weights (m, n): means over seeds (m)."""
        seeds = [self._weighted(weights, seed) for seed in range(len(self.by_seed["called"]))]
        return {name: np.mean([one[name] for one in seeds], axis=0) for name in seeds[0]}

    def _weighted(self, weights: np.ndarray, seed: int) -> resampling.Numbers:
        called, score = self.by_seed["called"][seed].astype(bool), self.by_seed["probability"][seed]
        found = resampling.of_the_table(weights, self.positive, called)
        found["average_precision"] = resampling.average_precision(weights, self.positive, score)
        for prefix, column in calibration.COLUMNS.items():
            if column in self.by_seed:
                given = self.by_seed[column][seed]
                for name, loss in (("brier", calibration.squared), ("log_loss", calibration.logarithmic)):
                    found[f"{prefix}{name}"] = resampling.mean_loss(weights, loss(self.positive, given))
        return found


def of(predictions: pd.DataFrame, resamples: int) -> dict[str, float]:
    """`NAME_ci_low` and `NAME_ci_high` of each headline number of one set of pictures, 95 %."""
    judged = Judged(predictions)
    found = counted(judged)
    found["auroc"] = intervals.auroc_interval(judged.positive, judged.by_seed["probability"], judged.group)
    found |= bootstrapped(judged, resamples, found)
    return {f"{name}_ci_{end}": limit for name, limits in found.items() for end, limit in zip(("low", "high"), limits)}


def counted(judged: Judged) -> dict[str, intervals.Interval]:
    """Of shares: sensitivity, specificity, accuracy; and of the mean of the first two."""
    right, positive, group = judged.right(), judged.positive, judged.group
    found = {name: intervals.proportion(right[chosen], group[chosen]) for name, chosen in (
        ("sensitivity", positive), ("specificity", ~positive), ("accuracy", np.ones(len(right), bool)))}
    return found | {"balanced_accuracy": _propagated(judged, found, lambda first, second: (first + second) / 2)}


def _propagated(judged: Judged, found: dict, number) -> intervals.Interval:
    right, positive = judged.right(), judged.positive
    return intervals.propagated(number, float(right[positive].mean()), float(right[~positive].mean()),
                                found["sensitivity"], found["specificity"])


def bootstrapped(judged: Judged, resamples: int, found: dict) -> dict[str, intervals.Interval]:
    """Of the numbers that are no shares, by the bootstrap over patients.

    mcc, f1 and precision take the wider end of the bootstrap and of what sensitivity and specificity allow: where no
    picture was wrong, no resample shows an error. Average precision takes the bootstrap's variance only, see below.
    """
    value = {name: float(one[0]) for name, one in judged.weighted(np.ones((1, len(judged.group)))).items()}
    drawn = resampling.resampled(judged.weighted, judged.positive, judged.group, resamples)
    without = resampling.left_out(judged.weighted, judged.group)
    limits = {name: resampling.bca(value[name], drawn[name], without[name]) for name in value}
    cases, controls = judged.positive.sum(), (~judged.positive).sum()
    for name in ("mcc", "f1", "precision"):
        def number(sensitivity: float, specificity: float) -> float:
            tp, tn = sensitivity * cases, specificity * controls
            return float(resampling.ratios(tp, cases - tp, controls - tn, tn)[name])

        ends = (limits[name], _propagated(judged, found, number))
        limits[name] = (max(min(low for low, _ in ends), -1.0 if name == "mcc" else 0.0),
                        min(max(high for _, high in ends), 1.0))
    limits["average_precision"] = of_average_precision(
        value["average_precision"], float(drawn["average_precision"].var()), judged.group[judged.positive])
    return limits


def of_average_precision(value: float, variance: float, group: np.ndarray) -> intervals.Interval:
    """Wilson's interval of as many pictures as would vary like the bootstrap, CEILING times the patients at most.

    The idea is Kottas, Kuss and Zapf's for the AUROC (BMC Medical Research Methodology 14 (2014) 26). Near 1 the
    bootstrap's own limits are far too narrow (docs/statistics.md). group: those of the COVID-19 pictures.
    """
    value = min(value, 1.0)  # a sum of shares can end a bit above
    ceiling = CEILING * intervals.kish(group)
    total = min(value * (1 - value) / variance, ceiling) if variance > 0 else ceiling
    total = intervals.fewer(total, len(np.unique(group)))
    return intervals.wilson(value * total, total)
