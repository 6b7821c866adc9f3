"""The plots of an evaluation: confusion matrices with their numbers, ROC, precision and recall, learning curves."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from xrays.figures import COLOURS, INK, STYLE, save


def confusion(path: Path, matrix: pd.DataFrame, title: str, normalized: bool) -> None:
    """The matrix with its numbers in the cells; normalized: the share of each row, the counts below it."""
    share = matrix.div(matrix.sum(axis=1), axis=0).fillna(0)
    with plt.rc_context(STYLE | {"axes.grid": False}):
        figure, axes = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
        for row, label in enumerate(matrix.index):
            for column, called in enumerate(matrix.columns):
                count = f"{matrix.loc[label, called]:g} of {matrix.loc[label].sum():g}"
                big, small = (f"{share.loc[label, called]:.1%}", count) if normalized else (
                    f"{matrix.loc[label, called]:g}", "")
                ink = "white" if share.loc[label, called] > 0.55 else INK
                axes.text(column, row, big, ha="center", va="center", fontsize=20, color=ink)
                axes.text(column, row + 0.22, small, ha="center", va="center", fontsize=10, color=ink)
        axes.set_xticks(range(len(matrix.columns)), matrix.columns)
        axes.set_yticks(range(len(matrix.index)), matrix.index, rotation=90, va="center")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set(xlabel="called", ylabel="is", title=title)
        save(figure, path)


def roc(path: Path, points: pd.DataFrame, auroc: float, title: str) -> None:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(4.6, 4.6), layout="constrained")
        axes.plot([0, 1], [0, 1], color="#999999", linestyle=":", label="a coin")
        for model, rows in points.groupby("model"):
            axes.plot(rows["fpr"], rows["tpr"], linewidth=1.8, label=model)
        axes.set(xlabel="1 - specificity", ylabel="sensitivity", title=f"{title}\nAUROC {auroc:.4f}",
                 xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.legend(loc="lower right")
        save(figure, path)


def precision_recall(path: Path, points: pd.DataFrame, average_precision: float, prevalence: float, title: str) -> None:
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(4.6, 4.6), layout="constrained")
        axes.axhline(prevalence, color="#999999", linestyle=":", label="always COVID-19")
        for model, rows in points.groupby("model"):
            axes.plot(rows["recall"], rows["precision"], linewidth=1.8, label=model)
        axes.set(xlabel="sensitivity (recall)", ylabel="precision", title=f"{title}\nAverage precision "
                 f"{average_precision:.4f}", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
        axes.legend(loc="lower left")
        save(figure, path)


def curves(path: Path, table: pd.DataFrame, title: str) -> None:
    """Loss on training and inner pictures by epoch, a pair of lines a model."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
        for number, (model, rows) in enumerate(table.groupby("model")):
            colour = COLOURS[number % len(COLOURS)]
            axes.plot(rows["epoch"] + 1, rows["train_loss"], color=colour, linestyle="--", linewidth=1.2)
            axes.plot(rows["epoch"] + 1, rows["inner_loss"], color=colour, linewidth=1.8, label=model)
        axes.plot([], [], color=INK, linestyle="--", linewidth=1.2, label="training pictures (augmented)")
        axes.plot([], [], color=INK, linewidth=1.8, label="inner pictures (never trained on)")
        axes.set(xlabel="epoch", ylabel="cross-entropy", title=title)
        axes.set_yscale("log")  # from random weights one early epoch can lie a hundred times above the last
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(fontsize=8)
        save(figure, path)
