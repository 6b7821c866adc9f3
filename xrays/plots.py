"""The plots of an evaluation: confusion matrices with their numbers, ROC, precision and recall, learning curves,
reliability, net benefit.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from xrays.figures import BLUES, COLOURS, INK, STYLE, save


def confusion(path: Path, matrix: pd.DataFrame, title: str, normalized: bool) -> None:
    """The matrix with its numbers in the cells; normalized: the share of each row, the counts below it."""
    share = matrix.div(matrix.sum(axis=1), axis=0).fillna(0)
    with plt.rc_context(STYLE | {"axes.grid": False}):
        figure, axes = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
        axes.imshow(share, cmap=BLUES, vmin=0, vmax=1)
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


def reliability(path: Path, table: pd.DataFrame, title: str) -> None:
    """Share of COVID-19 by the probability that was said, a line a model, with the interval of each bin."""
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(5.2, 5.0), layout="constrained")
        axes.plot([0, 1], [0, 1], color="#999999", linestyle=":", label="says what it means")
        for number, (model, rows) in enumerate(table.groupby("model", sort=False)):
            colour = COLOURS[number % len(COLOURS)]
            axes.vlines(rows["said"], rows["low"], rows["high"], color=colour, linewidth=1, alpha=0.5)
            axes.plot(rows["said"], rows["seen"], color=colour, marker="o", markersize=4, linewidth=1.4, label=model)
        axes.set(xlabel="probability that was said (mean of a tenth of the pictures)",
                 ylabel="share of COVID-19 among them", title=title, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02),
                 aspect="equal")
        axes.legend(loc="upper left", fontsize=8)
        save(figure, path)


def net_benefit(path: Path, table: pd.DataFrame, title: str) -> None:
    """Net benefit by threshold, a line a model, beside calling all and calling none."""
    best = max(table["net_benefit"].max(), 0.01)
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(figsize=(6.0, 4.2), layout="constrained")
        for model, rows in table.groupby("model", sort=False):
            plain = {"treat all": "--", "treat none": ":"}.get(model)
            style = {"color": "#777777", "linestyle": plain, "linewidth": 1.2} if plain else {"linewidth": 1.8}
            axes.plot(rows["threshold"], rows["net_benefit"], label=model, **style)
        axes.set(xlabel="threshold: the calibrated probability from which one would act",
                 ylabel="net benefit a picture", title=title, xlim=(0, 1), ylim=(-0.25 * best, 1.1 * best))
        axes.legend(loc="upper right", fontsize=8)
        save(figure, path)
