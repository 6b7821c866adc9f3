"""evaluate: logits of models/, data/filtered, data/external → metrics/ (in Git) and reports/ (pictures, never in Git).

From the logits alone, without torch, in seconds. metrics/predictions.csv holds one row a picture and seed, from the
model that never saw the picture; every other number is computed from that file (the classic bug is a confusion matrix
whose labels and predictions come from two passes over a shuffling loader: accuracy 98 %, matrix at chance).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from xrays import (calibration, cohort, console, decision, figures, files, folds, grids, logits, models, numbers,
                   params, plots, published, scores, stamps, strata, thresholds)

MODELS = Path("models")
FILTERED, EXTERNAL = Path("data/filtered"), Path("data/external")
METRICS = Path("metrics")
REPORTS = Path("reports")
COLUMNS = ["image", "label", "group", "fold", "seed", "probability", "threshold", "predicted", "calibrated",
           "temperature", "target_threshold"]


def predict(manifest: pd.DataFrame, settings: params.Params) -> pd.DataFrame:
    """The table of predictions, sorted by image and seed."""
    study = manifest[manifest["role"] == "study"].astype({"fold": int})
    tables = [predict_one(study, fold, seed, settings) for fold, seed in models.trained(settings.train)]
    return pd.concat(tables).sort_values(["image", "seed"], ignore_index=True)[COLUMNS]


def predict_one(study: pd.DataFrame, fold: int, seed: int, settings: params.Params) -> pd.DataFrame:
    """One model's rows for its held-out fold, with the threshold and the temperature chosen on its inner pictures."""
    outer, inner = logits.read(MODELS, study, fold, seed, settings.split.method)
    positive, given = inner["label"].eq(folds.COVID).to_numpy(), inner["logit"].to_numpy()
    goal = settings.evaluate
    cuts = {name: thresholds.of(how, scores.probability(given), positive, goal.target_sensitivity)
            for name, how in (("threshold", goal.threshold), ("target_threshold", "target"))}
    temperature = calibration.temperature(given, positive)
    probability = scores.probability(outer["logit"].to_numpy())
    return outer.assign(
        seed=seed, probability=probability, **cuts,
        predicted=np.where(probability >= cuts["threshold"], folds.COVID, folds.NORMAL),
        calibrated=scores.probability(outer["logit"].to_numpy() / temperature), temperature=temperature)


def read_curves(settings: params.Params) -> pd.DataFrame:
    """Learning curves of all models, one row an epoch."""
    tables = [files.read_csv(MODELS / f"{models.stem(fold, seed)}.curves.csv").assign(model=f"fold {fold}, seed {seed}")
              for fold, seed in models.trained(settings.train)]
    whole_numbers = dict.fromkeys(["fold", "seed", "epoch"], int)
    return pd.concat(tables).astype(whole_numbers | dict.fromkeys(["train_loss", "inner_loss", "inner_auroc"], float))


def read_platform(settings: params.Params) -> dict[str, str]:
    """What set the bits of the models; where they differ, both values."""
    found = [models.read_about(MODELS / f"{models.stem(fold, seed)}.safetensors")["platform"]
             for fold, seed in models.trained(settings.train)]
    return {key: " and ".join(sorted({platform[key] for platform in found})) for key in found[0]}


def write_tables(predictions: pd.DataFrame, manifest: pd.DataFrame, curves: pd.DataFrame) -> None:
    """What a reviewer compares between branches, as CSV."""
    files.write_csv(METRICS / "predictions.csv", predictions, decimals=scores.DECIMALS)
    files.write_csv(METRICS / "manifest.csv", published.manifest(FILTERED, EXTERNAL))
    files.write_csv(METRICS / "curves.csv", curves)
    files.write_csv(METRICS / "roc.csv", scores.roc(predictions))
    files.write_csv(METRICS / "precision_recall.csv", scores.precision_recall(predictions))
    files.write_csv(METRICS / "most_confused.csv", scores.most_confused(scores.confusion(predictions)))
    files.write_csv(METRICS / "calibration.csv", calibration.reliability(predictions))
    files.write_csv(METRICS / "decision.csv", decision.curve(predictions))
    files.write_csv(METRICS / "strata.csv", strata.table(predictions, manifest))


def draw_plots(predictions: pd.DataFrame, curves: pd.DataFrame, values: dict[str, float], said: list[str]) -> None:
    matrix = scores.confusion(predictions)
    plots.confusion(METRICS / "confusion_counts.png", matrix, figures.titled("Confusion matrix", said), False)
    plots.confusion(METRICS / "confusion_normalized.png", matrix, figures.titled("Share of each class", said), True)
    plots.roc(METRICS / "roc.png", scores.roc(predictions), values["auroc"], figures.titled("ROC", said))
    plots.precision_recall(METRICS / "precision_recall.png", scores.precision_recall(predictions),
                           values["average_precision"], 1 - values["null_accuracy"],
                           figures.titled("Precision and recall", said))
    plots.curves(METRICS / "curves.png", curves, figures.titled("Learning curves", said))
    plots.reliability(METRICS / "calibration.png", calibration.reliability(predictions), figures.titled(
        f"Calibration: error {values['ece']:.3f}, at the temperature {values['calibrated_ece']:.3f}", said))
    plots.net_benefit(METRICS / "decision.png", decision.curve(predictions), figures.titled("Decision curve", said))


def draw_pictures(predictions: pd.DataFrame, manifest: pd.DataFrame, shown: int, said: list[str]) -> None:
    """The pictures the network got most wrong, and a sample that a hash chose; probabilities averaged over seeds."""
    pictures = np.load(FILTERED / "pictures.npy")
    row = {image: number for number, image in enumerate(cohort.prepared(manifest)["image"])}
    table = predictions.groupby(["image", "label"], as_index=False)[["probability", "threshold"]].mean()
    table["called"] = np.where(table["probability"] >= table["threshold"], folds.COVID, folds.NORMAL)
    table["error"] = (table["label"].eq(folds.COVID) - table["probability"]).abs()
    table["place"] = table["image"].map(lambda image: folds.rank(0, "sample", image))
    for name, order, title in (("most_wrong", table.sort_values(["error", "image"], ascending=[False, True]),
                                "Most wrong: furthest from the truth"),
                               ("samples", table.sort_values("place"), "A random sample of predictions")):
        chosen = order.head(shown)
        captions = [f"is {label}\ncalled {called}\np = {probability:.3f}, uncalibrated" for label, called, probability
                    in zip(chosen["label"], chosen["called"], chosen["probability"])]
        wrong = chosen["label"].ne(chosen["called"]).tolist()
        grids.draw(REPORTS / f"{name}.png", pictures[chosen["image"].map(row)], captions, wrong,
                   figures.titled(title, said))


def headline(values: dict[str, float], said: list[str]) -> str:
    positive, negative = values["tp"] + values["fn"], values["tn"] + values["fp"]

    def limits(name: str) -> str:
        return f"({values[f'{name}_ci_low']:.3f} to {values[f'{name}_ci_high']:.3f})"

    return (f"sensitivity {values['tp']:g}/{positive:g} {limits('sensitivity')}, "
            f"specificity {values['tn']:g}/{negative:g} {limits('specificity')}, "
            f"AUROC {values['auroc']:.4f} {limits('auroc')}; always saying Normal: accuracy "
            f"{values['null_accuracy']:.3f}, this: {values['accuracy']:.3f}" + "".join(f" [{text}]" for text in said))


def main() -> None:
    settings = params.load()
    said = stamps.of(settings)
    manifest = files.read_csv(FILTERED / "manifest.csv")
    predictions = predict(manifest, settings)
    curves = read_curves(settings)
    write_tables(predictions, manifest, curves)
    files.write_json(METRICS / "metrics.json", numbers.of(predictions, settings.evaluate))
    values = json.loads((METRICS / "metrics.json").read_text())  # as published: 0.9462496 is 0.9463 here as in the report
    files.write_json(METRICS / "platform.json", read_platform(settings))
    draw_plots(predictions, curves, values, said)
    draw_pictures(predictions, manifest, settings.evaluate.shown, said)
    print(headline(values, said))


if __name__ == "__main__":
    console.run(main)
