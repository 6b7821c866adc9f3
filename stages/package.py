"""package: models/, metrics/ → export/ (model.safetensors, model.json, README.md), the one artifact that others use.

All folds and seeds in one file, 103 MB a ResNet50, tensor names behind `fold-F-seed-S/`; what is needed to use them
(class order, size, normalisation, thresholds) beside it as JSON.
"""

import json
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from safetensors.numpy import load_file, save_file

from xrays import console, files, models, params, stamps

MODELS = Path("models")
FILTERED = Path("data/filtered")
SCORES = Path("metrics/metrics.json")
PREDICTIONS = Path("metrics/predictions.csv")
COUNTS = Path("metrics/data.json")
EXPORT = Path("export")
CARD = Path(__file__).parent.parent / "xrays" / "card.md.jinja"


def gather(settings: params.Params) -> dict:
    """Tensors of every model, as NumPy arrays under `fold-F-seed-S/name`."""
    stems = [models.stem(fold, seed) for fold, seed in models.trained(settings.train)]
    return {f"{stem}/{name}": value for stem in stems
            for name, value in load_file(MODELS / f"{stem}.safetensors").items()}


def read_thresholds(predictions: Path) -> dict[tuple[int, int], float]:
    """Each model's threshold by fold and seed, with all the decimals that it was applied with."""
    table = files.read_csv(predictions, {"fold": int, "seed": int, "threshold": float})
    return table.groupby(["fold", "seed"])["threshold"].first().to_dict()


def describe(settings: params.Params, thresholds: dict[tuple[int, int], float]) -> dict:
    """model.json: all that a program needs to use the weights."""
    trained = models.trained(settings.train)
    about = models.read_about(MODELS / f"{models.stem(*trained[0])}.safetensors")
    return {
        "classes": about["classes"],
        "arch": about["arch"],
        "size": about["size"],
        "fit": settings.filter.fit,
        "normalize": about["normalize"],
        "models": {models.stem(fold, seed): {"fold": fold, "seed": seed, "threshold": thresholds[fold, seed]}
                   for fold, seed in trained},
        "data_filtered_md5": files.md5(FILTERED),
        "synthetic": int(settings.data.source == "phantom"),
        "params": settings.model_dump(),
    }


def card(settings: params.Params, description: dict, scores: dict, counts: dict) -> str:
    """The model card, filled from this run."""
    environment = Environment(loader=FileSystemLoader(CARD.parent), undefined=StrictUndefined, trim_blocks=True,
                              keep_trailing_newline=True)
    return environment.get_template(CARD.name).render(
        model=description, scores=scores, counts=counts, stamps=stamps.of(settings),
        params=yaml.safe_dump(description["params"], sort_keys=False, default_flow_style=None))


def main() -> None:
    settings = params.load()
    scores, counts = (json.loads(path.read_text()) for path in (SCORES, COUNTS))
    description = describe(settings, read_thresholds(PREDICTIONS))
    with files.whole(EXPORT) as unfinished:
        unfinished.mkdir()
        save_file(gather(settings), unfinished / "model.safetensors")
        (unfinished / "model.json").write_text(json.dumps(description, indent=1, sort_keys=True) + "\n")
        (unfinished / "README.md").write_text(card(settings, description, scores, counts), encoding="utf-8")


if __name__ == "__main__":
    console.run(main)
