"""What a decision at a threshold is worth, and what a call of COVID-19 would mean where fewer people are ill."""

import numpy as np
import pandas as pd

from xrays import intervals
from xrays.folds import COVID

THRESHOLDS = np.arange(1, 100) / 100
ALL, NONE = "treat all", "treat none"


def net_benefit(positive: np.ndarray, probability: np.ndarray, threshold: float) -> float:
    """True positives less false ones, a picture; one false alarm costs t / (1 - t) of what a find is worth.

    Vickers and Elkin, Medical Decision Making 26 (2006) 565: TP/n - FP/n * t/(1 - t).
    """
    called = probability >= threshold
    return float(np.mean(called & positive) - np.mean(called & ~positive) * threshold / (1 - threshold))


def curve(predictions: pd.DataFrame) -> pd.DataFrame:
    """Net benefit by threshold on the calibrated probabilities, a line a seed, beside calling all and calling none.

    Columns: threshold, net_benefit, model.
    """
    found = []
    for seed, rows in predictions.groupby("seed"):
        positive, probability = rows["label"].eq(COVID).to_numpy(), rows["calibrated"].to_numpy()
        found += [(cut, net_benefit(positive, probability, cut), f"seed {seed}, calibrated") for cut in THRESHOLDS]
    found += [(cut, net_benefit(positive, np.ones(len(positive)), cut), ALL) for cut in THRESHOLDS]
    found += [(cut, 0.0, NONE) for cut in THRESHOLDS]
    return pd.DataFrame(found, columns=["threshold", "net_benefit", "model"])


def precision(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of COVID-19 among those called so, by Bayes' rule; 0 where nobody is called."""
    found, alarms = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    return found / (found + alarms) if found + alarms > 0 else 0.0


def npv(sensitivity: float, specificity: float, prevalence: float) -> float:
    """Share of Normal among those called so, by Bayes' rule; 0 where nobody is called Normal."""
    return precision(specificity, sensitivity, 1 - prevalence)


RULES = {"precision": precision, "npv": npv}


def key(name: str, prevalence: float) -> str:
    return f"{name}_at_prevalence_{prevalence:g}".replace(".", "_")


def crowds(sensitivity: float, specificity: float, prevalences: list[float]) -> dict[str, float]:
    """precision_at_prevalence_0_01 and npv_… of each prevalence."""
    return {key(name, prevalence): rule(sensitivity, specificity, prevalence)
            for prevalence in prevalences for name, rule in RULES.items()}


def at_prevalences(values: dict[str, float], prevalences: list[float]) -> dict[str, float]:
    """What crowds gives, with intervals, from sensitivity and specificity and theirs.

    The prevalence is given, not estimated: it adds no width.
    """
    rates = values["sensitivity"], values["specificity"]
    limits = [(values[f"{name}_ci_low"], values[f"{name}_ci_high"]) for name in ("sensitivity", "specificity")]
    found = crowds(*rates, prevalences)
    for name in list(found):
        low, high = intervals.propagated(lambda *given: crowds(*given, prevalences)[name], *rates, *limits)
        found |= {f"{name}_ci_low": max(low, 0.0), f"{name}_ci_high": min(high, 1.0)}
    return found
