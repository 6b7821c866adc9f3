"""External pictures judged: all models' mean probability, the mean of their thresholds, both frozen before."""

import numpy as np
import pandas as pd

from xrays import intervals, numbers as study, scores
from xrays.folds import COVID, NORMAL
from xrays.params import Evaluate

COLUMNS = ["image", "label", "group", "probability", "threshold", "predicted", "calibrated"]


def predict(asked: pd.DataFrame, manifest: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, a row a picture; asked: as of probes.logits; manifest: data/external's; predictions: the study's.

    probability is uncalibrated, and held against the threshold; calibrated is at each model's own temperature.
    """
    model = predictions.groupby(["fold", "seed"])[["threshold", "temperature"]].first()
    limit = round(float(model["threshold"].mean()), scores.DECIMALS)
    told = asked[asked["role"] == "external"].join(model["temperature"], on=["fold", "seed"])
    told = told.assign(calibrated=scores.probability((told["logit"] / told["temperature"]).to_numpy()))
    mean = told.groupby("image")[["probability", "calibrated"]].mean().round(scores.DECIMALS)
    rows = manifest[manifest["role"] == "external"].copy()
    for name in mean:
        rows[name] = rows["image"].map(mean[name]).astype(float)
    rows["threshold"] = limit
    rows["predicted"] = np.where(rows["probability"] >= limit, COVID, NORMAL)
    return rows.sort_values("image", ignore_index=True)[COLUMNS]


def numbers(predicted: pd.DataFrame, settings: Evaluate) -> dict[str, float]:
    """As metrics.json has them, with the same intervals; of one class the share called right; `pictures: 0` of none."""
    counts = {"pictures": float(len(predicted)), "patients": float(predicted["group"].nunique())}
    label = predicted["label"]
    counts |= {"n_covid": float(label.eq(COVID).sum()), "n_normal": float(label.eq(NORMAL).sum())}
    if label.nunique() < 2:
        return counts | of_one_class(predicted)
    values = study.of(predicted.assign(fold=0, seed=0), settings)
    values["threshold"] = values.pop("threshold_fold_0_seed_0")
    return counts | values


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
