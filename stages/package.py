"""package: models/, metrics/, reports/model_card.md → export/, the one artifact that others use.

All folds and seeds in one file, 103 MB a ResNet50, tensor names behind `fold-F-seed-S/`; what is needed to use them
(class order, size, normalisation, thresholds, temperatures) beside it as JSON. The model card travels with it as
README.md, and so do the predictions, the metrics and the audit that it was judged by.
"""

import json
import shutil
from pathlib import Path

from safetensors.numpy import load_file, save_file

from xrays import console, files, models, params

MODELS = Path("models")
FILTERED = Path("data/filtered")
PREDICTIONS = Path("metrics/predictions.csv")
TRAVELS = {"README.md": Path("reports/model_card.md"), "predictions.csv": PREDICTIONS,
           "metrics.json": Path("metrics/metrics.json"), "audit.json": Path("metrics/audit.json")}
EXPORT = Path("export")


def gather(settings: params.Params) -> dict:
    """Tensors of every model, as NumPy arrays under `fold-F-seed-S/name`."""
    stems = [models.stem(fold, seed) for fold, seed in models.trained(settings.train)]
    return {f"{stem}/{name}": value for stem in stems
            for name, value in load_file(MODELS / f"{stem}.safetensors").items()}


def read_chosen(predictions: Path) -> dict[tuple[int, int], dict[str, float]]:
    """threshold and temperature by fold and seed, with all the decimals that they were applied with."""
    table = files.read_csv(predictions, {"fold": int, "seed": int, "threshold": float, "temperature": float})
    return table.groupby(["fold", "seed"])[["threshold", "temperature"]].first().to_dict("index")


def describe(settings: params.Params, chosen: dict[tuple[int, int], dict[str, float]]) -> dict:
    """model.json: all that a program needs to use the weights."""
    trained = models.trained(settings.train)
    about = models.read_about(MODELS / f"{models.stem(*trained[0])}.safetensors")
    return {
        "classes": about["classes"],
        "arch": about["arch"],
        "size": about["size"],
        "fit": settings.filter.fit,
        "normalize": about["normalize"],
        "models": {models.stem(fold, seed): {"fold": fold, "seed": seed, **chosen[fold, seed]}
                   for fold, seed in trained},
        "data_filtered_md5": files.md5(FILTERED),
        "synthetic": int(settings.data.source == "phantom"),
        "params": settings.model_dump(),
    }


def main() -> None:
    settings = params.load()
    description = describe(settings, read_chosen(PREDICTIONS))
    with files.whole(EXPORT) as unfinished:
        unfinished.mkdir()
        save_file(gather(settings), unfinished / "model.safetensors")
        (unfinished / "model.json").write_text(json.dumps(description, indent=1, sort_keys=True) + "\n")
        for name, source in TRAVELS.items():
            shutil.copyfile(source, unfinished / name)


if __name__ == "__main__":
    console.run(main)
