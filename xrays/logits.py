"""What the models said of pictures they never trained on, joined with the manifest and checked for leaks."""

from pathlib import Path

import pandas as pd

from xrays import files, models
from xrays.console import BadInput

COLUMNS = ["image", "part", "logit"]
LOOK = "run `make verify`, which names the repair"
REMEDY = "delete it and run `make repro`"


def read(folder: Path, study: pd.DataFrame, fold: int, seed: int, method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outer and inner rows of one model: its held-out fold, and what thresholds and temperatures are chosen on.

    folder: models/; study: the manifest's study rows, fold as a number; method: split.method. Raises BadInput where the
    outer rows are not the fold's, or a picture, or under `grouped` a patient, stands on both sides.
    """
    path = folder / f"{models.stem(fold, seed)}.logits.csv"
    rows = files.read_csv(path)
    if list(rows) != COLUMNS:
        raise BadInput(f"{path} has the columns {', '.join(rows)}, not {', '.join(COLUMNS)}: {LOOK}")
    rows = rows.astype({"logit": float}).merge(study, on="image", how="left")
    outer, inner = (rows[rows["part"] == part].reset_index(drop=True) for part in ("outer", "inner"))
    if sorted(outer["image"]) != sorted(study.loc[study["fold"] == fold, "image"]):
        raise BadInput(f"{path} and the manifest disagree on the pictures of fold {fold}: {LOOK}")
    leak = _leak(outer, inner, fold, method)
    if leak:
        raise BadInput(f"{path}: {leak}, so a threshold would be chosen on what it is judged on: {REMEDY}")
    if inner["label"].nunique() < 2:
        raise BadInput(f"{path}: its inner pictures are of {inner['label'].nunique()} classes, not 2: {REMEDY}")
    return outer, inner


def _leak(outer: pd.DataFrame, inner: pd.DataFrame, fold: int, method: str) -> str:
    """What is wrong with the inner rows, in words; empty if nothing is."""
    unknown = inner.loc[inner["group"].isna(), "image"]
    if len(unknown):
        return f"inner picture {unknown.iloc[0]} is no study picture of the manifest"
    both = inner.loc[inner["image"].isin(outer["image"]) | inner["fold"].eq(fold), "image"]
    if len(both):
        return f"picture {both.iloc[0]} of the held-out fold stands among the inner ones"
    if inner["image"].duplicated().any():
        return f"inner picture {inner.loc[inner['image'].duplicated(), 'image'].iloc[0]} stands there twice"
    patients = inner.loc[inner["group"].isin(outer["group"]), "group"]
    if method == "grouped" and len(patients):
        return f"patient {patients.iloc[0]} stands among the inner pictures and the held-out ones"
    return ""
