"""The bytes of a picture file: grey, RGB and tinted JPEG; RGBA, palette and 16-bit PNG; ruined ones."""

import io
import zlib

import numpy as np
from PIL import Image

TINT = np.array([1.0, 0.96, 0.86])  # of a film photographed in warm light
TRUNCATED_SHARE = 0.4
WEB_PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n"


def in_mode(picture: np.ndarray, mode: str) -> Image.Image:
    """A uint8 grey picture (height, width) as a Pillow image of that mode."""
    grey = Image.fromarray(picture)
    if mode == "tinted":
        return Image.fromarray(np.rint(picture[..., None] * TINT).astype(np.uint8))
    if mode == "P":
        indexed = Image.fromarray(picture)
        indexed.putpalette([level for grey_level in range(256) for level in (grey_level,) * 3])
        return indexed
    if mode == "I;16":
        return Image.fromarray(picture.astype(np.uint16) * 257)
    return grey if mode == "L" else grey.convert(mode)


def encoded(picture: np.ndarray, mode: str, quality: int) -> bytes:
    """The file; JPEG for the modes L, RGB and tinted, PNG for all others. No metadata, no time."""
    buffer = io.BytesIO()
    image = in_mode(picture, mode)
    if mode in ("L", "RGB", "tinted"):
        image.save(buffer, "JPEG", quality=quality)
    else:
        # Run lengths only: builds of zlib search for longer matches differently from CPU to CPU.
        image.save(buffer, "PNG", compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def mask_file(lungs: np.ndarray, lesions: np.ndarray) -> bytes:
    """A grey PNG of two boolean masks (height, width): 0 outside, 128 lung, 255 lesion."""
    levels = np.where(lesions, 255, np.where(lungs, 128, 0)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG", compress_type=zlib.Z_RLE)
    return buffer.getvalue()


def ruined(file: bytes, state: str) -> bytes:
    """What is left of a file: all of it ("whole"), its first 40 % ("truncated"), a web page ("html")."""
    if state == "truncated":
        return file[: int(TRUNCATED_SHARE * len(file))]
    return WEB_PAGE if state == "html" else file
