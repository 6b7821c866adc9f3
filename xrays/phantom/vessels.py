"""Branching vessels of the lungs, drawn from the hila outwards; thickness in cm of water."""

import numpy as np
from PIL import Image, ImageDraw

from xrays.phantom.anatomy import PX_CM
from xrays.phantom.skeleton import OVERSAMPLING, blank, layer, pixels
from xrays.phantom.subject import Subject

HILUM_X_CM, HILUM_Y_CM = 3.6, -1.2
GENERATIONS = 5
TRUNK_CM = 0.78  # width of a lobar artery where it leaves the hilum
FULL_CM = 2.4  # thickness that the value 255 stands for


def branch(
    rng: np.random.Generator, x: float, y: float, angle: float, width: float, generation: int,
    segments: list[tuple[float, ...]],
) -> None:
    """Appends (width, x0, y0, x1, y1) of a branch and of all that spring from it, in cm."""
    length = rng.uniform(1.8, 3.0) * 0.93**generation
    bend = rng.normal(0, 0.12)
    for _ in range(2):
        end_x, end_y = x + np.cos(angle) * length / 2, y + np.sin(angle) * length / 2
        segments.append((width, x, y, end_x, end_y))
        x, y, angle = end_x, end_y, angle + bend
    if generation == GENERATIONS:
        return
    for turn in (rng.uniform(0.1, 0.5), -rng.uniform(0.1, 0.5)):
        branch(rng, x, y, angle + turn, width * rng.uniform(0.66, 0.8), generation + 1, segments)


def vascular_tree(subject: Subject, rng: np.random.Generator, inspiration: float) -> np.ndarray:
    """Vessels of both lungs, thin ones drawn first, shape (320, 320), in cm of water.

    Lower lobe arteries are the widest, as in anyone who stands upright.
    """
    segments: list[tuple[float, ...]] = []
    for side in (-1, 1):
        lift = -0.9 if side > 0 else 0.0  # the left hilum stands higher
        for angle in (-1.25, -0.75, -0.2, 0.3, 0.75, 1.15):
            heading = angle + rng.normal(0, 0.1)
            width = TRUNK_CM * (1.0 if angle > 0 else 0.75) * rng.uniform(0.85, 1.1)
            start_y = HILUM_Y_CM + lift + 0.2 * inspiration + 1.3 * angle
            branch(rng, side * HILUM_X_CM, start_y, heading if side > 0 else np.pi - heading, width, 0, segments)
    return FULL_CM * layer(painted(segments), 0.06)


def painted(segments: list[tuple[float, ...]]) -> Image.Image:
    canvas = blank()
    draw = ImageDraw.Draw(canvas)
    widths, x0, y0, x1, y1 = np.array(sorted(segments)).T
    for width, start, end in zip(widths.tolist(), pixels(x0, y0), pixels(x1, y1), strict=True):
        value = int(255 * min(1.0, 0.2 + 0.7 * width / TRUNK_CM))
        draw.line((start, end), fill=value, width=max(1, round(width * OVERSAMPLING / PX_CM)))
    return canvas
