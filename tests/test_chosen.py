"""make verify derives thresholds and temperatures again: one tuned on the pictures it is judged on is named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import evaluate as stage
from xrays import calibration, files, numbers, params, published, thresholds
from xrays.cohort import MANIFEST
from xrays.folds import COVID, NORMAL
from xrays.verification import content, tables

GIVEN = params.load()
MODELS = [(fold, 0) for fold in range(3)]


def settings(goal: str) -> params.Params:
    return GIVEN.model_copy(update={
        "train": GIVEN.train.model_copy(update={"folds": [0, 1, 2], "seeds": [0]}),
        "split": GIVEN.split.model_copy(update={"method": "grouped"}),
        "evaluate": GIVEN.evaluate.model_copy(update={"threshold": goal, "resamples": 100})})


def publish(predictions: pd.DataFrame, goal: str) -> None:
    """predictions.csv, and metrics.json to match."""
    files.write_csv(Path("metrics/predictions.csv"), predictions, decimals=9)
    files.write_json(Path("metrics/metrics.json"), numbers.of(tables.read_predictions(), settings(goal).evaluate))


@pytest.fixture
def place(tmp_path, monkeypatch) -> pd.DataFrame:
    """Manifests and logits of three models of 120 pictures, a patient each; returns the study."""
    monkeypatch.chdir(tmp_path)
    stream, number = np.random.default_rng(0), np.arange(120)
    study = pd.DataFrame({
        "image": [f"{one:03d}.png" for one in number], "sha256": "", "label": np.where(number % 2, COVID, NORMAL),
        "group": [f"p{one}" for one in number], "fold": number // 2 % 3, "role": "study", "reason": ""})[MANIFEST]
    files.write_csv(Path("data/filtered/manifest.csv"), study)
    files.write_csv(Path("metrics/manifest.csv"), published.manifest(Path("data/filtered"), Path("data/external")))
    for fold in range(3):
        outer = study["fold"] == fold
        rows = study[outer | (~outer & (number % 5 == 0))]
        logit = stream.normal(size=len(rows)) + np.where(rows["label"] == COVID, 1, -1)
        files.write_csv(Path(f"models/fold-{fold}-seed-0.logits.csv"), pd.DataFrame({
            "image": rows["image"], "part": np.where(rows["fold"] == fold, "outer", "inner"), "logit": logit}))
    return study


def verified(goal: str) -> list[str]:
    """What `make verify` says of evaluate's outs."""
    values = {"evaluate": settings(goal).evaluate.model_dump(), "split.method": "grouped"}
    outs = [{"path": f"metrics/{name}", "md5": "0"} for name in ("manifest.csv", "predictions.csv", "metrics.json")]
    trained = {f"train@{fold}-{seed}": {"cmd": "c"} for fold, seed in MODELS}
    stages = trained | {"evaluate": {"cmd": "c", "deps": [], "params": {"params.yaml": values}, "outs": outs}}
    return [str(finding) for finding in content.findings(stages, set(trained), Path("cache"))]


@pytest.mark.parametrize("goal", ["inner", "target", "half"])
def test_what_evaluate_chose_is_faultless_by_each_rule_for_a_threshold(place, goal):
    publish(stage.predict(place, settings(goal)), goal)
    assert verified(goal) == []


def tuned(predictions: pd.DataFrame, name: str) -> pd.DataFrame:
    """Model 1's threshold or temperature chosen on its held-out pictures, and all that follows from it."""
    found, here = predictions.copy(), predictions["fold"] == 1
    positive, probability = found.loc[here, "label"].eq(COVID).to_numpy(), found.loc[here, "probability"].to_numpy()
    logit = np.log(probability) - np.log1p(-probability)
    if name == "threshold":
        found.loc[here, name] = thresholds.inner(probability, positive)
        found.loc[here, "predicted"] = np.where(probability >= found.loc[here, name], COVID, NORMAL)
    else:
        found.loc[here, name] = calibration.temperature(logit, positive)
        found.loc[here, "calibrated"] = 1 / (1 + np.exp(-logit / found.loc[here, name]))
    return found


@pytest.mark.parametrize("name", ["threshold", "temperature"])
def test_one_tuned_on_the_held_out_pictures_is_named_though_every_number_matches(place, name):
    honest = stage.predict(place, settings("inner"))
    publish(tuned(honest, name), "inner")
    assert content.predictions(MODELS) == content.recomputed(settings("inner").evaluate.model_dump()) == ""
    said, = verified("inner")
    assert said.startswith("metrics/predictions.csv: partial, fold-1-seed-0: ")
    assert f"its {name} is" in said and "but its inner pictures give" in said


@pytest.mark.parametrize(("column", "words"), [
    ("probability", "its column probability is not that of its logits"),
    ("calibrated", "its column calibrated is not that of its logits"),
    ("predicted", "its calls are not those of its threshold")])
def test_a_column_that_does_not_follow_from_the_logits_is_named(place, column, words):
    predictions = stage.predict(place, settings("inner"))
    predictions.loc[3, column] = {COVID: NORMAL, NORMAL: COVID}.get(predictions.loc[3, column], 0.123)
    publish(predictions, "inner")
    said, = verified("inner")
    assert words in said


def test_a_held_out_picture_among_the_inner_ones_is_named(place):
    publish(stage.predict(place, settings("inner")), "inner")
    path = Path("models/fold-2-seed-0.logits.csv")
    rows = files.read_csv(path)
    files.write_csv(path, pd.concat([rows, rows[rows["part"] == "outer"].head(1).assign(part="inner")]))
    said, = verified("inner")
    assert "of the held-out fold stands among the inner ones" in said
