"""What is done to a picture before the network is asked about it again: where does its answer come from?

Each takes uint8 pictures (n, s, s) and their lungs, bool (n, s, s), and returns uint8 (n, s, s). Occlusion after
Maguolo and Nanni (Information Fusion 76 (2021) 1): a network that still tells the classes apart without lungs has
learned their source.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy import ndimage

Variant = Callable[[np.ndarray, np.ndarray], np.ndarray]
MARGIN = 0.03  # of the side: soft edges of the lungs go too
FRAME = 1 / 8  # of the side, left by `border`
BAR = 1 / 16  # of the side, black at left and right
CROP = 0.85  # of the side, kept by `cropped`
QUALITY = 40  # of `jpeg`
STROKE, WIDEST = 0.05, 0.15  # of the side: a letter's strokes are no wider, the letter no larger
CONTRAST = 60  # grey levels that its strokes are brighter by; with 40, bits of ribs went too (on 42 % of pictures, not 26 %)
LETTER = ("11110", "10001", "10001", "11110", "10100", "10010", "10001")


def boxes(lungs: np.ndarray) -> np.ndarray:
    """The upright box around the lungs of each picture with its margin, bool (n, s, s): no outline of them is left."""
    size = lungs.shape[-1]
    margin, found = round(MARGIN * size), np.zeros_like(lungs)
    for box, mask in zip(found, lungs):
        rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            top, left = max(rows[0] - margin, 0), max(columns[0] - margin, 0)
            box[top:rows[-1] + margin + 1, left:columns[-1] + margin + 1] = True
    return found


def widened(lungs: np.ndarray) -> np.ndarray:
    """The lungs with a margin."""
    margin = round(MARGIN * lungs.shape[-1])
    return ndimage.binary_dilation(lungs, np.ones((1, 2 * margin + 1, 2 * margin + 1)))


def filled(pictures: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """With the mean grey of what is left wherever gone, bool (n, s, s), is true; black where nothing is left."""
    left = np.where(gone, 0, pictures).sum(axis=(1, 2), dtype=np.int64)
    grey = left // np.maximum((~gone).sum(axis=(1, 2)), 1)
    return np.where(gone, grey[:, None, None], pictures).astype(np.uint8)


def full(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """As it is."""
    return pictures


def occluded(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """Without the lungs' box. Its place and size are still to be seen."""
    return filled(pictures, boxes(lungs))


def border(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """The outer frame only."""
    inside = np.zeros(pictures.shape[1:], bool)
    width = round(FRAME * pictures.shape[-1])
    inside[width:-width, width:-width] = True
    return filled(pictures, np.broadcast_to(inside, pictures.shape))


def only_lungs(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """Nothing outside the lungs but their outline."""
    return filled(pictures, ~lungs)


def painted(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """Without letters: small, thin, bright things outside the lungs, painted over with the grey around them.

    What is thin and bright is what a grey opening takes away; the opened picture is also the paint. Parts of ribs and
    clavicles that look like it go too.
    """
    size, outside = pictures.shape[-1], ~widened(lungs)
    width = max(3, round(STROKE * size) | 1)
    result = pictures.copy()
    for picture, free in zip(result, outside):
        opened = ndimage.grey_opening(picture, (width, width))
        thin = (picture - opened >= CONTRAST) & free
        things, _ = ndimage.label(thin, np.ones((3, 3)))
        small = [number for number, place in enumerate(ndimage.find_objects(things), start=1)
                 if max(side.stop - side.start for side in place) <= WIDEST * size]
        gone = ndimage.binary_dilation(np.isin(things, small), np.ones((3, 3))) & free  # a stroke's soft edge as well
        picture[gone] = np.minimum(picture, opened)[gone]
    return result


def marker(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """With a white R at the upper left, as radiographers put it."""
    size = pictures.shape[-1]
    dot = max(1, round(size / 64))
    glyph = np.array([[int(cell) for cell in row] for row in LETTER], bool).repeat(dot, 0).repeat(dot, 1)
    result, row, column = pictures.copy(), round(0.08 * size), round(0.06 * size)
    result[:, row:row + glyph.shape[0], column:column + glyph.shape[1]][:, glyph] = 245
    return result


def bars(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """With black bars at the sides."""
    result, width = pictures.copy(), round(BAR * pictures.shape[-1])
    result[:, :, :width] = result[:, :, -width:] = 0
    return result


def flipped(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """Left and right exchanged."""
    return pictures[:, :, ::-1].copy()


def cropped(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """The middle, enlarged to the whole."""
    size = pictures.shape[-1]
    edge = round((1 - CROP) / 2 * size)
    box = (edge, edge, size - edge, size - edge)
    found = [Image.fromarray(picture).crop(box).resize((size, size), Image.Resampling.LANCZOS) for picture in pictures]
    return np.array([np.asarray(picture) for picture in found], np.uint8).reshape(pictures.shape)


def jpeg(pictures: np.ndarray, lungs: np.ndarray) -> np.ndarray:
    """Saved once more as JPEG of low quality."""
    return np.array([_saved(picture) for picture in pictures], np.uint8).reshape(pictures.shape)


def _saved(picture: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=QUALITY)
    with Image.open(buffer) as again:
        return np.asarray(again)


ALL: dict[str, Variant] = {
    "full": full, "occluded": occluded, "border": border, "lungs": only_lungs, "painted": painted, "marker": marker,
    "bars": bars, "flipped": flipped, "cropped": cropped, "jpeg": jpeg,
}
