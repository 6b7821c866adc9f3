"""Were each model's threshold and temperature chosen on its inner pictures, and its calls made with them?

predictions.csv says what was used; here both are derived again from the inner rows of models/*.logits.csv. One that was
tuned where it is judged makes every number of metrics.json agree with predictions.csv, and too good.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from xrays import calibration, files, folds, logits, models, scores, thresholds
from xrays.console import BadInput
from xrays.params import Evaluate

MODELS, MANIFEST = Path("models"), Path("data/filtered/manifest.csv")
CLOSE = 2e-6  # another processor may round a temperature's last decimal otherwise


def fault(predictions: pd.DataFrame, wanted: list[tuple[int, int]], given: dict) -> str:
    """The first model whose rows do not follow from its logits; wanted: folds and seeds; given: params of evaluate."""
    goal = Evaluate.model_validate(given["evaluate"])
    study = files.read_csv(MANIFEST).query("role == 'study'").astype({"fold": int})
    try:
        told = (of_one(predictions.query("fold == @fold and seed == @seed"),
                       *logits.read(MODELS, study, fold, seed, given["split.method"]), goal) for fold, seed in wanted)
        return next((f"{models.stem(fold, seed)}: {text}" for (fold, seed), text in zip(wanted, told) if text), "")
    except BadInput as error:
        return str(error)


def of_one(rows: pd.DataFrame, outer: pd.DataFrame, inner: pd.DataFrame, goal: Evaluate) -> str:
    """What is wrong with one model's rows of predictions.csv, or ""; outer, inner: as of logits.read."""
    positive, given = inner["label"].eq(folds.COVID).to_numpy(), inner["logit"].to_numpy()
    derived = {name: thresholds.of(how, scores.probability(given), positive, goal.target_sensitivity)
               for name, how in (("threshold", goal.threshold), ("target_threshold", "target"))}
    derived["temperature"] = calibration.temperature(given, positive)
    for name, value in derived.items():
        other = rows.loc[~np.isclose(rows[name], value, rtol=0, atol=CLOSE), name]
        if len(other):
            return f"its {name} is {other.iloc[0]:.6f}, but its inner pictures give {value:.6f}"
    logit = rows["image"].map(outer.set_index("image")["logit"]).to_numpy()
    for name, said in (("probability", logit), ("calibrated", logit / derived["temperature"])):
        if not np.allclose(rows[name], scores.probability(said), rtol=0, atol=CLOSE):
            return f"its column {name} is not that of its logits"
    called = np.where(rows["probability"] >= rows["threshold"], folds.COVID, folds.NORMAL)
    return "" if np.array_equal(rows["predicted"], called) else "its calls are not those of its threshold"
