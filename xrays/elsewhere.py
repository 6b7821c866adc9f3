"""External pictures judged: all models' mean probability, the mean of their thresholds, both frozen before."""

import numpy as np
import pandas as pd

from xrays import uncertainty, scores
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
    """As metrics.json has them, of these pictures; only `pictures: 0` where there are none or of one class."""
    counts = {"pictures": float(len(predicted)), "patients": float(predicted["group"].nunique())}
    if predicted["label"].nunique() < 2:
        return counts
    table = predicted.assign(fold=0, seed=0)
    values = scores.of_one_seed(table) | uncertainty.of(table, resamples)
    kept = {name: values[name] for name in ("tp", "fn", "fp", "tn", "accuracy", "null_accuracy")}
    kept |= {f"{name}{end}": values[f"{name}{end}"] for name in NUMBERS for end in ("", "_ci_low", "_ci_high")}
    return counts | {name: float(value) for name, value in kept.items()}
