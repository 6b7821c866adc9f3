"""The soft tissue and the air of a frontal chest, as thickness maps.

Every map lies on one grid, 48 cm wide, in the subject's own frame: x grows to the right of the
picture (the subject's left), y downwards, the origin in the midline at the height of the hila.
"""

from dataclasses import dataclass

import numpy as np

from xrays.phantom.randomness import smooth_field
from xrays.phantom.subject import Subject

GRID_PX = 320
PX_CM = 0.15
TOP_CM = -22.0
X, Y = np.meshgrid(
    (np.arange(GRID_PX) + 0.5) * PX_CM - GRID_PX * PX_CM / 2,
    (np.arange(GRID_PX) + 0.5) * PX_CM + TOP_CM,
)

LUNG_DENSITY = 0.27  # of water, inflated
CHEST_DEPTH_CM = 21.0
LUNG_DEPTH_CM = 14.0
APEX_X_CM = 5.0


@dataclass(frozen=True)
class Chest:
    """Thickness maps of one view of one subject, shape (320, 320), lengths in cm.

    `air`, `outward` and `down` have one layer a lung field, shape (fields, 320, 320): aerated depth
    along the ray, place from medial (-1) to pleural (1), and from apex (0) to base (1).
    """

    soft: np.ndarray  # water equivalent
    bone: np.ndarray
    air: np.ndarray
    outward: np.ndarray
    down: np.ndarray

    @property
    def lungs(self) -> np.ndarray:
        return self.air.sum(axis=0) > 1.0


def ramp(value: np.ndarray) -> np.ndarray:
    """0 below -0.5, 1 above 0.5, smooth between: the soft edge of everything here."""
    t = np.clip(value + 0.5, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def ellipsoid(x: float, y: float, rx: float, ry: float, tilt: float = 0.0, power: float = 2.0) -> np.ndarray:
    """Relative depth along the ray of a (super)ellipsoid: 1 in the centre, 0 outside."""
    cos, sin = np.cos(tilt), np.sin(tilt)
    along = ((X - x) * cos + (Y - y) * sin) / rx
    across = ((Y - y) * cos - (X - x) * sin) / ry
    # Powers of the squares: NumPy has a fast path for the exponents 1 and 2, which are the most used.
    return np.sqrt(np.clip(1 - (along * along) ** (power / 2) - (across * across) ** (power / 2), 0.0, 1.0))


def chest_wall(subject: Subject, side: int, y: np.ndarray) -> np.ndarray:
    """Distance from the midline to the inner chest wall at height y, side -1 (picture left) or 1."""
    v = np.clip((y - subject.apex) / (0.78 * (subject.base + 5 - subject.apex)), 0.0, 1.0)
    roundness = 2.3 + 0.5 * subject.childhood
    bulge = np.sqrt(1 - (1 - v) ** roundness)
    return APEX_X_CM + (subject.half_width * (1 + side * subject.asymmetry) - APEX_X_CM) * bulge


def body_depth(subject: Subject) -> np.ndarray:
    """Depth of the body along the ray: neck, sloping shoulders, trunk, air outside; in cm."""
    trunk = subject.half_width + 1.7 + 0.75 * subject.fat
    heights = np.array([-22, -18.5, -16.5, -14.5, -12.5, -10, -5, 0, 12, 26])
    shift = subject.apex + 13.2
    half_width = np.interp(
        Y, heights + shift,
        np.array([6.0, 6.6, 9.0, 14.5, 19.5, 21.5, 19.5, trunk + 0.9, trunk, trunk + 0.6]),
    )
    depth = np.interp(Y, heights + shift, [11.5, 12, 12.5, 13, 14.5, 16.5, 19, CHEST_DEPTH_CM, 22.5, 23.5])
    depth = depth + 0.8 * subject.fat
    return depth * np.sqrt(np.clip(1 - (np.abs(X) / half_width) ** 2.6, 0.0, 1.0))


def lung_field(subject: Subject, side: int, inspiration: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth (cm) of one lung before the mediastinum is carved out of it, and its coordinates."""
    x = side * X
    dome = subject.base + inspiration + (1.4 if side > 0 else 0.0)
    v = (Y - subject.apex) / (dome + 5 - subject.apex)
    lateral = chest_wall(subject, side, Y)
    v_top = np.clip(v / 0.28, 0.0, 1.0)
    medial = APEX_X_CM - (APEX_X_CM - 0.6) * np.sqrt(v_top * (2 - v_top))
    centre, half = (lateral + medial) / 2, np.maximum((lateral - medial) / 2, 0.05)
    outward = np.clip((x - centre) / half, -1.0, 1.0)
    profile = np.sqrt(1 - (outward * outward) ** 2)
    taper = 0.4 + 0.6 * ramp((v - 0.2) / 0.5)
    offset = (x - 0.5 * subject.half_width) / (0.5 * subject.half_width)
    diaphragm = dome + np.where(offset > 0, 4.4 * offset**2, 1.2 * offset**2)
    above = ramp((diaphragm - Y) / 0.9) * (v > 0)
    return LUNG_DEPTH_CM * profile * taper * above, outward, np.clip(v, 0.0, 1.0)


def mediastinal_occupancy(subject: Subject, inspiration: float) -> np.ndarray:
    """Share of the lung's depth that heart and great vessels take, 0 to 1."""
    dome = subject.base + inspiration
    heart = subject.cardiothoracic_ratio * subject.half_width  # half of its width
    to_left = 0.34 * heart  # two thirds of the heart lie left of the midline
    width = subject.mediastinum
    organs = (
        0.95 * ellipsoid(0.0, subject.apex - 2, width, 14.5, power=4),
        0.95 * ellipsoid(0.0, dome, width + 0.6, 13, power=4),
        0.85 * ellipsoid(width - 0.2, -6.2, subject.knob, subject.knob + 0.3),
        0.80 * ellipsoid(0.7 * width, -2.4, 2.3, 3.6, power=2.4),  # pulmonary trunk
        0.70 * ellipsoid(-width + 0.3, -4.5, 1.1, 6.5),  # superior vena cava
        0.92 * ellipsoid(to_left, dome - 4.2, heart * 1.12, heart * 0.74, subject.heart_tilt, 2.2),
        0.80 * ellipsoid(-0.3 * heart, dome - 3.8, heart * 0.56, 5.4),  # right atrium
        0.50 * ellipsoid(0.45 * heart, dome + 1.0, heart * 0.95, 3.2),  # fat at the apex
    )
    free = np.ones_like(X)
    for organ in organs:
        free *= 1 - organ
    return 1 - free


def abdominal_gas(subject: Subject, rng: np.random.Generator, inspiration: float) -> np.ndarray:
    """Depth of air in the stomach and a loop of bowel below the left dome, in cm."""
    dome = subject.base + inspiration
    x, y, tilt = rng.normal(6.8, 1.0), dome + rng.uniform(3.6, 4.6), rng.uniform(-0.6, 0.6)
    stomach = ellipsoid(x, y, rng.uniform(1.6, 3.2), rng.uniform(0.9, 1.9))
    bowel = ellipsoid(x + rng.normal(2, 1), y + rng.uniform(3, 5), rng.uniform(1, 2.2), 1.0, tilt)
    return 6 * stomach * (rng.random() < 0.75) + 4 * bowel * (rng.random() < 0.5)


def breasts(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """Added soft tissue of breasts, sharp at the lower edge, in cm; none in men and children."""
    if subject.sex != "F" or subject.age < 14:
        return np.zeros_like(X)
    radius, sag = rng.uniform(4.2, 6.2), rng.normal(4.8, 1.2)
    size = rng.uniform(0.4, 2.6)
    return size * sum(ellipsoid(side * 8.2, sag, radius, radius * 0.95, power=2.4) for side in (-1, 1))


def airway(subject: Subject) -> np.ndarray:
    """Depth of air in the trachea and the main bronchi, in cm."""
    deviation = -0.25 - 0.02 * (Y + 20)
    trachea = np.sqrt(np.clip(1 - ((X - deviation) / 0.85) ** 2, 0, 1)) * ramp((-5.0 - Y) / 1.5)
    bronchi = 0.6 * ellipsoid(-2.0, -3.6, 2.2, 0.5, 0.75) + 0.5 * ellipsoid(1.7, -3.4, 2.4, 0.45, -0.55)
    return 2.3 * np.maximum(trachea * ramp((Y - subject.apex + 7) / 4), bronchi)


def frontal_soft_tissue(
    subject: Subject, rng: np.random.Generator, inspiration: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Soft tissue without vessels (cm of water), and air, outward, down of both lungs."""
    fields = [lung_field(subject, side, inspiration) for side in (-1, 1)]
    free = 1 - mediastinal_occupancy(subject, inspiration)
    air = np.stack([depth for depth, _, _ in fields]) * free
    muscle = 0.45 * smooth_field(rng, X.shape, 1.8 / PX_CM) + 0.18 * smooth_field(rng, X.shape, 0.35 / PX_CM)
    body = body_depth(subject)
    soft = body - (1 - LUNG_DENSITY) * air.sum(axis=0) + breasts(subject, rng) + muscle * (body > 2)
    soft -= airway(subject) + abdominal_gas(subject, rng, inspiration)
    return np.maximum(soft, 0.0), air, np.stack([f[1] for f in fields]), np.stack([f[2] for f in fields])
