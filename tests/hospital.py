"""Another hospital's pictures as a person has them: four of noise, in a folder of two classes."""

from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("COVID-19/a.png", "COVID-19/deep/b.png", "Normal/c.jpg", "Normal/d.png")


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (80, 90), dtype=np.uint8)).save(path)


def make(folder: Path) -> Path:
    for number, name in enumerate(NAMES):
        picture(folder / name, number)
    return folder
