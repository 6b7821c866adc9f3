"""Reads what the networks were asked besides: the tables and maps of data/probes."""

from pathlib import Path

import numpy as np
import pandas as pd

from xrays import files, models, scores

Trained = list[tuple[int, int]]


def logits(folder: Path, trained: Trained) -> pd.DataFrame:
    """image, role, variant, fold, seed, logit, probability of all models."""
    tables = [files.read_csv(folder / f"{models.stem(*one)}.logits.csv", {"logit": float})
              .assign(fold=one[0], seed=one[1]) for one in trained]
    rows = pd.concat(tables, ignore_index=True)
    return rows.assign(probability=scores.probability(rows["logit"].to_numpy()))


def permuted(folder: Path, trained: Trained) -> pd.DataFrame:
    """image, draw, fold, seed, logit."""
    return pd.concat([files.read_csv(folder / f"{models.stem(*one)}.permuted.csv", {"draw": int, "logit": float})
                      .assign(fold=one[0], seed=one[1]) for one in trained], ignore_index=True)


def maps(folder: Path, trained: Trained) -> dict[tuple[int, int], np.ndarray]:
    """Fold and seed → Grad-CAM of the held-out pictures, uint8 (n, 16, 16), in the order of their names."""
    return {one: np.load(folder / f"{models.stem(*one)}.cams.npy") for one in trained}
