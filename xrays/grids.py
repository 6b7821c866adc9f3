"""Grids of pictures with a caption each."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from xrays import figures


def draw(path: Path, pictures: np.ndarray, captions: list[str], wrong: list[bool], title: str, columns: int = 6) -> None:
    """Draw grey pictures (n, s, s), uint8 or 0 to 1, with captions; a wrong one's caption is set in bold vermilion."""
    rows = max(1, -(-len(pictures) // columns))
    with plt.rc_context(figures.STYLE | {"axes.titleweight": "normal", "axes.titlesize": 8}):
        figure, axes = plt.subplots(rows, columns, figsize=(1.75 * columns, 2.15 * rows + 0.6), layout="constrained",
                                    squeeze=False)
        for place in axes.flat:
            place.axis("off")
        for place, picture, caption, bad in zip(axes.flat, pictures, captions, wrong):
            place.imshow(picture, cmap=figures.GREYS, vmin=0, vmax=255 if picture.dtype == np.uint8 else 1)
            place.set_title(caption, color=figures.COLOURS[1] if bad else figures.INK, fontweight="bold" if bad else "normal")
        figure.suptitle(title, fontsize=11, fontweight="bold")
        figures.save(figure, path)
