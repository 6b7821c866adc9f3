"""No weight, epoch or inner number depends on what the held-out pictures are: their labels flipped, the same bytes.

stages.train trains on two pictures of a patient in three folds, for two epochs. The same comparison sees a leak: where
held-out pictures are let in among those trained on or chosen on, and where a label that is used is flipped.
"""

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import save_file

from stages import train as stage
from xrays import files, params
from xrays.folds import COVID, NORMAL

NUMBER, SIZE, FOLD = np.arange(48), 32, 0
ROWS = pd.DataFrame({
    "image": [f"{one:02d}.png" for one in NUMBER], "label": np.where(NUMBER // 2 % 2, COVID, NORMAL),
    "group": [f"p{one // 2}" for one in NUMBER], "fold": NUMBER // 4 % 3, "role": "study"})
HELD_OUT = ROWS["fold"] == FOLD
GIVEN = params.load()
SETTINGS = GIVEN.model_copy(update={"train": GIVEN.train.model_copy(update={
    "arch": "resnet18", "weights": "none", "size": SIZE, "epochs": 2, "batch": 8, "balance": "none", "lr": 0.001})})
PART = stage.parts(ROWS, FOLD, SETTINGS.train.inner_share, SETTINGS.split.seed)


def flipped(which: pd.Series) -> pd.DataFrame:
    """ROWS with other labels for some."""
    return ROWS.assign(label=ROWS["label"].where(~which, ROWS["label"].map({COVID: NORMAL, NORMAL: COVID})))


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """A function: rows to the hash of each file that train leaves, its sort of pictures held fixed or overridden."""
    pictures = np.random.default_rng(0).integers(0, 256, (len(ROWS), SIZE, SIZE), dtype=np.uint8)
    np.save(tmp_path / "pictures.npy", pictures)
    save_file({}, tmp_path / "initial.safetensors")
    for name, file in (("PICTURES", "pictures.npy"), ("MANIFEST", "manifest.csv"), ("WEIGHTS", "initial.safetensors"),
                       ("MODELS", "models")):
        monkeypatch.setattr(stage, name, tmp_path / file)

    def run(rows: pd.DataFrame, part: pd.Series | None = None) -> dict[str, str]:
        files.write_csv(stage.MANIFEST, rows)
        with monkeypatch.context() as change:
            if part is not None:
                change.setattr(stage, "parts", lambda *_: part)
            stage.train(FOLD, 0, SETTINGS, None)
        return {path.name.removeprefix("fold-0-seed-0."): files.sha256(path) for path in stage.MODELS.iterdir()}

    return run


def test_flipping_every_held_out_label_changes_no_byte_of_what_training_leaves(trained):
    first = trained(ROWS)
    assert first.keys() == {"safetensors", "logits.csv", "curves.csv", "batch.png"}
    assert trained(flipped(HELD_OUT)) == first


def test_flipping_a_label_that_is_used_is_seen(trained):
    first = trained(ROWS, PART)
    inner, fitted = (ROWS.index == ROWS.index[PART == name][0] for name in ("inner", "train"))
    of_inner, of_fitted = (trained(flipped(pd.Series(one)), PART) for one in (inner, fitted))
    assert {name for name in first if of_inner[name] != first[name]} == {"curves.csv"}
    assert {name for name in first if of_fitted[name] != first[name]} >= {"safetensors", "logits.csv", "curves.csv"}


@pytest.mark.parametrize(("place", "file"), [("train", "safetensors"), ("inner", "curves.csv")])
def test_a_held_out_picture_planted_among_those_trained_or_chosen_on_is_seen(trained, place, file):
    one = pd.Series(ROWS.index == ROWS.index[HELD_OUT][0])
    leaky = PART.mask(one, place)
    assert trained(ROWS, leaky)[file] != trained(flipped(one), leaky)[file]
