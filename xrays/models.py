"""Which models there are, their files in models/, and what a weights file says of itself, without torch."""

import json
from itertools import product
from pathlib import Path

from safetensors import safe_open

from xrays.params import Train

METADATA = "model"  # safetensors writes several metadata keys in random order, so one key holds all as JSON


def stem(fold: int, seed: int) -> str:
    """What the names of one model's files begin with."""
    return f"fold-{fold}-seed-{seed}"


def trained(settings: Train) -> list[tuple[int, int]]:
    """Fold and seed of exactly the models that train.folds and train.seeds name; other files are not looked at."""
    return list(product(settings.folds, settings.seeds))


def read_about(weights: Path) -> dict:
    """fold, seed, arch, size, normalize, classes and platform of a model."""
    with safe_open(weights, framework="numpy") as file:
        return json.loads(file.metadata()[METADATA])
