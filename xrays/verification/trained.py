"""What a hash cannot tell of a model and of what it was asked: is it the one its name says, about all its pictures?

Each check returns what is wrong, or "". stem: the path without its last suffixes, as xrays/models.py names it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from safetensors import safe_open

from xrays import cohort, files, folds, models, variants
from xrays.verification.finding import few

FILTERED, EXTERNAL = Path("data/filtered"), Path("data/external")
RESNETS = {"resnet18": ((2, 2, 2, 2), 2), "resnet50": ((3, 4, 6, 3), 3)}  # blocks a layer, convolutions a block
NORMALISATION = ("bias", "running_mean", "running_var", "num_batches_tracked")


def weights(stem: Path, fold: int, seed: int, given: dict) -> str:
    """The model that its name and its params say, with all its tensors; given: its params in dvc.lock."""
    path = Path(f"{stem}.safetensors")
    wanted = {"fold": fold, "seed": seed, "classes": [folds.NORMAL, folds.COVID],
              **{name: given[f"train.{name}"] for name in ("arch", "size", "normalize")}}
    about = models.read_about(path)
    wrong = [f"{name} {about.get(name)}" for name in wanted if about.get(name) != wanted[name]]
    if wrong:
        return f"it says that it is {', '.join(wrong)}"
    with safe_open(path, framework="numpy") as file:
        odd = tensors(wanted["arch"]) ^ set(file.keys())
    return f"{len(odd)} tensors missing or not {wanted['arch']}'s ({few(sorted(odd))})" if odd else ""


def tensors(arch: str) -> set[str]:
    """Names of a model's tensors, without torch: a ResNet's in torchvision's order, then fastai's head."""
    blocks, depth = RESNETS[arch]
    plain, normal = ["0.0", "1.4", "1.8"], ["0.1", "1.2", "1.6"]  # convolutions and linear layers; batch normalisations
    for layer, count in enumerate(blocks, start=4):
        for block in (f"0.{layer}.{number}" for number in range(count)):
            plain += [f"{block}.conv{number}" for number in range(1, depth + 1)]
            normal += [f"{block}.bn{number}" for number in range(1, depth + 1)]
        if layer > 4 or depth == 3:  # the first block widens its input
            plain, normal = [*plain, f"0.{layer}.0.downsample.0"], [*normal, f"0.{layer}.0.downsample.1"]
    weights = {f"{name}.weight" for name in plain + normal}
    return weights | {f"{name}.{part}" for name in normal for part in NORMALISATION}


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
    """A number for each held-out picture by the head of the true labels (draw 0) and by each of shuffled ones."""
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
