"""Plots: the numbers stand in the cells, the bytes are the same again, synthetic data say so."""

import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from xrays import figures, files, grids, plots, scores, stamps
from xrays.params import load

DRAW = """
from pathlib import Path
import sys
from test_plots import draw_all
draw_all(Path(sys.argv[1]))
"""


def draw_all(folder):
    from test_scores import HAND
    matrix = scores.confusion(HAND)
    plots.confusion(folder / "counts.png", matrix, "Counts", False)
    plots.confusion(folder / "normalized.png", matrix, "Shares", True)
    plots.roc(folder / "roc.png", scores.roc(HAND), 0.667, "ROC")
    plots.precision_recall(folder / "pr.png", scores.precision_recall(HAND), 0.7, 0.5, "PR")
    curves = pd.DataFrame({"model": "fold 0, seed 0", "epoch": [0, 1], "train_loss": [1, 0.5], "inner_loss": [1, 0.7]})
    plots.curves(folder / "curves.png", curves, "Curves")
    grids.draw(folder / "grid.png", np.zeros((3, 8, 8), np.uint8), ["a", "b", "c"], [True, False, False], "Grid")


def test_a_fresh_process_draws_the_same_bytes(tmp_path):
    draw_all(tmp_path / "a")
    (tmp_path / "matplotlibrc").write_text("image.lut: 3\nfont.size: 30\n")
    environment = {"PYTHONPATH": ".:tests", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PATH": "/usr/bin",
                   "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"), "MPLBACKEND": "svg", "HB_SHAPER_LIST": "fallback",
                   "FREETYPE_PROPERTIES": "truetype:interpreter-version=35"}
    pinned = f"from xrays import runtime; runtime.pin('portable', 2); {DRAW}"  # as stages/__init__.py does
    subprocess.run([sys.executable, "-c", pinned, tmp_path / "b"], check=True, env=environment)
    first = {path.name: files.sha256(path) for path in (tmp_path / "a").iterdir()}
    assert len(first) == 6
    assert {path.name: files.sha256(path) for path in (tmp_path / "b").iterdir()} == first


def test_the_cells_of_the_confusion_matrix_hold_the_numbers(tmp_path, monkeypatch):
    from test_scores import HAND
    texts = []
    monkeypatch.setattr(plots, "save", lambda figure, path: texts.extend(text.get_text() for text in figure.axes[0].texts))
    plots.confusion(tmp_path / "x.png", scores.confusion(HAND), "", False)
    plots.confusion(tmp_path / "x.png", scores.confusion(HAND), "", True)
    plt.close("all")
    assert [text for text in texts if text] == ["2", "1", "1", "2", "66.7%", "2 of 3", "33.3%", "1 of 3",
                                                "33.3%", "1 of 3", "66.7%", "2 of 3"]


def test_titles_say_that_pictures_are_synthetic():
    assert "SYNTHETIC" in figures.titled("ROC", stamps.of(load()))
