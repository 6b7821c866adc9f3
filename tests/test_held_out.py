"""No weight, epoch or inner number depends on what the held-out pictures are: their labels flipped, the same bytes.

stages.train trains on two pictures of a patient in three folds, for two epochs. The same comparison sees a planted
leak, a held-out picture let in among those trained on; and the label of an inner picture, in the curves.
"""

from pathlib import Path

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
    "arch": "resnet18", "weights": "none", "size": SIZE, "epochs": 2, "batch": 14, "balance": "none", "lr": 0.001})})
PART = stage.parts(ROWS, FOLD, SETTINGS.train.inner_share, SETTINGS.split.seed)


def flipped(which: pd.Series) -> pd.DataFrame:
    """ROWS with other labels for some."""
    return ROWS.assign(label=ROWS["label"].where(~which, ROWS["label"].map({COVID: NORMAL, NORMAL: COVID})))


def trained(folder: Path, rows: pd.DataFrame, part: pd.Series = PART) -> dict[str, str]:
    """The hash of each file that train leaves; part: who is held out, inner, trained on."""
    with pytest.MonkeyPatch.context() as change:
        for name, file in (("PICTURES", "pictures.npy"), ("MANIFEST", "manifest.csv"), ("MODELS", "models"),
                           ("WEIGHTS", "initial.safetensors")):
            change.setattr(stage, name, folder / file)
        if part is not PART:
            change.setattr(stage, "parts", lambda *_: part)
        np.save(stage.PICTURES, np.random.default_rng(0).integers(0, 256, (len(rows), SIZE, SIZE), dtype=np.uint8))
        files.write_csv(stage.MANIFEST, rows)
        save_file({}, stage.WEIGHTS)
        stage.train(FOLD, 0, SETTINGS, None)
        return {path.name.removeprefix("fold-0-seed-0."): files.sha256(path) for path in stage.MODELS.iterdir()}


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> dict[str, str]:
    return trained(tmp_path_factory.mktemp("honest"), ROWS)


def test_flipping_every_held_out_label_changes_no_byte_of_what_training_leaves(honest, tmp_path):
    assert honest.keys() == {"safetensors", "logits.csv", "curves.csv", "batch.png"}
    assert trained(tmp_path, flipped(HELD_OUT)) == honest


def test_flipping_an_inner_label_changes_the_curves_and_no_weight(honest, tmp_path):
    one = pd.Series(ROWS.index == ROWS.index[PART == "inner"][0])
    again = trained(tmp_path, flipped(one), PART.copy())  # parts fixed: who is inner follows from labels
    assert {name for name in honest if again[name] != honest[name]} == {"curves.csv"}


def test_a_held_out_picture_planted_among_those_trained_on_is_seen(tmp_path):
    one = pd.Series(ROWS.index == ROWS.index[HELD_OUT][0])
    first, again = (trained(tmp_path, rows, PART.mask(one, "train")) for rows in (ROWS, flipped(one)))
    assert {name for name in first if again[name] != first[name]} >= {"safetensors", "logits.csv", "curves.csv"}
