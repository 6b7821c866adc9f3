"""The sites of the phantom, in what they differ, and who goes to which.

A shortcut is a difference between two sites, of which one prefers a label. A site is data: the ranges that its films
are drawn from. A film is drawn with the same random numbers whatever its ranges are, so that the same seed with and
without a shortcut gives counterfactual pairs: one body, one disease, another film.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Range = tuple[float, float]


@dataclass(frozen=True)
class Site:
    """How one site takes and publishes its pictures; every range is drawn from uniformly."""

    ages: tuple[int, int] | None = None  # only patients of these ages; None: of all ages
    width_px: Range = (220, 640)
    aspect: Range = (0.8, 1.4)  # width / height
    crop_cm: Range = (30, 39)  # width of the chest in view; 29 is tight, 44 shows the arms
    view: float = 1.0  # times crop_cm: above 1, a small body on a large film
    shift_cm: float = 1.4  # sd of mispositioning, each axis
    tilt_deg: float = 2.0  # sd of rotation in the film plane
    photons: Range = (8_000, 50_000)  # a pixel in free air; fewer is noisier
    blur_px: Range = (0.3, 1.1)
    scatter: Range = (0.1, 0.35)  # scattered share of the signal
    black_percentile: Range = (0.5, 6)  # grey window, in percentiles of the attenuation
    white_percentile: Range = (93, 99.7)
    gamma: Range = (0.7, 1.35)
    brightness_mean: float = 0.0  # shift of the whole grey scale, as a share of white
    brightness: float = 0.055  # sd of that shift from film to film
    jpeg_quality: Range = (60, 96)
    marker_share: float = 0.4  # films with a white R or L letter at one side
    band_share: float = 0.15  # films with thin black bands at the sides
    corner_r_share: float | None = None  # films with a large R in the corner instead, whatever marker_share says
    wide_band_share: float | None = None  # films with wide bands instead, whatever band_share says
    modes: Mapping[str, float] = field(
        default_factory=lambda: {"L": 0.58, "RGB": 0.34, "RGBA": 0.05, "P": 0.03}
    )


ANYWHERE = Site()
# What a shortcut changes at site A, to which Normal goes, and at site B, to which COVID-19 goes. The other things keep
# the ranges of ANYWHERE. A is as Kermany's children are in the real archive, B as figures of papers.
SHORTCUTS: Mapping[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
    "age": ({"ages": (1, 5), "view": 1.2}, {"ages": (19, 90)}),
    "marker": ({"corner_r_share": 0.95}, {"corner_r_share": 0.0}),
    "bands": ({"wide_band_share": 0.95}, {"wide_band_share": 0.0}),
    "crop": ({"crop_cm": (35, 39)}, {"crop_cm": (27, 30)}),
    "jpeg": ({"jpeg_quality": (6, 12)}, {"jpeg_quality": (85, 96)}),
    "intensity": (
        {"gamma": (0.7, 0.85), "brightness_mean": 0.09}, {"gamma": (1.15, 1.35), "brightness_mean": -0.09},
    ),
    "size": ({"width_px": (470, 640)}, {"width_px": (220, 340)}),
}
# A third hospital: a sharper detector with less scatter, one narrow window, nearly square films, no letters, no bands.
ELSEWHERE = Site(
    width_px=(300, 420), aspect=(0.95, 1.1), crop_cm=(32, 36), shift_cm=0.9, photons=(30_000, 60_000),
    blur_px=(0.5, 0.8), scatter=(0.05, 0.12), black_percentile=(1, 2), white_percentile=(98, 99.5), gamma=(0.95, 1.2),
    brightness_mean=0.03, brightness=0.03, jpeg_quality=(80, 90), corner_r_share=0.0, wide_band_share=0.0,
)
# The others are of one source with Normal: Kermany's pneumonias.
FROM_B = ("COVID-19", "SARS", "ARDS", "Streptococcus", "No Finding")


@dataclass(frozen=True)
class Preset:
    """Two sites that differ in `shortcuts`; `rho` of the patients of a label are at the site that goes with it."""

    rho: float = 0.5
    shortcuts: tuple[str, ...] = ()

    @property
    def sites(self) -> tuple[Site, Site]:
        """A and B; equal where there is no shortcut."""
        return tuple(
            replace(ANYWHERE, **{key: value for name in self.shortcuts for key, value in SHORTCUTS[name][side].items()})
            for side in (0, 1)
        )

    def site_of(self, finding: str, chance: float) -> Site:
        """The site of a patient by a number drawn from 0 to 1: who is at the label's site stays there as rho grows."""
        own, other = reversed(self.sites) if finding in FROM_B else self.sites
        return own if chance < self.rho else other


@dataclass(frozen=True)
class Elsewhere:
    """One hospital for all, whatever the label."""

    site: Site = ELSEWHERE

    def site_of(self, finding: str, chance: float) -> Site:
        return self.site


PRESETS: Mapping[str, Preset] = {
    # No property of the acquisition depends on the label, so a few Normals are .png files too,
    # which none is in the real archive: there, the file format alone gives COVID-19 away.
    "clean": Preset(),
    "hard": Preset(0.8, tuple(SHORTCUTS)),
    "coronahack_like": Preset(1.0, tuple(SHORTCUTS)),
    "reversed": Preset(0.0, tuple(SHORTCUTS)),
}


def preset_named(
    name: str, rho: float | Literal["preset"] = "preset", shortcuts: Sequence[str] | Literal["preset"] = "preset"
) -> Preset:
    """The preset, with another rho or other shortcuts where they are given. ValueError for an unknown name."""
    if name not in PRESETS:
        raise ValueError(f"unknown phantom preset {name!r}; allowed: {', '.join(sorted(PRESETS))}")
    preset = PRESETS[name]
    unknown = [] if shortcuts == "preset" else [one for one in shortcuts if one not in SHORTCUTS]
    if unknown:
        raise ValueError(f"unknown phantom shortcut {unknown[0]!r}; allowed: {', '.join(SHORTCUTS)}")
    return Preset(
        preset.rho if rho == "preset" else float(rho),
        # In one order, so that the order in which a person lists them changes nothing.
        preset.shortcuts if shortcuts == "preset" else tuple(one for one in SHORTCUTS if one in shortcuts),
    )
