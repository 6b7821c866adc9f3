"""Whether a probability means what it says: temperature, scores, slope and intercept, the reliability table."""

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit, xlogy
from sklearn.linear_model import LogisticRegression

from xrays import intervals
from xrays.folds import COVID

EDGE = 1e-9  # probabilities are published with 9 decimals: 0 and 1 stand for anything closer than that
COLUMNS = {"": "probability", "calibrated_": "calibrated"}
KINDS = {"uncalibrated": "probability", "calibrated": "calibrated"}
BINS = 10
RANGE = (0.05, 20.0)  # of a temperature: beyond it a network's logits would be off by more than a factor of 20


def temperature(logits: np.ndarray, positive: np.ndarray) -> float:
    """The number that logits (n) are divided by to lower the log-loss most (Guo et al., ICML 2017), six decimals.

    With Platt's targets, (cases + 1)/(cases + 2) and 1/(controls + 2) for 1 and 0 (Advances in Large Margin
    Classifiers, 1999): a few inner pictures that happen to be all right would else make the model infinitely sure.
    """
    cases, controls = positive.sum(), (~positive).sum()
    truth = np.where(positive, (cases + 1) / (cases + 2), 1 / (controls + 2))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        return float(np.mean(np.logaddexp(0, scaled) - truth * scaled))

    found = minimize_scalar(loss, bounds=np.log(RANGE), method="bounded", options={"xatol": 1e-9})
    return float(np.round(np.exp(found.x), 6))


def of_one_seed(rows: pd.DataFrame) -> dict[str, float]:
    """Every number for the probabilities as they are and, where there are some, for the calibrated ones."""
    positive = rows["label"].eq(COVID).to_numpy()
    return {f"{prefix}{name}": value for prefix, column in COLUMNS.items() if column in rows
            for name, value in numbers(positive, rows[column].to_numpy()).items()}


def numbers(positive: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Scores of probabilities (n); 0 is best for the losses, 1 for the slope and the skill.

    brier_skill: 1 - brier / brier of always saying the share of COVID-19. Slope: of a logistic regression of the label
    on the logit; intercept: the same with the slope held at 1, "calibration in the large" (Van Calster et al., BMC
    Medicine 17 (2019) 230).
    """
    share = positive.mean()
    brier = float(np.mean(squared(positive, probability)))
    return {
        "brier": brier,
        "brier_skill": float(1 - brier / (share * (1 - share))),
        "log_loss": float(np.mean(logarithmic(positive, probability))),
        "ece": ece(positive, probability),
        "calibration_slope": slope(positive, _logit(probability)),
        "calibration_intercept": intercept(positive, _logit(probability)),
    }


def squared(positive: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Each picture's part in the Brier score."""
    return (probability - positive) ** 2


def logarithmic(positive: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Each picture's log-loss, in nats; probabilities are held EDGE away from 0 and 1."""
    safe = np.clip(probability, EDGE, 1 - EDGE)
    return -xlogy(positive, safe) - xlogy(1 - positive, 1 - safe)


def _logit(probability: np.ndarray) -> np.ndarray:
    return logit(np.clip(probability, EDGE, 1 - EDGE))


def slope(positive: np.ndarray, logits: np.ndarray) -> float:
    """How much surer (above 1) or less sure the logits should be; finite where they separate the classes too.

    C = 1e6 is a penalty too weak to show (1e-4 at most) unless nothing else holds the slope.
    """
    model = LogisticRegression(C=1e6, solver="newton-cholesky", tol=1e-9, max_iter=1000)
    return float(model.fit(logits[:, None], positive).coef_[0, 0])


def intercept(positive: np.ndarray, logits: np.ndarray) -> float:
    """What must be added to the logits for the mean probability to be the share of COVID-19."""
    share, reach = positive.mean(), float(np.abs(logits).max()) + 40
    return float(brentq(lambda added: expit(logits + added).mean() - share, -reach, reach))


def bins(probability: np.ndarray) -> np.ndarray:
    """The bin (0 to BINS - 1) of each picture: as many pictures in each as ties allow, equal ones in the same bin."""
    rank = pd.Series(probability).rank().to_numpy()
    return np.minimum(((rank - 0.5) * BINS / len(probability)).astype(int), BINS - 1)


def ece(positive: np.ndarray, probability: np.ndarray) -> float:
    """Expected calibration error over bins of equal mass: mean distance of probability said and share seen."""
    table = pd.DataFrame({"gap": probability - positive}).groupby(bins(probability))["gap"]
    return float((table.mean().abs() * table.size()).sum() / len(probability))


def reliability(predictions: pd.DataFrame) -> pd.DataFrame:
    """A row a bin: model, bin, pictures, said (mean probability), seen (share of COVID-19), its interval low and high.

    One model for each seed, uncalibrated and calibrated.
    """
    found = []
    for seed, rows in predictions.sort_values(["image", "seed"]).groupby("seed"):
        for kind, column in KINDS.items():
            for number, part in rows.groupby(bins(rows[column].to_numpy())):
                positive = part["label"].eq(COVID).to_numpy(float)
                low, high = intervals.proportion(positive, part["group"].to_numpy())
                found.append({"model": f"seed {seed}, {kind}", "bin": number, "pictures": len(part),
                              "said": part[column].mean(), "seen": positive.mean(), "low": low, "high": high})
    return pd.DataFrame(found)
