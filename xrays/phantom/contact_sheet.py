"""The phantom on one page: `python -m xrays.phantom.contact_sheet OUT.png [--seed N]`.

Normals, COVID-19 by severity, other pneumonias, and the views that a filter has to drop; every tile
carries the word SYNTHETIC. The same seed gives the same bytes.
"""

import argparse
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from xrays.phantom.drawing import draw
from xrays.phantom.presets import PRESETS
from xrays.phantom.randomness import stream

TILE_PX, CAPTION_PX = 300, 16
# Rows of (caption, finding, severity, view).
SHEET: tuple[tuple[tuple[str, str, float, str], ...], ...] = (
    tuple(("Normal", "Normal", 0.0, "PA") for _ in range(5)),
    tuple((f"COVID-19, severity {s:.2f}", "COVID-19", s, "PA") for s in (0.0, 0.15, 0.3, 0.4, 0.5)),
    tuple((f"COVID-19, severity {s:.2f}", "COVID-19", s, "PA") for s in (0.6, 0.7, 0.8, 0.9, 1.0)),
    (
        ("bacterial, lobar", "bacteria", 0.7, "PA"), ("viral, interstitial", "Virus", 0.7, "PA"),
        ("SARS", "SARS", 0.6, "PA"), ("ARDS", "ARDS", 0.7, "AP"),
        ("Streptococcus", "Streptococcus", 0.7, "PA"),
    ),
    (
        ("Normal, lateral", "Normal", 0.0, "L"), ("COVID-19, lateral", "COVID-19", 0.8, "L"),
        ("COVID-19, CT-like slice", "COVID-19", 0.8, "Axial"), ("Normal, AP", "Normal", 0.0, "AP"),
        ("Normal, child", "Normal", 0.0, "PA"),
    ),
)


def tile(seed: int, name: str, caption: str, finding: str, severity: float, view: str) -> Image.Image:
    """One captioned picture, TILE_PX square, of the `clean` preset's site."""
    rng = stream(seed, name, "sheet")
    age = 6 if caption.endswith("child") else int(rng.integers(25, 85))
    site = replace(PRESETS["clean"].sites[0], aspect=(1.0, 1.0), width_px=(TILE_PX, TILE_PX))
    drawing = draw(
        seed, name, 0, sex=str(rng.choice(["M", "F"])), age=age, finding=finding, severity=severity,
        view=view, site=site,
    )
    framed = Image.new("L", (TILE_PX, TILE_PX + CAPTION_PX))
    framed.paste(Image.fromarray(drawing.picture), (0, 0))
    # Pillow's own bitmap font: an outline font would be drawn differently by each FreeType.
    text = f"SYNTHETIC  {caption}"
    ImageDraw.Draw(framed).text((4, TILE_PX + 2), text, fill=255, font=ImageFont.load_default_imagefont())
    return framed


def contact_sheet(seed: int) -> Image.Image:
    """All tiles, one row of five a group, as a grey image."""
    rows = [
        np.hstack([np.asarray(tile(seed, f"sheet-{r}-{c}", *entry)) for c, entry in enumerate(row)])
        for r, row in enumerate(SHEET)
    ]
    return Image.fromarray(np.vstack(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="PNG file to write")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    contact_sheet(arguments.seed).save(arguments.out, "PNG", compress_type=zlib.Z_RLE)


if __name__ == "__main__":
    main()
