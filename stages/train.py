"""train@FOLD-SEED: data/filtered, data/weights → models/fold-F-seed-S.{safetensors,logits.csv,curves.csv,batch.png}.

One model for one held-out fold and one seed. A part of the training patients (train.inner_share) is never trained on:
what must be chosen, like a threshold, is chosen on these inner pictures and never on the held-out fold. The model is
asked once, here: later stages compute from its logits and import no torch.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import stages
from xrays import (checkpoints, classifier, cohort, console, figures, files, folds, grids, inputs, models, params, runtime,
                   stamps, store, training)

PICTURES = Path("data/filtered/pictures.npy")
MANIFEST = Path("data/filtered/manifest.csv")
WEIGHTS = Path("data/weights/initial.safetensors")
MODELS = Path("models")
SHOWN = 24  # pictures of a batch


def fold_and_seed() -> tuple[int, int]:
    """From the name that DVC gives the stage, train@FOLD-SEED: nothing of params.yaml ever reaches a shell."""
    found = re.fullmatch(r"train@(\d+)-(\d+)", stages.NAME)
    if not found:
        raise console.BadInput("a model is trained for one fold and seed: run `dvc repro train@0-0` for fold 0, seed 0")
    return int(found[1]), int(found[2])


def read_study(manifest: Path, pictures: Path, size: int) -> tuple[pd.DataFrame, torch.Tensor]:
    """Study rows and their pictures, uint8 (rows, size, size), in the manifest's order."""
    rows = cohort.prepared(files.read_csv(manifest))
    prepared = np.load(pictures)
    if len(prepared) != len(rows):
        raise console.BadInput(f"{pictures} holds {len(prepared)} pictures, {manifest} names {len(rows)}: "
                               "run `dvc repro filter`")
    study = rows["role"].eq("study").to_numpy()
    rows = rows[study].astype({"fold": int}).reset_index(drop=True)
    return rows, classifier.resized(prepared[study], size)


def parts(rows: pd.DataFrame, fold: int, share: float, split_seed: int) -> pd.Series:
    """outer (the held-out fold), inner (never trained on) or train, for each row."""
    part = pd.Series("train", index=rows.index).mask(rows["fold"] == fold, "outer")
    training_rows = rows[part == "train"]
    inner = folds.inner(training_rows, share, split_seed, fold)
    part[inner[inner].index] = "inner"
    for name in ("inner", "train"):
        if rows.loc[part == name, "label"].nunique() < 2:
            raise console.BadInput(f"the {name} pictures of fold {fold} hold one class only: the training folds have "
                                   "fewer than two patients of the other; use fewer split.folds or more data")
    return part


def fit(pictures: torch.Tensor, labels: torch.Tensor, inner: torch.Tensor, fold: int, seed: int,
        settings: params.Train, kept: Path | None) -> tuple[torch.nn.Module, list[dict], torch.Tensor]:
    """Train one model, keeping checkpoints in a folder and starting from the newest one there.

    Returns it with its learning curves and one augmented batch as the network saw it.
    """
    device = training.prepare_process(settings)
    training.seed_all(runtime.seed_of("weights", fold, seed))
    model = classifier.build(settings.arch)
    classifier.load_body(model, WEIGHTS)
    dls = training.loaders(pictures, labels, inner, settings, device)
    curves = training.Curves(f"train@{fold}-{seed}")
    resumable = checkpoints.Resumable(kept, curves)
    learn = training.learner(dls, model, settings, [training.EpochSeed(fold, seed), curves, resumable])
    with learn.no_bar(), learn.no_logging(), training.enough_memory(settings):
        learn.fit_one_cycle(settings.epochs, settings.lr)
    training.seed_all(runtime.seed_of("batch", fold, seed))
    return learn.model, curves.rows, dls.train.one_batch()


def asked(model: torch.nn.Module, pictures: torch.Tensor, rows: pd.DataFrame, part: pd.Series,
          normalize: str) -> pd.DataFrame:
    """Logits of the held-out and the inner pictures: image, part, logit."""
    of_interest = part.ne("train")
    logit = classifier.logits(model, pictures[torch.tensor(of_interest)], normalize)
    table = pd.DataFrame({"image": rows["image"][of_interest], "part": part[of_interest], "logit": logit.astype(float)})
    return table.sort_values(["part", "image"])


def draw_batch(path: Path, batch: tuple[torch.Tensor, torch.Tensor], settings: params.Params) -> None:
    """The first pictures of one augmented batch, as the network sees them."""
    pictures, labels = (values[:SHOWN].cpu() for values in batch)
    grey = classifier.grey(pictures, settings.train.normalize).numpy()
    captions = [classifier.CLASSES[label] for label in labels]
    title = figures.titled("One augmented batch, as the network sees it", stamps.of(settings))
    grids.draw(path, grey, captions, [False] * len(captions), title)


def about(fold: int, seed: int, settings: params.Train, device: torch.device) -> dict:
    """What the weights file says of itself, and what set its bits."""
    return {"fold": fold, "seed": seed, "arch": settings.arch, "size": settings.size, "normalize": settings.normalize,
            "classes": classifier.CLASSES, "platform": runtime.facts(settings.determinism, settings.threads, device.type)}


def train(fold: int, seed: int, settings: params.Params, kept: Path | None) -> None:
    """Fit the model of one fold and seed, ask it, save everything; the weights, which take longest, last."""
    rows, pictures = read_study(MANIFEST, PICTURES, settings.train.size)
    part = parts(rows, fold, settings.train.inner_share, settings.split.seed)
    used = torch.tensor(part.ne("outer"))
    labels = torch.tensor(rows["label"].eq(folds.COVID), dtype=torch.int64)
    inner = torch.tensor(part.eq("inner"))
    model, curves, batch = fit(pictures[used], labels[used], inner[used], fold, seed, settings.train, kept)
    stem = models.stem(fold, seed)
    files.write_csv(MODELS / f"{stem}.logits.csv", asked(model, pictures, rows, part, settings.train.normalize))
    files.write_csv(MODELS / f"{stem}.curves.csv", pd.DataFrame(curves).assign(fold=fold, seed=seed))
    draw_batch(MODELS / f"{stem}.batch.png", batch, settings)
    with files.whole(MODELS / f"{stem}.safetensors") as unfinished:
        device = next(model.parameters()).device
        classifier.save(model, unfinished, about(fold, seed, settings.train, device))


def main() -> None:
    settings = params.load()
    fold, seed = fold_and_seed()
    with checkpoints.alone(store.beside_cache("checkpoints") / inputs.key(stages.NAME)) as kept:
        train(fold, seed, settings, kept)


if __name__ == "__main__":
    console.run(main)
