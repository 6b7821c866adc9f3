"""The files of models/ and what a weights file says of itself, without torch."""

import json
from pathlib import Path

from safetensors import safe_open

METADATA = "model"  # safetensors writes several metadata keys in random order, so one key holds all as JSON


def stem(fold: int, seed: int) -> str:
    return f"fold-{fold}-seed-{seed}"


def read_about(weights: Path) -> dict:
    """fold, seed, arch, size, normalize, classes and platform of a model."""
    with safe_open(weights, framework="numpy") as file:
        return json.loads(file.metadata()[METADATA])
