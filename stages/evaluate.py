"""evaluate: logits of models/, data/filtered → metrics/ (in Git) and reports/ (pictures, never in Git).

From the logits alone, without torch, in seconds. metrics/predictions.csv holds one row a picture and seed, from the
model that never saw the picture; every other number is computed from that file (the classic bug is a confusion matrix
whose labels and predictions come from two passes over a shuffling loader: accuracy 98 %, matrix at chance).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from xrays import cohort, console, figures, files, folds, grids, models, params, plots, scores, stamps

MODELS = Path("models")
FILTERED = Path("data/filtered")
METRICS = Path("metrics")
REPORTS = Path("reports")
COLUMNS = ["image", "label", "group", "fold", "seed", "probability", "threshold", "predicted"]


def predict(manifest: pd.DataFrame, settings: params.Params) -> pd.DataFrame:
    """The table of predictions, sorted by image and seed."""
    study = manifest[manifest["role"] == "study"].astype({"fold": int})
    tables = [predict_one(study, fold, seed, settings.evaluate.threshold)
              for fold, seed in models.trained(settings.train)]
    return pd.concat(tables).sort_values(["image", "seed"], ignore_index=True)[COLUMNS]


def predict_one(study: pd.DataFrame, fold: int, seed: int, goal: str) -> pd.DataFrame:
    """One model's rows for its held-out fold, with the threshold chosen on its inner pictures."""
    path = MODELS / f"{models.stem(fold, seed)}.logits.csv"
    logits = files.read_csv(path, {"logit": float}).merge(study, on="image", how="left")
    outer, inner = (logits[logits["part"] == part] for part in ("outer", "inner"))
    if sorted(outer["image"]) != sorted(study.loc[study["fold"] == fold, "image"]):
        raise console.BadInput(f"{path} and the manifest disagree on the pictures of fold {fold}: run `dvc repro`")
    threshold = 0.5
    if goal == "inner":
        positive = inner["label"].eq(folds.COVID).to_numpy()
        threshold = scores.threshold(scores.probability(inner["logit"].to_numpy()), positive)
    probability = scores.probability(outer["logit"].to_numpy())
    called = np.where(probability >= threshold, folds.COVID, folds.NORMAL)
    return outer.assign(seed=seed, probability=probability, threshold=threshold, predicted=called)


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
    files.write_csv(METRICS / "manifest.csv", manifest[cohort.MANIFEST])
    files.write_csv(METRICS / "curves.csv", curves)
    files.write_csv(METRICS / "roc.csv", scores.roc(predictions))
    files.write_csv(METRICS / "precision_recall.csv", scores.precision_recall(predictions))
    files.write_csv(METRICS / "most_confused.csv", scores.most_confused(scores.confusion(predictions)))


def draw_plots(predictions: pd.DataFrame, curves: pd.DataFrame, values: dict[str, float], said: list[str]) -> None:
    matrix = scores.confusion(predictions)
    plots.confusion(METRICS / "confusion_counts.png", matrix, figures.titled("Confusion matrix", said), False)
    plots.confusion(METRICS / "confusion_normalized.png", matrix, figures.titled("Share of each class", said), True)
    plots.roc(METRICS / "roc.png", scores.roc(predictions), values["auroc"], figures.titled("ROC", said))
    plots.precision_recall(METRICS / "precision_recall.png", scores.precision_recall(predictions),
                           values["average_precision"], 1 - values["null_accuracy"],
                           figures.titled("Precision and recall", said))
    plots.curves(METRICS / "curves.png", curves, figures.titled("Learning curves", said))


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
        grids.draw(REPORTS / f"{name}.png", pictures[chosen["image"].map(row)], captions, wrong, figures.titled(title, said))


def headline(values: dict[str, float], said: list[str]) -> str:
    positive, negative = values["tp"] + values["fn"], values["tn"] + values["fp"]
    return (f"sensitivity {values['tp']:g}/{positive:g}, specificity {values['tn']:g}/{negative:g}, "
            f"AUROC {values['auroc']:.4f}; always saying Normal: accuracy {values['null_accuracy']:.3f}, this: "
            f"{values['accuracy']:.3f}" + "".join(f" [{text}]" for text in said))


def main() -> None:
    settings = params.load()
    said = stamps.of(settings)
    manifest = files.read_csv(FILTERED / "manifest.csv")
    predictions = predict(manifest, settings)
    curves = read_curves(settings)
    values = scores.of(predictions)
    write_tables(predictions, manifest, curves)
    files.write_json(METRICS / "metrics.json", values)
    files.write_json(METRICS / "platform.json", read_platform(settings))
    draw_plots(predictions, curves, values, said)
    draw_pictures(predictions, manifest, settings.evaluate.shown, said)
    print(headline(values, said))


if __name__ == "__main__":
    console.run(main)
