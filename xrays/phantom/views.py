"""The views of a subject: frontal, lateral, and an axial slice as of a CT."""

import numpy as np

from xrays.phantom.anatomy import (
    LUNG_DENSITY, PX_CM, TOP_CM, Chest, Subject, X, Y, ellipsoid, frontal_soft_tissue, ramp,
)
from xrays.phantom.randomness import smooth_field
from xrays.phantom.skeleton import blank, bone_along, bones, layer
from xrays.phantom.vessels import vascular_tree

SLICE_DEPTH_CM = 16.0  # the slice is shown as if it were this thick: same film as the other views


def frontal(subject: Subject, rng: np.random.Generator, inspiration: float) -> Chest:
    """Chest from the front; `inspiration` in cm lowers the diaphragm."""
    soft, air, outward, down = frontal_soft_tissue(subject, rng, inspiration)
    inflated = ramp((air.sum(axis=0) - 1.5) / 3)
    soft = soft + vascular_tree(subject, rng, inspiration) * inflated
    return Chest(soft, bones(subject), air, outward, down)


def lateral(subject: Subject, rng: np.random.Generator, inspiration: float) -> Chest:
    """Chest from the left side: both lungs in one field, sternum at the left, spine at the right."""
    curve = 1.6 * ((Y - 2) / 14) ** 2  # the spine is convex backwards
    back, front = 9.6 - curve, -8.4 + 4.0 * ramp((-2 - Y) / 18) * 2
    v = np.clip((Y - subject.apex) / (subject.base + inspiration + 4 - subject.apex), 0.0, 1.0)
    centre, half = (back + front) / 2, np.maximum((back - front) / 2, 1.0)
    outward = np.clip((X - centre) / half, -1.0, 1.0)
    dome = subject.base + inspiration - 1 + 5.5 * np.clip((X - front) / 18 - 0.3, 0, 1) ** 2
    above = ramp((dome - Y) / 0.9) * ramp((Y - subject.apex - 2) / 8)
    lung = 16 * np.sqrt(1 - outward**4) * above
    heart = 0.62 * ellipsoid(-3.4, subject.base - 3.6, 6.2, 5.0, 0.5, 2.4) + 0.3 * ellipsoid(0.5, -4.5, 2.6, 4.5)
    air = lung * (1 - np.minimum(heart, 0.8))
    width = half + 3.4 + 0.7 * subject.fat
    outline = np.sqrt(np.clip(1 - np.abs((X - centre - 0.6) / width) ** 3, 0, 1))
    body = 27 * outline * (0.62 + 0.38 * ramp((Y + 12) / 10))
    soft = body - (1 - LUNG_DENSITY) * air + 0.4 * smooth_field(rng, X.shape, 1.4 / PX_CM)
    bone = lateral_bones(back) * (body > 1)
    return Chest(np.maximum(soft, 0), bone, air[None], outward[None], v[None])


def lateral_bones(back: np.ndarray) -> np.ndarray:
    """Vertebral bodies one above the other, slanting ribs of both sides, the sternum."""
    canvas = blank()
    t = np.linspace(0.0, 1.0, 24)
    for rib in range(9):
        for offset in (0.0, 0.7):
            y = -12 + 2.5 * rib + offset + 7.5 * t**1.4
            bone_along(canvas, 9.8 - 16.5 * t + 1.2 * np.sin(np.pi * t), y, 0.8, 110)
    bone_along(canvas, -7.4 - 2.0 * t, -10 + 16 * t, 1.0, 180)
    x = X - back - 1.2
    phase = np.abs((Y / 2.5) % 1.0 - 0.5) * 2
    bodies = ramp((1.5 - np.abs(x)) / 0.3) * (1.0 - 0.6 * ramp((phase - 0.78) / 0.3))
    return 1.0 * layer(canvas) + 1.1 * bodies


def axial(subject: Subject, rng: np.random.Generator, inspiration: float) -> Chest:
    """A slice through both lungs, front at the top, as orphan files of the real archive show it."""
    body = ramp(6 * ellipsoid(0, 2, subject.half_width + 2 + subject.fat, 11 + 0.5 * subject.fat, power=2.5) - 0.4)
    lungs, outward, down = [], [], []
    for side in (-1, 1):
        x = side * 7.2
        wide = 4.9 - 0.7 * (side > 0)
        lungs.append(ramp(5 * ellipsoid(x, 2.2, wide, 7.6 + 0.2 * inspiration, 0.1 * side, 2.4) - 0.5))
        radius = np.sqrt(((X - x) / wide) ** 2 + ((Y - 2.2) / 7.6) ** 2)
        outward.append(np.clip(2 * radius - 1, -1, 1))
        down.append(np.clip((Y + 5) / 15, 0, 1))
    heart = ramp(5 * ellipsoid(1.5, -0.5, 5.2, 4.6, 0.5) - 0.4)
    air = np.stack(lungs) * (1 - heart) * SLICE_DEPTH_CM
    dots = np.clip(smooth_field(rng, X.shape, 0.3 / PX_CM) - 1.7, 0, 1) * 9 * (air.sum(axis=0) > 4)
    soft = body * SLICE_DEPTH_CM - (1 - 0.12) * air.sum(axis=0) + dots
    shell = ellipsoid(0, 2, subject.half_width + 0.6, 9.9, power=2.5)
    wall = (shell > 0) & (shell < 0.36)
    gaps = ramp(np.abs(((np.arctan2(Y - 2, X) * 2.4) % 1.0) - 0.5) * 8 - 1.2)
    vertebra = ramp(4 * ellipsoid(0, 8.2, 1.9, 1.7) - 0.3) + ramp(4 * ellipsoid(0, 11, 0.7, 2.0) - 0.3)
    bone = 3.2 * wall * gaps + 5 * np.minimum(vertebra, 1) * (Y > TOP_CM)
    return Chest(np.maximum(soft, 0), bone, air, np.stack(outward), np.stack(down))


VIEWS = {"PA": frontal, "AP": frontal, "AP Supine": frontal, "L": lateral, "Axial": axial}
