"""Which sites (hospital, detector, publisher) there are, and which patients go to which.

A shortcut is a site that differs from another and a label that prefers it. A preset is data:
to plant a shortcut, add a `Site` and weights that depend on the finding; no code changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True)
class Site:
    """How one site takes and publishes its pictures; every range is drawn from uniformly."""

    child_share: float = 0.12
    width_px: Range = (220, 640)
    aspect: Range = (0.8, 1.4)  # width / height
    crop_cm: Range = (30, 39)  # width of the chest in view; 29 is tight, 44 shows the arms
    shift_cm: float = 1.4  # sd of mispositioning, each axis
    tilt_deg: float = 2.0  # sd of rotation in the film plane
    photons: Range = (8_000, 50_000)  # a pixel in free air; fewer is noisier
    blur_px: Range = (0.3, 1.1)
    scatter: Range = (0.1, 0.35)  # scattered share of the signal
    black_percentile: Range = (0.5, 6)  # grey window, in percentiles of the attenuation
    white_percentile: Range = (93, 99.7)
    gamma: Range = (0.7, 1.35)
    brightness: float = 0.055  # sd of a shift of the whole grey scale, as a share of white
    jpeg_quality: Range = (60, 96)
    marker_share: float = 0.4  # films with a white R or L letter
    band_share: float = 0.15  # films with black bands at the sides
    modes: Mapping[str, float] = field(
        default_factory=lambda: {"L": 0.58, "RGB": 0.34, "RGBA": 0.05, "P": 0.03}
    )


@dataclass(frozen=True)
class Preset:
    """Sites, and for each finding the weights with which its patients go to them.

    A finding that is not named in `weights` goes to all sites alike.
    """

    sites: tuple[Site, ...]
    weights: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def site_weights(self, finding: str) -> tuple[float, ...]:
        return self.weights.get(finding, (1 / len(self.sites),) * len(self.sites))


PRESETS: Mapping[str, Preset] = {
    # No property of the acquisition depends on the label, so a few Normals are .png files too,
    # which none is in the real archive: there, the file format alone gives COVID-19 away.
    "clean": Preset(sites=(Site(),)),
}


def preset_named(name: str) -> Preset:
    """The preset, or ValueError with the allowed names."""
    if name not in PRESETS:
        raise ValueError(f"unknown phantom preset {name!r}; allowed: {', '.join(sorted(PRESETS))}")
    return PRESETS[name]
