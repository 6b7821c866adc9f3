"""External pictures judged: all models' mean probability, the mean of their thresholds, both frozen before."""

import numpy as np
import pandas as pd

from xrays import intervals, scores, uncertainty
from xrays.folds import COVID, NORMAL

COLUMNS = ["image", "label", "group", "probability", "threshold", "predicted"]
NUMBERS = ["sensitivity", "specificity", "auroc", "average_precision", "mcc", "brier"]


def predict(asked: pd.DataFrame, manifest: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, a row a picture; asked: as of probes.logits; manifest: data/external's; predictions: the study's."""
    limit = round(float(predictions.groupby(["fold", "seed"])["threshold"].first().mean()), scores.DECIMALS)
    mean = asked[asked["role"] == "external"].groupby("image")["probability"].mean().round(scores.DECIMALS)
    rows = manifest[manifest["role"] == "external"].copy()
    rows["probability"] = rows["image"].map(mean).astype(float)
    rows["threshold"] = limit
    rows["predicted"] = np.where(rows["probability"] >= limit, COVID, NORMAL)
    return rows.sort_values("image", ignore_index=True)[COLUMNS]


def numbers(predicted: pd.DataFrame, resamples: int) -> dict[str, float]:
    """As metrics.json has them, of these pictures; of one class the share called right; `pictures: 0` of none."""
    counts = {"pictures": float(len(predicted)), "patients": float(predicted["group"].nunique())}
    label = predicted["label"]
    counts |= {"n_covid": float(label.eq(COVID).sum()), "n_normal": float(label.eq(NORMAL).sum())}
    if label.nunique() < 2:
        return counts | of_one_class(predicted)
    table = predicted.assign(fold=0, seed=0)
    values = scores.of_one_seed(table) | uncertainty.of(table, resamples)
    kept = {name: values[name] for name in ("tp", "fn", "fp", "tn", "accuracy", "null_accuracy")}
    kept |= {f"{name}{end}": values[f"{name}{end}"] for name in NUMBERS for end in ("", "_ci_low", "_ci_high")}
    return counts | {name: float(value) for name, value in kept.items()}


def of_one_class(predicted: pd.DataFrame) -> dict[str, float]:
    """Sensitivity or specificity with its interval, whichever there are pictures for."""
    found = {}
    for name, label in (("sensitivity", COVID), ("specificity", NORMAL)):
        rows = predicted[predicted["label"] == label]
        if len(rows):
            right = rows["predicted"].eq(label).to_numpy(float)
            ends = (float(right.mean()), *intervals.proportion(right, rows["group"].to_numpy(str)))
            found |= {f"{name}{end}": number for end, number in zip(("", "_ci_low", "_ci_high"), ends)}
    return found
