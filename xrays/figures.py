"""One look for every picture the project draws, saved with the same bytes on every run."""

from pathlib import Path

import matplotlib

matplotlib.rcdefaults()  # a person's own matplotlibrc would change the bytes
matplotlib.use("Agg")  # no display is needed

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from xrays import files  # noqa: E402

# By name a colormap has as many colours as image.lut of a person's matplotlibrc says: it is read on import.
BLUES, GREYS = (matplotlib.colormaps[name].resampled(256) for name in ("Blues", "gray"))
INK, GRID = "#222222", "#d9d9d9"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe and Ito: safe for the colour-blind
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 10, "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": GRID, "grid.linewidth": 0.6,
    "axes.axisbelow": True, "axes.titlesize": 11, "axes.titleweight": "bold", "figure.dpi": 110,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS), "legend.frameon": False,
}


def titled(text: str, stamps: list[str]) -> str:
    """A title with what must be said of the data under it."""
    return "\n".join([text, *stamps])


def save(figure: Figure, path: Path) -> None:
    """Write a PNG without the version of the software in it, and forget the figure."""
    with files.whole(path) as unfinished:
        figure.savefig(unfinished, format="png", metadata={"Software": None})
    plt.close(figure)
