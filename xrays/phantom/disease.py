"""Opacities: where pneumonias lie in the lungs, and how much of the air they replace.

The constants that make the study easy or hard stand at the top: lower DENSITY_COVID or
SPREAD_COVID, or raise ANATOMICAL_HAZE (which everyone has), and the AUROC falls. As they are, for
400 patients (492 pictures), patients kept apart: logistic regression on mean and sd of the grey
0.55, on 16x16 thumbnails 0.76, a four-layer network at 64 px 0.92. How severe patients are stands
in `people.SEVERITY_BETA`.
"""

from collections.abc import Callable

import numpy as np

from xrays.phantom.anatomy import LUNG_DENSITY, PX_CM, Chest, ramp
from xrays.phantom.randomness import smooth_field

DENSITY_COVID = (0.14, 0.55)  # added density (water = 1) of ground glass at severity 0 and 1
SPREAD_COVID = (0.13, 0.64)  # share of the lungs that it takes at severity 0 and 1
DENSITY_LOBAR = 0.62  # full consolidation would be 1 - LUNG_DENSITY = 0.73
ANATOMICAL_HAZE = 0.018  # sd of the density of healthy lungs, in clouds of 2 to 3 cm
LUNG_GRAIN = 0.016  # sd of the density of healthy lungs, from one centimetre to the next
LESION_THRESHOLD = 0.35  # of an opacity's own full density: from here on it counts as lesion

Opacity = Callable[[Chest, float, np.random.Generator], np.ndarray]


def cutoff(score: np.ndarray, inside: np.ndarray, share: float) -> float:
    """The score that `share` of the pixels inside exceed; infinite if nothing is inside."""
    values = np.sort(score[inside])
    return float(values[min(int((1 - share) * values.size), values.size - 1)]) if values.size else np.inf


def covid(chest: Chest, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Ground glass: patchy, in both lungs, at the pleura and at the base; 0 to 1 a lung field.

    Mild disease may keep to one side; from severity 0.5 on no lung has less than 35 % of it.
    """
    spread = SPREAD_COVID[0] + (SPREAD_COVID[1] - SPREAD_COVID[0]) * severity
    least = min(0.35, 0.08 + 0.54 * severity)
    right = rng.uniform(least, 1 - least)
    shares = (2 * right, 2 * (1 - right)) if len(chest.air) == 2 else (1.0,)
    patches = np.zeros_like(chest.air)
    for i, share in enumerate(shares):
        field = smooth_field(rng, chest.soft.shape, rng.uniform(0.9, 1.5) / PX_CM)
        field += 0.2 * smooth_field(rng, chest.soft.shape, 0.4 / PX_CM)
        score = field + 0.8 * chest.outward[i] + 2.2 * chest.down[i]
        limit = cutoff(score, chest.air[i] > 1.0, min(0.9, spread * share))
        patches[i] = ramp((score - limit) / 1.5)
    grain = 1 + 0.13 * smooth_field(rng, chest.soft.shape, 0.15 / PX_CM)
    return patches * np.clip(grain, 0.4, 1.6)


def lobar(chest: Chest, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Consolidation of one zone of one lung, with a fissure as its edge."""
    field_index = int(rng.integers(len(chest.air)))
    top, bottom = ((0.0, 0.42), (0.36, 0.72), (0.58, 1.1))[int(rng.integers(3))]
    edge = 0.05 * smooth_field(rng, chest.soft.shape, 1.5 / PX_CM)
    tilt = rng.uniform(-0.12, 0.12) * chest.outward[field_index]
    down = chest.down[field_index] + edge + tilt
    patches = np.zeros_like(chest.air)
    zone = ramp((down - top) / 0.08) * ramp((bottom - down) / 0.06)
    cloud = smooth_field(rng, chest.soft.shape, 1.1 / PX_CM)
    patches[field_index] = zone * np.clip(0.55 + 0.4 * severity + 0.25 * cloud, 0.1, 1.0)
    return patches


def interstitial(chest: Chest, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Streaks and small nodules that spread from the hila into both lungs."""
    streaks = np.abs(smooth_field(rng, chest.soft.shape, 0.3 / PX_CM)) + np.abs(
        smooth_field(rng, chest.soft.shape, 0.55 / PX_CM)
    )
    perihilar = np.exp(-(((chest.outward + 1.0) / 1.3) ** 2) - ((chest.down - 0.52) / 0.34) ** 2)
    return perihilar * np.clip(streaks, 0.0, 2.5) * (0.35 + 0.5 * severity)


def diffuse(chest: Chest, severity: float, rng: np.random.Generator) -> np.ndarray:
    """White lungs: nearly all of both, least in the apices."""
    cloud = np.stack([smooth_field(rng, chest.soft.shape, 1.7 / PX_CM) for _ in chest.air])
    return np.clip(0.45 + 0.35 * severity + 0.3 * cloud + 0.5 * (chest.down - 0.4), 0.0, 1.0)


def patchy_diffuse(chest: Chest, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Confluent patches in the middle and lower zones of both lungs, not bound to the pleura."""
    cloud = np.stack([smooth_field(rng, chest.soft.shape, 0.9 / PX_CM) for _ in chest.air])
    return 0.85 * ramp(0.6 * (cloud + 1.6 * (chest.down - 0.55) + 0.8 * (severity - 0.5)))


# Finding -> where it lies (0 to 1), and the density that 1 adds at severity 0 and 1.
OPACITIES: dict[str, tuple[Opacity, float, float]] = {
    "COVID-19": (covid, *DENSITY_COVID),
    "Virus": (interstitial, 0.10, 0.22),
    "bacteria": (lobar, 0.40, DENSITY_LOBAR),
    "Streptococcus": (lobar, 0.40, DENSITY_LOBAR),
    "SARS": (patchy_diffuse, 0.18, 0.40),
    "ARDS": (diffuse, 0.30, 0.50),
}


def lung_texture(chest: Chest, rng: np.random.Generator) -> np.ndarray:
    """Density that healthy lungs differ by from place to place: small vessels, interstitium, blood."""

    def clouds(size_cm: float) -> np.ndarray:
        return smooth_field(rng, chest.soft.shape, size_cm / PX_CM)

    return ANATOMICAL_HAZE * (clouds(1.2) + 0.8 * clouds(2.4)) + LUNG_GRAIN * (clouds(0.2) + clouds(0.45))


def opacity(
    finding: str, severity: float, chest: Chest, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Soft tissue (cm of water) that the finding adds, and the lesion mask; both (320, 320).

    Zero and empty for any finding that has no opacity ("Normal", "No Finding").
    """
    if finding not in OPACITIES:
        return np.zeros_like(chest.soft), np.zeros(chest.soft.shape, dtype=bool)
    place, mild, severe = OPACITIES[finding]
    patches = place(chest, severity, rng)
    density = np.minimum((mild + (severe - mild) * severity) * patches, 1 - LUNG_DENSITY)
    lesion = ((patches > LESION_THRESHOLD) & (chest.air > 1.0)).any(axis=0)
    return (density * chest.air).sum(axis=0), lesion & chest.lungs
