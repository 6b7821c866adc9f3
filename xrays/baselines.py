"""What needs no network: logistic regressions on trivial facts of a picture, in the folds the network is judged in.

On the real pictures 256 grey values part the classes as well as a ResNet50, and those without the lungs too
(docs/results.md): such a number beside the network's says what the network's is worth.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from xrays import variants

Features = Callable[[np.ndarray, np.ndarray, pd.DataFrame], np.ndarray]
THUMBNAIL, RING = 16, 2  # pixels
FRAME, BLACK = 6, 16  # pixels of a prepared picture; grey levels below which a pixel is black
BINS = 16
MODES = ("L", "RGB", "RGBA")  # grey, colour, colour with transparency; the real pictures have these three
PENALTY = 0.1  # C: at 0.01 and at 1 the thumbnail does worse on the default phantom (0.868 and 0.877 against 0.890)


def file_facts(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Width, height, aspect, bytes, bytes a pixel (logarithms), whether it is a PNG, and which mode it has: (n, 9)."""
    width, height, size = (rows[name].to_numpy(float) for name in ("width", "height", "bytes"))
    numbers = np.log(np.stack([width, height, width / height, size, size / (width * height)], axis=1))
    modes = [rows["mode"] == mode for mode in MODES]
    return np.column_stack([numbers, rows["image"].str.lower().str.endswith(".png"), *modes])


def frame(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Share of black pixels in the outer frame: (n, 1)."""
    inside = np.zeros(pictures.shape[1:], bool)
    inside[FRAME:-FRAME, FRAME:-FRAME] = True
    return (pictures[:, ~inside] < BLACK).mean(axis=1, keepdims=True)


def grey(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Mean and standard deviation: (n, 2)."""
    return np.stack([pictures.mean(axis=(1, 2)), pictures.std(axis=(1, 2))], axis=1)


def grey_without_lungs(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """The same of all but the lungs' box, since disease brightens lungs: (n, 2)."""
    outside = np.ma.masked_array(pictures, variants.boxes(lungs)).reshape(len(pictures), -1)
    return np.stack([outside.mean(axis=1).filled(0), outside.std(axis=1).filled(0)], axis=1)


def histogram(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """Shares of 16 grey levels: (n, 16)."""
    counts = [np.bincount(picture.ravel() // (256 // BINS), minlength=BINS) for picture in pictures]
    return np.stack(counts) / pictures[0].size


def thumbnail(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """16 x 16 means: (n, 256)."""
    small = [Image.fromarray(picture).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX) for picture in pictures]
    return np.stack([np.asarray(one, float).ravel() for one in small])


def ring(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """The outer two pixels of the thumbnail: (n, 112)."""
    inside = np.zeros((THUMBNAIL, THUMBNAIL), bool)
    inside[RING:-RING, RING:-RING] = True
    return thumbnail(pictures, lungs, rows)[:, ~inside.ravel()]


def without_lungs(pictures: np.ndarray, lungs: np.ndarray, rows: pd.DataFrame) -> np.ndarray:
    """The thumbnail of pictures whose lungs' box was filled with the mean of the rest before they shrank: (n, 256)."""
    return thumbnail(variants.occluded(pictures, lungs), lungs, rows)


ALL: dict[str, Features] = {
    "file": file_facts, "frame": frame, "grey": grey, "grey_without_lungs": grey_without_lungs, "histogram": histogram,
    "ring": ring, "thumbnail": thumbnail, "thumbnail_without_lungs": without_lungs,
}


def scores(features: np.ndarray, positive: np.ndarray, fold: np.ndarray, judged: list[int]) -> np.ndarray:
    """Logit (n) of each picture of the judged folds, from a regression on all other folds; NaN for the rest.

    features (n, f), positive (n), fold (n).
    """
    result = np.full(len(positive), np.nan)
    for one in judged:
        held_out = fold == one
        regression = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=5000, tol=1e-7)
        model = make_pipeline(StandardScaler(), regression)
        result[held_out] = model.fit(features[~held_out], positive[~held_out]).decision_function(features[held_out])
    return result
