"""Every published number, computed from the table of predictions alone; COVID-19 is the positive class.

The table has one row a picture and seed: label and predicted are COVID-19 or Normal, probability is the uncalibrated
softmax of COVID-19, calibrated the same at the model's temperature. With several seeds a number is the mean over seeds
and `…_seed_sd` its spread.
"""

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn import metrics

from xrays import calibration
from xrays.folds import COVID, NORMAL

DECIMALS = 9  # of a published probability


def probability(logit: np.ndarray) -> np.ndarray:
    """Softmax of COVID-19 from the difference of the two outputs, rounded as it is published."""
    return np.round(expit(logit), DECIMALS)


def of_one_seed(predictions: pd.DataFrame) -> dict[str, float]:
    """All numbers of one seed's predictions; a ratio with nothing below the line is 0."""
    truth, called = predictions["label"], predictions["predicted"]
    positive, score = truth.eq(COVID), predictions["probability"]
    (tp, fn), (fp, tn) = metrics.confusion_matrix(truth, called, labels=[COVID, NORMAL])
    return {
        "tp": tp, "fn": fn, "fp": fp, "tn": tn,
        "accuracy": metrics.accuracy_score(truth, called),
        "null_accuracy": 1 - positive.mean(),  # always saying Normal
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, called),
        "sensitivity": metrics.recall_score(truth, called, pos_label=COVID, zero_division=0),
        "specificity": metrics.recall_score(truth, called, pos_label=NORMAL, zero_division=0),
        "precision": metrics.precision_score(truth, called, pos_label=COVID, zero_division=0),
        "f1": metrics.f1_score(truth, called, pos_label=COVID, zero_division=0),
        "mcc": metrics.matthews_corrcoef(truth, called),
        "auroc": metrics.roc_auc_score(positive, score),
        "average_precision": metrics.average_precision_score(positive, score),
        **calibration.of_one_seed(predictions),
    }


def of(predictions: pd.DataFrame) -> dict[str, float]:
    """All numbers, averaged over seeds, and each model's threshold and temperature."""
    predictions = predictions.sort_values(["image", "seed"])  # sums in another order differ in the last bit
    seeds = pd.DataFrame([of_one_seed(rows) for _, rows in predictions.groupby("seed")])
    result = seeds.mean().to_dict()
    if len(seeds) > 1:
        result |= {f"{name}_seed_sd": value for name, value in seeds.std(ddof=1).items()}
    for (fold, seed), rows in predictions.groupby(["fold", "seed"]):
        for name in ("threshold", "temperature"):
            if name in rows:
                result[f"{name}_fold_{fold}_seed_{seed}"] = rows[name].iloc[0]
    return {name: float(value) for name, value in result.items()}


def confusion(predictions: pd.DataFrame) -> pd.DataFrame:
    """Rows: what it is; columns: what it was called; counts, averaged over seeds."""
    counts = metrics.confusion_matrix(predictions["label"], predictions["predicted"], labels=[NORMAL, COVID])
    return pd.DataFrame(counts / predictions["seed"].nunique(), index=[NORMAL, COVID], columns=[NORMAL, COVID])


def most_confused(matrix: pd.DataFrame) -> pd.DataFrame:
    """Pairs of classes taken for one another, the most frequent first: label, predicted, count, share of the label."""
    pairs = matrix.rename_axis("label").reset_index().melt("label", var_name="predicted", value_name="count")
    pairs["share"] = pairs["count"] / pairs["label"].map(matrix.sum(axis=1))
    pairs = pairs[pairs["label"] != pairs["predicted"]]
    return pairs.sort_values(["count", "label"], ascending=[False, True], ignore_index=True)


def roc(predictions: pd.DataFrame) -> pd.DataFrame:
    """Points of the ROC curve of each seed: model, fpr, tpr."""
    return _by_seed(predictions, lambda truth, score: dict(zip(("fpr", "tpr"), metrics.roc_curve(truth, score))))


def precision_recall(predictions: pd.DataFrame) -> pd.DataFrame:
    """Points of the precision-recall curve of each seed: model, recall, precision."""
    return _by_seed(predictions, lambda truth, score: dict(
        zip(("precision", "recall"), metrics.precision_recall_curve(truth, score, drop_intermediate=True))))


def _by_seed(predictions: pd.DataFrame, curve) -> pd.DataFrame:
    tables = []
    for seed, rows in predictions.groupby("seed"):
        points = pd.DataFrame(curve(rows["label"].eq(COVID), rows["probability"]))
        tables.append(points.assign(model=f"seed {seed}"))
    return pd.concat(tables, ignore_index=True)
