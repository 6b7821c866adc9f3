"""All of metrics.json, from predictions.csv alone."""

import numpy as np
import pandas as pd

from xrays import decision, scores, uncertainty
from xrays.folds import COVID, NORMAL
from xrays.params import Evaluate


def of(predictions: pd.DataFrame, settings: Evaluate) -> dict[str, float]:
    """Every number with its interval, and precision where COVID-19 is rarer; of several seeds the mean, and its spread."""
    values = scores.of(predictions)
    values |= uncertainty.of(predictions, settings.resamples)
    if "target_threshold" in predictions:
        values |= at_target(predictions)
    values |= decision.at_prevalences(values, settings.prevalences)
    return values | (over_seeds(predictions, settings.prevalences) if predictions["seed"].nunique() > 1 else {})


def over_seeds(predictions: pd.DataFrame, prevalences: list[float]) -> dict[str, float]:
    """Mean and `…_seed_sd` of what scores.of does not know; Bayes' rule is not linear, so its mean is not that of the means."""
    found = []
    for _, rows in predictions.groupby("seed"):
        rates = scores.of_one_seed(rows)
        found.append(decision.crowds(rates["sensitivity"], rates["specificity"], prevalences))
        if "target_threshold" in rows:
            found[-1] |= {name: value for name, value in at_target(rows).items() if "_ci_" not in name}
    each = pd.DataFrame(found)
    spread = {f"{name}_seed_sd": float(value) for name, value in each.std(ddof=1).items()}
    return {name: float(value) for name, value in each.mean().items()} | spread


def at_target(predictions: pd.DataFrame) -> dict[str, float]:
    """`sensitivity_at_target` and `specificity_at_target` with their intervals, averaged over seeds.

    At thresholds that reach evaluate.target_sensitivity on the inner pictures, whatever evaluate.threshold is.
    """
    called = np.where(predictions["probability"] >= predictions["target_threshold"], COVID, NORMAL)
    judged = uncertainty.Judged(predictions.assign(predicted=called))
    right, limits = judged.right(), uncertainty.counted(judged)
    found = {}
    for name, chosen in (("sensitivity", judged.positive), ("specificity", ~judged.positive)):
        ends = (float(right[chosen].mean()), *limits[name])
        found |= {f"{name}_at_target{end}": number for end, number in zip(("", "_ci_low", "_ci_high"), ends)}
    return found
