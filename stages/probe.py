"""probe@FOLD-SEED: models/, data/{filtered,external} → data/probes/fold-F-seed-S.{logits.csv,cams.npy,permuted.csv}.

All else that a network is asked, so that `audit` computes from tables: held-out pictures without lungs, with nothing
but their frame, with a letter, …; the same-source controls; external pictures; where its answer comes from (Grad-CAM);
and its head fitted anew on shuffled labels.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

import stages
from xrays import classifier, cohort, console, files, folds, gradcam, models, params, refit, training, variants

FILTERED, EXTERNAL = Path("data/filtered"), Path("data/external")
MODELS, PROBES = Path("models"), Path("data/probes")


class Pictures(NamedTuple):
    """Rows of a manifest, in its order, with their pictures, uint8 (n, s, s), and lungs, bool (n, s, s)."""

    rows: pd.DataFrame
    grey: np.ndarray
    lungs: np.ndarray

    def where(self, wanted: pd.Series) -> "Pictures":
        mask = wanted.to_numpy()
        return Pictures(self.rows[mask], self.grey[mask], self.lungs[mask])


class Model(NamedTuple):
    """A trained network and what must be known to ask it."""

    network: torch.nn.Sequential
    size: int
    normalize: str

    def shown(self, grey: np.ndarray) -> torch.Tensor:
        """uint8 (n, s, s) at the size that it takes."""
        return classifier.resized(grey, self.size)

    def logits(self, grey: np.ndarray) -> np.ndarray:
        """Logits of COVID-19 (n) for uint8 (n, s, s); there may be none."""
        if not len(grey):
            return np.zeros(0)
        return classifier.logits(self.network, self.shown(grey), self.normalize).astype(float)


def fold_and_seed() -> tuple[int, int]:
    """From the name that DVC gives the stage, probe@FOLD-SEED."""
    found = re.fullmatch(r"probe@(\d+)-(\d+)", stages.NAME)
    if not found:
        raise console.BadInput("a model is asked for one fold and seed: run `dvc repro probe@0-0` for fold 0, seed 0")
    return int(found[1]), int(found[2])


def read(folder: Path, rows: pd.DataFrame) -> Pictures:
    """The pictures and lungs of a folder, which belong to these rows one by one."""
    grey, lungs = (np.load(folder / f"{name}.npy") for name in ("pictures", "lungs"))
    if not len(grey) == len(lungs) == len(rows):
        raise console.BadInput(f"{folder} holds {len(grey)} pictures and {len(lungs)} lungs for {len(rows)} rows of "
                               "its manifest: run `dvc repro filter`")
    blank = rows["image"][~lungs.any(axis=(1, 2))]
    if len(blank):  # nothing of them would be occluded, and audit would call that a shortcut
        raise console.BadInput(f"{folder}/lungs.npy shows no lung on {len(blank)} pictures ({blank.iloc[0]}, …): mend "
                               "their masks, or remove them to have a box assumed, then run `dvc repro filter`")
    return Pictures(rows.reset_index(drop=True), grey, lungs)


def read_model(path: Path, device: torch.device) -> Model:
    network, about = classifier.load(path)
    return Model(network.to(device), about["size"], about["normalize"])


def never_seen(rows: pd.DataFrame, outer: pd.Series) -> pd.Series:
    """Controls that this model may judge: all but those whose patient has a picture of another kind in its training."""
    trained = rows.loc[rows["role"].eq("study") & ~outer, "group"]
    return rows["role"].eq("control") & ~rows["group"].isin(trained)


def ask(model: Model, held_out: Pictures, controls: Pictures, external: Pictures) -> pd.DataFrame:
    """image, role, variant, logit: the held-out pictures in each variant, controls and external ones as they are."""
    asked = [answers(held_out, "study", name, model.logits(change(held_out.grey, held_out.lungs)))
             for name, change in variants.ALL.items()]
    asked += [answers(pictures, role, "full", model.logits(pictures.grey))
              for role, pictures in (("control", controls), ("external", external))]
    return pd.concat(asked).sort_values(["role", "variant", "image"])


def answers(pictures: Pictures, role: str, variant: str, logit: np.ndarray) -> pd.DataFrame:
    images = pictures.rows["image"].to_numpy(str)
    return pd.DataFrame({"image": images, "role": role, "variant": variant, "logit": logit})


def refit_head(model: Model, study: Pictures, fold: int, seed: int, draws: int) -> pd.DataFrame:
    """image, draw, logit of the held-out pictures; heads learn from those of the other folds, the inner part too."""
    outer = study.rows["fold"].eq(str(fold)).to_numpy()
    found = refit.features(model.network, model.shown(study.grey), model.normalize)
    positive, group = study.rows["label"].eq(folds.COVID).to_numpy(), study.rows["group"].to_numpy(str)
    logits = refit.logits(found[~outer], found[outer], positive[~outer], group[~outer], draws,
                          (fold, seed))
    images = study.rows["image"].to_numpy(str)[outer]
    return pd.concat([pd.DataFrame({"image": images, "draw": draw, "logit": one}) for draw, one in enumerate(logits)]
                     ).sort_values(["draw", "image"])


def explain(model: Model, held_out: Pictures) -> np.ndarray:
    """Grad-CAM of the held-out pictures, uint8 (n, 16, 16), in the order of their names."""
    order = held_out.rows["image"].to_numpy(str).argsort()
    return gradcam.maps(model.network, model.shown(held_out.grey[order]), model.normalize)


def main() -> None:
    settings = params.load()
    fold, seed = fold_and_seed()
    stem = models.stem(fold, seed)
    model = read_model(MODELS / f"{stem}.safetensors", training.prepare_process(settings.train))
    everything = read(FILTERED, cohort.prepared(files.read_csv(FILTERED / "manifest.csv")))
    abroad = files.read_csv(EXTERNAL / "manifest.csv")
    external = read(EXTERNAL, abroad[abroad["role"] == "external"])
    outer = everything.rows["role"].eq("study") & everything.rows["fold"].eq(str(fold))
    held_out, controls = everything.where(outer), everything.where(never_seen(everything.rows, outer))
    print(f"probe@{fold}-{seed}: asking about {len(held_out.rows)} held-out pictures in {len(variants.ALL)} variants, "
          f"{len(controls.rows)} controls and {len(external.rows)} external pictures", flush=True)
    study = everything.where(everything.rows["role"].eq("study"))
    permuted = refit_head(model, study, fold, seed, settings.probe.permutations)
    asked = ask(model, held_out, controls, external)
    files.write_csv(PROBES / f"{stem}.logits.csv", asked)
    files.write_csv(PROBES / f"{stem}.permuted.csv", permuted)
    with files.whole(PROBES / f"{stem}.cams.npy") as unfinished, unfinished.open("wb") as file:
        np.save(file, explain(model, held_out))
    print(f"probe@{fold}-{seed}: {len(asked)} logits, {len(permuted)} of heads fitted anew, {len(held_out.rows)} maps")


if __name__ == "__main__":
    console.run(main)
