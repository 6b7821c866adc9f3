"""Whatever order the rows of the predictions come in, evaluate's tables and metrics.json are the same bytes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages import evaluate as stage
from tests.made_predictions import table
from xrays import cohort, files, numbers, params

GOAL = params.load().evaluate.model_copy(update={"resamples": 100})
ORDERED = {"calibration.csv", "decision.csv", "strata.csv", "roc.csv", "precision_recall.csv", "most_confused.csv",
           "metrics.json"}


def tied(decimals: int) -> pd.DataFrame:
    """Two seeds' predictions; few decimals give many equal probabilities."""
    return table(12, 18, seeds=2).round({"probability": decimals, "calibrated": decimals})


def manifest(predictions: pd.DataFrame) -> pd.DataFrame:
    """Strata in which some numbers are reported and others are too few."""
    rows = predictions.drop_duplicates("image")[["image", "label", "group", "fold"]].reset_index(drop=True)
    place = np.arange(len(rows))
    return rows.assign(
        role="study", sha256="", reason="", source=np.where(place % 2, "one", "other"), view="PA",
        sex=np.where(place % 5, "F", ""), age=(place + 10).astype(str), width="700", height="900")


def written(folder: Path, predictions: pd.DataFrame, facts: pd.DataFrame) -> dict[str, bytes]:
    """What evaluate writes of predictions, but for themselves."""
    curves = pd.DataFrame({"epoch": [0], "train_loss": [0.5]})
    with pytest.MonkeyPatch.context() as change:
        change.setattr(stage, "METRICS", folder / "metrics")
        change.setattr(stage, "FILTERED", folder / "filtered")
        change.setattr(stage, "EXTERNAL", folder / "external")
        files.write_csv(stage.FILTERED / "manifest.csv", facts[cohort.MANIFEST])
        stage.write_tables(predictions, facts, curves)
        files.write_json(stage.METRICS / "metrics.json", numbers.of(predictions, GOAL))
        return {name: (stage.METRICS / name).read_bytes() for name in sorted(ORDERED)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("order")


@given(st.randoms(use_true_random=False), st.sampled_from([1, 9]))
@settings(deadline=None, max_examples=8)
def test_every_table_written_of_the_predictions_is_the_same_bytes_in_any_order_of_rows(folder, chance, decimals):
    predictions = tied(decimals)
    facts, order = manifest(predictions), list(range(len(predictions)))
    chance.shuffle(order)
    assert written(folder, predictions.iloc[order], facts) == written(folder, predictions, facts)


def test_other_predictions_give_other_bytes_in_every_table(folder):
    predictions = tied(9)
    other = predictions.assign(**{name: predictions[name].to_numpy()[::-1] for name in ("probability", "calibrated")})
    other["predicted"] = np.where(other["probability"] >= 0.7, "COVID-19", "Normal")
    facts = manifest(predictions)
    first, second = (written(folder, one, facts) for one in (predictions, other))
    assert {name for name in ORDERED if first[name] == second[name]} == set()
