"""audit: data/filtered, data/external, data/probes, metrics/predictions.csv → metrics/audit.*, metrics/external*.

What the headline is worth: beside the network's AUROC stand those of trivial regressions in the same folds, and of the
network itself without lungs, from the frame alone, marked, mirrored. Rules with stated limits make a verdict of it.
External pictures are reported apart. From tables and pictures, without torch.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from xrays import (audit_figure, baselines, cohort, console, elsewhere, figures, files, folds, models, params, probes,
                   reliance, scores, stamps, verdict)

FILTERED, EXTERNAL, PROBES = Path("data/filtered"), Path("data/external"), Path("data/probes")
METRICS = Path("metrics")
ENDS = ("", "_ci_low", "_ci_high")
KINDS = {"fold": int, "seed": int, "probability": float, "threshold": float, "temperature": float}


def measure_baselines(rows: pd.DataFrame, pictures: np.ndarray, lungs: np.ndarray,
                      judged: list[int]) -> dict[str, reliance.Measured]:
    """AUROC of each trivial regression on the pictures of the judged folds."""
    positive, fold = rows["label"].eq(folds.COVID).to_numpy(), rows["fold"].astype(int).to_numpy()
    held_out = np.isin(fold, judged)
    found = {}
    for name, features in baselines.ALL.items():
        score = baselines.scores(features(pictures, lungs, rows), positive, fold, judged)[held_out]
        found[name] = reliance.auroc(positive[held_out], score, rows["group"].to_numpy(str)[held_out])
    return found


def look(rows: pd.DataFrame, lungs: np.ndarray, trained: list[tuple[int, int]]) -> dict[str, float]:
    """Grad-CAM's energy in the lungs against their area, if any map spoke for COVID-19."""
    maps = probes.maps(PROBES, trained)
    order = {fold: rows[rows["fold"].eq(str(fold))].sort_values("image").index for fold, _ in trained}
    found = reliance.attention(list(maps.values()), [lungs[order[fold]] for fold, _ in maps])
    area = found["cam_area_share"]
    return found | ({"cam_energy_over_area": found["cam_energy_in_lungs"] / area} if area else {})


def gather(of_baselines: dict[str, reliance.Measured], of_variants: dict[str, reliance.Measured],
           spread: dict[str, float], ratio: reliance.Measured) -> dict[str, float | str]:
    """NAME_auroc with interval and spread over seeds; the network as it is called network; the best regression named."""
    of_network, spread = ({"network" if name == "full" else name: one for name, one in found.items()}
                          for found in (of_variants, spread))
    values = {f"{name}_auroc{end}": number for name, one in (of_baselines | of_network).items()
              for end, number in zip(ENDS, one)}
    values |= {f"{name}_auroc_seed_sd": number for name, number in spread.items()}
    best = max(of_baselines, key=lambda name: of_baselines[name].value)
    return values | {"best_baseline": best, "best_baseline_auroc": of_baselines[best].value,
                     "network_over_best_baseline": of_variants["full"].value - of_baselines[best].value,
                     **{f"shortcut_ratio{end}": number for end, number in zip(ENDS, ratio)}}


def judge_elsewhere(asked: pd.DataFrame, predictions: pd.DataFrame, settings: params.Evaluate) -> dict[str, float]:
    """Write the predictions on external pictures and return their numbers."""
    manifest = files.read_csv(EXTERNAL / "manifest.csv")
    predicted = elsewhere.predict(asked, manifest, predictions)
    files.write_csv(METRICS / "external_predictions.csv", predicted, decimals=scores.DECIMALS)
    numbers = elsewhere.numbers(predicted, settings)
    files.write_json(METRICS / "external.json", numbers)
    return numbers


def main() -> None:
    settings = params.load()
    said, trained = stamps.of(settings), models.trained(settings.train)
    everything = cohort.prepared(files.read_csv(FILTERED / "manifest.csv"))
    study = everything["role"].eq("study").to_numpy()
    rows = everything[study].reset_index(drop=True)
    pictures, lungs = (np.load(FILTERED / f"{name}.npy")[study] for name in ("pictures", "lungs"))
    predictions = files.read_csv(METRICS / "predictions.csv", KINDS)
    asked = probes.logits(PROBES, trained)

    of_baselines = measure_baselines(rows, pictures, lungs, settings.train.folds)
    of_variants = reliance.by_variant(asked, predictions)
    ratio = reliance.shortcut_ratio(*(reliance.of_variant(asked, predictions, name) for name in ("full", "occluded")))
    values = gather(of_baselines, of_variants, reliance.spread(asked, predictions), ratio)
    values |= reliance.changes(asked, predictions)
    values["leaky"] = float(settings.split.method == "article" or settings.data.patients == "none")
    values |= reliance.controls(asked, predictions, everything.set_index("image")["group"]) | look(rows, lungs, trained)
    values |= reliance.shuffled(probes.permuted(PROBES, trained), predictions)
    values |= {f"{name}_size_of_mean_change": abs(values[f"{name}_mean_change"]) for name in ("marker", "bars")}
    abroad = judge_elsewhere(asked, predictions, settings.evaluate)
    if "auroc" in abroad:
        values |= {"elsewhere_auroc": abroad["auroc"],
                   "auroc_lost_elsewhere": values["network_auroc_ci_low"] - abroad["auroc_ci_high"],
                   "auroc_lost_elsewhere_ci_high": values["network_auroc_ci_high"] - abroad["auroc_ci_low"]}
    files.write_json(METRICS / "audit.json", values | verdict.judged(values, said))
    files.write_csv(METRICS / "audit.csv", pd.DataFrame(verdict.rows(values)))
    title = figures.titled("What the headline is worth", said)
    audit_figure.draw(METRICS / "audit.png", of_baselines, of_variants, title)
    print(json.loads((METRICS / "audit.json").read_text())["verdict"])


if __name__ == "__main__":
    console.run(main)
