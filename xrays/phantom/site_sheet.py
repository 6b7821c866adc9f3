"""The shortcuts on one page: `python -m xrays.phantom.site_sheet OUT.png [--seed N]`.

One patient at site A and at site B: without a shortcut, with each one alone, with all; below, other patients at the
external hospital, and their masks. Pictures as files hold them, in the middle square. The same seed, the same bytes.
"""

import argparse
import io
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from xrays.phantom.archive import drawn, picture_file
from xrays.phantom.encoding import mask_file
from xrays.phantom.people import Hospitals, Picture, drawn_patient, visits_of
from xrays.phantom.presets import SHORTCUTS, Elsewhere, Preset

TILE_PX, CAPTION_PX = 128, 14
GREYS = 32  # enough for a page, and half the bytes of 256


def picture_of(hospitals: Hospitals, seed: int, finding: str, index: int) -> Picture:
    return next(visits_of(seed, drawn_patient(hospitals, seed, finding, index, mode="L")))


def square(file: bytes) -> np.ndarray:
    """The middle square of a picture file, TILE_PX wide."""
    image = Image.open(io.BytesIO(file)).convert("L")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return np.asarray(image.crop((left, top, left + side, top + side)).resize((TILE_PX, TILE_PX), Image.Resampling.BOX))


def captioned(picture: np.ndarray, caption: str) -> np.ndarray:
    framed = Image.new("L", (TILE_PX, TILE_PX + CAPTION_PX))
    framed.paste(Image.fromarray(picture // (256 // GREYS) * (256 // GREYS)), (0, 0))
    # Pillow's own bitmap font: an outline font would be drawn differently by each FreeType.
    ImageDraw.Draw(framed).text((2, TILE_PX + 2), caption, fill=255, font=ImageFont.load_default_imagefont())
    return np.asarray(framed)


def site_row(seed: int, site: int) -> np.ndarray:
    """One Normal at site A (0) or B (1), a tile for each set of shortcuts."""
    tiles = []
    for caption, shortcuts in (("none", ()), *((name, (name,)) for name in SHORTCUTS), ("all", tuple(SHORTCUTS))):
        picture = picture_of(Preset(1.0 - site, shortcuts), seed, "Normal", 0)
        file = picture_file(seed, picture, drawn(seed, picture))
        tiles.append(captioned(square(file), f"SYNTHETIC {'AB'[site]} {caption}"))
    return np.hstack(tiles)


def elsewhere_rows(seed: int) -> np.ndarray:
    """As many patients as there are tiles in a row, and below each the mask: lung grey, lesion white."""
    films, masks = [], []
    for index in range(len(SHORTCUTS) + 2):
        picture = picture_of(Elsewhere(), seed, ("Normal", "COVID-19")[index % 2], index)
        drawing = drawn(seed, picture)
        films.append(captioned(square(picture_file(seed, picture, drawing)), f"SYNTHETIC {picture.patient.finding}"))
        masks.append(captioned(square(mask_file(drawing.lungs, drawing.lesions)), "its mask"))
    return np.vstack([np.hstack(films), np.hstack(masks)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="PNG file to write")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sheet = np.vstack([site_row(arguments.seed, 0), site_row(arguments.seed, 1), elsewhere_rows(arguments.seed)])
    Image.fromarray(sheet).save(arguments.out, "PNG", compress_type=zlib.Z_RLE)


if __name__ == "__main__":
    main()
