"""What a hash cannot tell of a model, and of what it was asked: is it the one that its name says, about all its pictures?

Each check returns what is wrong, or "". stem: the path without its last suffixes, as xrays/models.py names it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from xrays import cohort, files, models, variants

FILTERED, EXTERNAL = Path("data/filtered"), Path("data/external")


def weights(stem: Path, fold: int, seed: int, arch: str) -> str:
    """The model that its name says."""
    about = models.read_about(Path(f"{stem}.safetensors"))
    same = (about["fold"], about["seed"], about["arch"]) == (fold, seed, arch)
    return "" if same else f"it says that it is fold {about['fold']}, seed {about['seed']}, {about['arch']}"


def curves(stem: Path, epochs: int) -> str:
    """A row an epoch."""
    rows = files.read_csv(Path(f"{stem}.curves.csv"))
    return "" if len(rows) == epochs else f"{len(rows)} epochs of {epochs}"


def logits(stem: Path, fold: int) -> str:
    """A number for each picture of the held-out fold, and for some inner ones."""
    table, wanted = files.read_csv(Path(f"{stem}.logits.csv"), {"logit": float}), held_out(fold)
    outer = table.loc[table["part"] == "outer", "image"]
    if sorted(outer) != wanted:
        return f"it holds {len(outer)} pictures of fold {fold}, the manifest {len(wanted)}"
    return "" if np.isfinite(table["logit"]).all() and (table["part"] == "inner").any() else "a logit is missing"


def asked(stem: Path, fold: int) -> str:
    """A number for each held-out picture in each variant, and for each external picture; of the controls for some."""
    table, wanted = files.read_csv(Path(f"{stem}.logits.csv"), {"logit": float}), held_out(fold)
    abroad = files.read_csv(EXTERNAL / "manifest.csv").query("role == 'external'")
    expected = [("study", name, wanted) for name in variants.ALL] + [("external", "full", sorted(abroad["image"]))]
    for role, name, images in expected:
        found = table.loc[table["role"].eq(role) & table["variant"].eq(name), "image"]
        if sorted(found) != images:
            return f"it holds {len(found)} {role} pictures {name}, the manifest {len(images)}"
    controls = cohort.prepared(files.read_csv(FILTERED / "manifest.csv")).query("role == 'control'")
    if not set(table.loc[table["role"] == "control", "image"]) <= set(controls["image"]):
        return "it holds controls that the manifest does not"
    return "" if np.isfinite(table["logit"]).all() else "a logit is missing"


def permuted(stem: Path, fold: int, draws: int) -> str:
    """A number for each held-out picture by the head fitted on the true labels (draw 0), and by each on shuffled ones."""
    table, wanted = files.read_csv(Path(f"{stem}.permuted.csv"), {"draw": int, "logit": float}), held_out(fold)
    expected = pd.MultiIndex.from_product([range(draws + 1), wanted])
    same = pd.MultiIndex.from_frame(table[["draw", "image"]]).sort_values().equals(expected)
    return "" if same else f"it holds {len(table)} numbers for {len(wanted)} pictures and {draws + 1} heads"


def maps(stem: Path, fold: int) -> str:
    """A map for each held-out picture."""
    shape, wanted = np.load(Path(f"{stem}.cams.npy"), mmap_mode="r").shape, held_out(fold)
    return "" if len(shape) == 3 and shape[0] == len(wanted) else f"it is {shape} for {len(wanted)} pictures"


def held_out(fold: int) -> list[str]:
    """Names of a fold's study pictures, sorted."""
    study = files.read_csv(FILTERED / "manifest.csv").query("role == 'study'")
    return sorted(study.loc[study["fold"] == str(fold), "image"])
