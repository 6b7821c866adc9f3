"""Where the lungs are on a prepared picture: the phantom's own masks, else a box that is an assumption.

A real picture has no mask here. The box is the middle of the picture, 62 % of its width and 75 % of its height; with it
cut out of the real pictures a logistic regression still parted the classes (docs/results.md).
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from xrays import pictures

LUNG, LESION = 128, 255  # grey levels of a mask file; all else is outside
BOX_WIDTH, BOX_HEIGHT = 0.62, 0.75


def box(size: int) -> np.ndarray:
    """The assumed lungs, bool (size, size)."""
    rows, columns = (np.abs((np.arange(size) + 0.5) / size - 0.5) <= share / 2 for share in (BOX_HEIGHT, BOX_WIDTH))
    return rows[:, None] & columns[None, :]


def read(path: Path, size: int, fit: str) -> tuple[np.ndarray, np.ndarray]:
    """Lungs and lesions of one picture, bool (size, size); without a mask file the box, and no lesion."""
    if not path.is_file():
        return box(size), np.zeros((size, size), bool)
    with Image.open(path) as mask:
        square = pictures.square(mask, fit).resize((size, size), Image.Resampling.NEAREST)
    levels = np.asarray(square)
    return levels >= LUNG, levels >= LESION


def read_all(folder: Path, images: Iterable[str], size: int, fit: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Lungs and lesions, bool (n, size, size), of pictures by name, and of how many a mask tells the truth."""
    paths = [folder / f"{image}.png" for image in images]
    masks = [read(path, size, fit) for path in paths]
    lungs, lesions = (np.array([mask[part] for mask in masks], bool).reshape(-1, size, size) for part in (0, 1))
    return lungs, lesions, sum(path.is_file() for path in paths)
