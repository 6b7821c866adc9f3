"""One picture of what a headline is worth: trivial baselines and the network's variants on one scale."""

from pathlib import Path

import matplotlib.pyplot as plt

from xrays import figures
from xrays.reliance import Measured

WORDS = {
    "file": "facts of the file", "frame": "black share of a frame", "grey": "mean and spread of grey",
    "grey_without_lungs": "the same outside the lungs",
    "histogram": "grey histogram", "ring": "rim of a 16x16 thumbnail", "thumbnail": "16x16 thumbnail",
    "thumbnail_without_lungs": "thumbnail, lungs cut out", "full": "network", "occluded": "network, lungs cut out",
    "border": "network, frame only", "lungs": "network, lungs only", "painted": "network, letters painted over",
    "marker": "network, an R put in", "bars": "network, black bars put in", "flipped": "network, mirrored",
    "cropped": "network, cropped", "jpeg": "network, saved once more",
}


def draw(path: Path, baselines: dict[str, Measured], variants: dict[str, Measured], title: str) -> None:
    """AUROCs with 95 % intervals: regressions without a network above, the network's variants below."""
    with plt.rc_context(figures.STYLE):
        entries = [*baselines.items(), *variants.items()]
        figure, axes = plt.subplots(figsize=(7.2, 0.3 * len(entries) + 1.6), layout="constrained")
        for place, (name, one) in enumerate(entries):
            colour = figures.COLOURS[1] if place < len(baselines) else figures.COLOURS[0]
            axes.plot([one.low, one.high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
            axes.plot(one.value, place, "o", color=colour, markersize=8 if name == "full" else 6)
            axes.text(1.02, place, f"{one.value:.3f}", va="center", fontsize=9, transform=axes.get_yaxis_transform())
        axes.axvline(0.5, color="#999999", linestyle=":", label="a coin")
        axes.axhline(len(baselines) - 0.5, color=figures.GRID, linewidth=1)
        axes.set_yticks(range(len(entries)), [WORDS[name] for name, _ in entries])
        lowest = min([0.4, *(one.low for _, one in entries)])
        axes.set(xlabel="AUROC on held-out pictures", xlim=(lowest - 0.02, 1.01), title=title)
        axes.set_ylim(len(entries) - 0.4, -0.6)
        axes.plot([], [], "o-", color=figures.COLOURS[1], label="no network: logistic regression")
        axes.plot([], [], "o-", color=figures.COLOURS[0], label="the network")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
        figures.save(figure, path)
