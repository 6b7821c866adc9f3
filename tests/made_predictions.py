"""Tables of predictions with a known truth: patients with several pictures that are alike, one or more seeds."""

import numpy as np
import pandas as pd
from scipy.special import expit

from xrays.folds import COVID, NORMAL


def table(positives: int, negatives: int, shift: float = 1.5, number: int = 0, seeds: int = 1) -> pd.DataFrame:
    """predictions.csv of patients with one or two pictures each; shift: how far the mean logits lie from 0."""
    stream = np.random.default_rng(number)
    patients, positive = np.arange(positives + negatives), np.arange(positives + negatives) < positives
    rows = np.repeat(patients, 1 + patients % 2)
    label = positive[rows]
    own = stream.normal(size=len(patients))[rows] + np.where(label, shift, -shift)
    tables = []
    for seed in range(seeds):
        logit = own + stream.normal(size=len(rows))
        probability = np.round(expit(logit), 9)
        tables.append(pd.DataFrame({
            "image": [f"{place:04d}.png" for place in range(len(rows))], "label": np.where(label, COVID, NORMAL),
            "group": [f"patient-{patient}" for patient in rows], "fold": rows % 3, "seed": seed,
            "probability": probability, "threshold": 0.4, "predicted": np.where(probability >= 0.4, COVID, NORMAL),
            "calibrated": np.round(expit(logit / 1.7), 9), "temperature": 1.7}))
    return pd.concat(tables).sort_values(["image", "seed"], ignore_index=True)
