"""Where the lungs are on a prepared picture: its true mask, else a box that is an assumption.

Only the phantom knows the truth. For a real picture a box is assumed: the middle 62 % of its width and 75 % of its
height. Nobody measured how well it fits; with it cut out of the real pictures a logistic regression still parted the
classes (docs/results.md).
"""

from os.path import isfile  # unlike Path.is_file no error for a name of 252 bytes, to which .png makes it too long
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from xrays import pictures
from xrays.console import BadInput

LUNG, LESION = 128, 255  # grey levels of a mask file; all else is outside
BOX_WIDTH, BOX_HEIGHT = 0.62, 0.75


def box(size: int) -> np.ndarray:
    """The assumed lungs, bool (size, size)."""
    rows, columns = (np.abs((np.arange(size) + 0.5) / size - 0.5) <= share / 2 for share in (BOX_HEIGHT, BOX_WIDTH))
    return rows[:, None] & columns[None, :]


def read(path: Path, sides: tuple[int, int], size: int, fit: str) -> tuple[np.ndarray, np.ndarray]:
    """Lungs and lesions of one picture, bool (size, size); without a mask file the box, and no lesion.

    sides: width and height of the picture as it is seen. Raises BadInput for a mask that cannot belong to it.
    """
    if not isfile(path):
        return box(size), np.zeros((size, size), bool)
    try:
        with Image.open(path, formats=("PNG",)) as mask:
            if (mask.mode, mask.size) != ("L", sides):
                raise BadInput(f"{path}: a mask of {mask.width} x {mask.height} pixels, mode {mask.mode}, not 8-bit "
                               f"grey of {sides[0]} x {sides[1]} as its picture: mend or remove it")
            square = pictures.square(mask, fit).resize((size, size), Image.Resampling.NEAREST)
    except (BadInput, MemoryError):
        raise
    except Exception:  # as in pictures.decode: a broken chunk can end Pillow's decoders in any error
        raise BadInput(f"{path}: a mask that cannot be read: get it again, or remove it") from None
    levels = np.asarray(square)
    return levels >= LUNG, levels >= LESION


def read_all(folder: Path, rows: pd.DataFrame, size: int, fit: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Lungs and lesions, bool (n, size, size), of each row (image, width, height), and how many have a true mask."""
    paths = [folder / f"{image}.png" for image in rows["image"]]
    masks = [read(path, sides, size, fit) for path, sides in zip(paths, zip(rows["width"], rows["height"]))]
    lungs, lesions = (np.array([mask[part] for mask in masks], bool).reshape(-1, size, size) for part in (0, 1))
    return lungs, lesions, sum(isfile(path) for path in paths)
