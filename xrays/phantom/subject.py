"""A subject: the measures of a body that stay the same from visit to visit.

Children are drawn at the size of adults, with the proportions of children: films are cropped to
the chest anyway.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Subject:
    """What stays the same from visit to visit; lengths in cm."""

    sex: str
    age: int
    half_width: float  # midline to the inner chest wall
    apex: float  # y of the lung apices
    base: float  # y of the right dome at full inspiration
    fat: float
    cardiothoracic_ratio: float
    mediastinum: float  # half width at the height of the aortic arch
    knob: float  # radius of the aortic arch seen end-on
    heart_tilt: float  # radians
    scoliosis: float  # sideways bend of the spine
    rib_slope: float
    asymmetry: float

    @property
    def childhood(self) -> float:
        """1 in a newborn, 0 from 16 years on."""
        return max(0.0, 1 - self.age / 16)

    @classmethod
    def draw(cls, rng: np.random.Generator, sex: str, age: int) -> "Subject":
        child, years = max(0.0, 1 - age / 16), min(age, 90) / 90
        return cls(
            sex=sex,
            age=age,
            half_width=rng.normal(13.6 if sex == "M" else 12.8, 0.6),
            apex=rng.normal(-13.2, 0.7) + 1.6 * child,
            base=rng.normal(8.0, 0.8) - 1.8 * child,
            fat=float(np.clip(rng.gamma(3.0, 0.55), 0.5, 5.0)),
            cardiothoracic_ratio=float(np.clip(rng.normal(0.46, 0.04) + 0.05 * child + 0.03 * years, 0.38, 0.62)),
            mediastinum=rng.normal(2.7, 0.25) + 0.7 * child,
            knob=rng.normal(1.5, 0.15) + 0.6 * years - 0.7 * child,
            heart_tilt=rng.normal(0.62, 0.12),
            scoliosis=rng.normal(0.0, 0.35),
            rib_slope=rng.normal(1.0, 0.12) - 0.35 * child,
            asymmetry=rng.normal(0.0, 0.03),
        )
