"""One picture: from any file that claims to be a chest X-ray to grey values on one scale, or a reason why not.

The classic trap: Pillow's convert("L") clips 16-bit files to white (mean 127 becomes 251), so depth is scaled first.
"""

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MAX_PIXELS = 50_000_000  # the largest known original has 12.6 million; Pillow itself warns only above 89 million
TOO_MANY = f"more than {MAX_PIXELS // 1_000_000} megapixels"
MIN_SIDE = 64  # pixels; below it there is no lung to see
MAX_ASPECT = 3.0  # the known originals lie between 0.80 and 1.67
LEAST_WHITE = 4096  # of 65535: a 12-bit picture that nobody scaled keeps 16 of 256 greys


class Unusable(Exception):
    """Why a file cannot serve as a picture, in a few words for the manifest."""


def decode(path: Path) -> tuple[np.ndarray, str]:
    """Read a JPEG or PNG: grey uint8 (height, width), and the mode it was stored in (Pillow's word: L, RGB, I;16, …).

    Raises Unusable with the reason.

    What is the machine's fault and not the file's (OSError, MemoryError) passes: it must not change who is studied.
    """
    if not path.is_file():
        raise Unusable("file missing")
    content = io.BytesIO(path.read_bytes())
    try:
        # Warnings are of broken EXIF and the like: pixels are judged below.
        with warnings.catch_warnings(action="ignore"), Image.open(content, formats=("JPEG", "PNG")) as picture:
            _check_size(*picture.size)
            if getattr(picture, "n_frames", 1) > 1:
                raise Unusable("several frames in one file")
            grey, mode = np.asarray(_grey(ImageOps.exif_transpose(picture))), picture.mode
    except Image.DecompressionBombError:  # Pillow's own limit, above 178 million, comes before ours
        raise Unusable(TOO_MANY) from None
    except (Unusable, MemoryError):
        raise
    except Exception:  # a broken chunk can end Pillow's decoders in any error; one file must not end the stage
        raise Unusable("unreadable") from None
    if grey.min() == grey.max():
        raise Unusable("one grey value only")
    return grey, mode


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Unusable(TOO_MANY)
    if min(width, height) < MIN_SIDE:
        raise Unusable(f"smaller than {MIN_SIDE} pixels")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Unusable(f"more than {MAX_ASPECT:g} times as long as wide")


def _grey(picture: Image.Image) -> Image.Image:
    """8-bit grey: 16 bits are scaled, transparency shows white as in a viewer, colour becomes luminance."""
    if picture.mode.startswith("I"):
        deep = np.asarray(picture).astype(np.uint32)
        if 0 < deep.max() < LEAST_WHITE:
            raise Unusable("12 bits in a 16-bit file")
        return Image.fromarray((deep // 257).astype(np.uint8))
    if picture.mode == "F":
        raise Unusable("floating-point pixels")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB").convert("L") if picture.mode != "L" else picture


def prepare(grey: np.ndarray, size: int, fit: str) -> np.ndarray:
    """Square uint8 (size, size): the centre (crop) or everything, bent (squash). Integer arithmetic on every CPU."""
    return np.asarray(square(Image.fromarray(grey), fit).resize((size, size), Image.Resampling.LANCZOS))


def square(picture: Image.Image, fit: str) -> Image.Image:
    """The part of a picture that is kept: the largest square in its centre (crop) or all of it (squash)."""
    if fit == "squash":
        return picture
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))
