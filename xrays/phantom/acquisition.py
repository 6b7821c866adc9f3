"""From thickness maps to a film: positioning, Beer-Lambert, scatter, noise, grey scale, marker."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from xrays.phantom.anatomy import GRID_PX, PX_CM, TOP_CM, Chest
from xrays.phantom.presets import Range, Site
from xrays.phantom.randomness import enlarged, smooth_field

MU_SOFT_PER_CM = 0.20  # water at an effective 70 keV
MU_BONE_PER_CM = 0.56
BEND_CM = 0.3
GLARE_CM = 2.5  # scattered light spreads about this far
GLYPHS = {
    "R": ("11110", "10001", "10001", "11110", "10100", "10010", "10001"),
    "L": ("10000", "10000", "10000", "10000", "10000", "10000", "11111"),
}


@dataclass(frozen=True)
class Exposure:
    """One film of one visit: what the technician, the detector and the publisher chose."""

    width_px: int
    height_px: int
    crop_cm: float
    shift_cm: tuple[float, float]
    tilt_rad: float
    photons: float
    blur_px: float
    scatter: float
    percentiles: tuple[float, float]
    gamma: float
    brightness: float
    marker: str
    marker_place: tuple[float, float]  # column and row, as shares of width and height
    marker_dot_px: int
    bands: tuple[float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, site: Site) -> "Exposure":
        def within(limits: Range) -> float:
            return float(rng.uniform(*limits))

        width = within(site.width_px)
        tilt, shift_x, shift_y = rng.standard_normal(3)
        has_marker, has_bands = rng.random(2) < (site.marker_share, site.band_share)
        exposure = cls(
            width_px=round(width),
            height_px=round(width / within(site.aspect)),
            crop_cm=site.view * within(site.crop_cm),
            shift_cm=(site.shift_cm * shift_x, site.shift_cm * shift_y),
            tilt_rad=float(np.deg2rad(site.tilt_deg * tilt)),
            # Exposures are spread evenly in their logarithm: each doubling is as frequent.
            photons=float(np.exp(rng.uniform(*np.log(site.photons)))),
            blur_px=within(site.blur_px),
            scatter=within(site.scatter),
            percentiles=(within(site.black_percentile), within(site.white_percentile)),
            gamma=within(site.gamma),
            brightness=site.brightness_mean + site.brightness * rng.standard_normal(),
            marker=str(rng.choice(["R", "L"])) if has_marker else "",
            marker_place=(float(rng.uniform(0.03, 0.12)), float(rng.uniform(0.03, 0.4))),
            marker_dot_px=max(1, round(round(width) / 110)),
            bands=tuple(rng.uniform(0.01, 0.09, 2).tolist()) if has_bands else (0.0, 0.0),
        )
        # Last, and always six numbers: what is planted moves no other draw.
        return planted(exposure, site, rng.random(6))


def planted(exposure: Exposure, site: Site, chance: np.ndarray) -> Exposure:
    """The exposure with the site's large R and wide bands, where it has such habits; `chance` holds six of 0 to 1.

    Both lie in the square in the middle of the film, which is what remains of it after a centre crop: the bands take
    5 to 10 % of its side each, the R 7 %, right of the band, in the upper left quarter.
    """
    side = min(exposure.width_px, exposure.height_px)
    left, top = (exposure.width_px - side) / 2, (exposure.height_px - side) / 2
    if site.wide_band_share is not None:
        widths = (left + side * (0.05 + 0.05 * chance[1:3])) / exposure.width_px
        bands = tuple(widths.tolist()) if chance[0] < site.wide_band_share else (0.0, 0.0)
        exposure = replace(exposure, bands=bands)
    if site.corner_r_share is not None:
        column, row = left + side * (0.11 + 0.05 * chance[4]), top + side * (0.03 + 0.07 * chance[5])
        exposure = replace(
            exposure, marker="R" if chance[3] < site.corner_r_share else "", marker_dot_px=max(1, round(side / 70)),
            marker_place=(float(column / exposure.width_px), float(row / exposure.height_px)),
        )
    return exposure


def body_shape(rng: np.random.Generator) -> np.ndarray:
    """Smooth displacements (rows, columns; in px of the grid) that make one body unlike a template.

    Shape (2, 320, 320). Sampled with 3 mm sd over 4 cm, no rib is a perfect arc, no spine a ruler.
    """
    return np.stack([smooth_field(rng, (GRID_PX, GRID_PX), 4.0 / PX_CM) for _ in range(2)]) * BEND_CM / PX_CM


def sampling_points(exposure: Exposure, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns on the subject's grid of every pixel of the film, each (height, width)."""
    px_cm = exposure.crop_cm / exposure.width_px
    x = (np.arange(exposure.width_px) + 0.5) * px_cm - exposure.crop_cm / 2 + exposure.shift_cm[0]
    y = (np.arange(exposure.height_px) + 0.5 - exposure.height_px / 2) * px_cm + exposure.shift_cm[1] - 1.0
    cos, sin = np.cos(exposure.tilt_rad), np.sin(exposure.tilt_rad)
    columns = (cos * x[None, :] - sin * y[:, None] + GRID_PX * PX_CM / 2) / PX_CM - 0.5
    rows = (sin * x[None, :] + cos * y[:, None] - TOP_CM) / PX_CM - 0.5
    # The displacement varies over centimetres: its value at the nearest grid point is near enough.
    nearest = tuple(np.clip(np.rint(axis), 0, GRID_PX - 1).astype(np.intp) for axis in (rows, columns))
    return rows + shape[0][nearest], columns + shape[1][nearest]


def attenuation(chest: Chest, opacity_cm: np.ndarray) -> np.ndarray:
    """Line integral of the attenuation coefficient, without unit, shape (320, 320)."""
    return MU_SOFT_PER_CM * (chest.soft + opacity_cm) + MU_BONE_PER_CM * chest.bone


def detected(line_integral: np.ndarray, exposure: Exposure, rng: np.random.Generator) -> np.ndarray:
    """Log signal of the detector after scatter, blur and noise; same shape as the input.

    Poisson noise is drawn in its Gaussian limit: behind the thickest body (line integral 5) a pixel
    still counts 50 photons of the 8,000 of the noisiest exposure. 1e-7 is the detector's own noise.
    """
    primary = np.exp(-line_integral)
    glare_px = GLARE_CM / exposure.crop_cm * exposure.width_px
    glare = enlarged(ndimage.gaussian_filter(primary[4::8, 4::8], glare_px / 8), 8, primary.shape)
    signal = (1 - exposure.scatter) * primary + exposure.scatter * 0.35 * glare
    signal = ndimage.gaussian_filter(signal, exposure.blur_px)
    grain = smooth_field(rng, signal.shape, 1.0) * 0.5 + rng.standard_normal(signal.shape)
    noise = np.sqrt(signal / exposure.photons + 1e-7) * grain
    return -np.log(np.maximum(signal + noise, 1e-4))


def film(log_signal: np.ndarray, exposure: Exposure) -> np.ndarray:
    """Grey values 0 to 255: dense tissue bright, windowed between percentiles of the body."""
    body = np.sort(log_signal[::4, ::4][log_signal[::4, ::4] > 0.25])
    low, high = (body[int(p / 100 * (body.size - 1))] for p in exposure.percentiles)
    shade = np.clip((log_signal - low) / max(high - low, 0.2), -0.5, 1.5)
    # A film's toe and shoulder: straight in the middle, never quite black or white in the body.
    shade = 0.08 + 0.84 * shade
    curve = np.clip(shade, 0.0, 1.12) ** exposure.gamma
    shoulder = np.where(curve > 0.8, 0.8 + 0.2 * (1 - np.exp(-(curve - 0.8) / 0.2)), curve)
    # Brightness must not lift the black border: it counts fully from a line integral of 0.5 on.
    body_share = np.clip(log_signal / 0.5, 0.0, 1.0)
    return np.clip(255 * (shoulder + exposure.brightness * body_share), 0, 255)


def stamp_marker(picture: np.ndarray, exposure: Exposure) -> None:
    """Writes the lead letter into an upper corner, R at the left of the picture, L at the right."""
    if not exposure.marker:
        return
    height, width = picture.shape
    dot = exposure.marker_dot_px
    glyph = np.array([[int(c) for c in row] for row in GLYPHS[exposure.marker]]).repeat(dot, 0).repeat(dot, 1)
    row, column = round(exposure.marker_place[1] * height), round(exposure.marker_place[0] * width)
    if exposure.marker == "L":
        column = width - column - glyph.shape[1]
    patch = picture[row : row + glyph.shape[0], column : column + glyph.shape[1]]
    patch[glyph[: patch.shape[0], : patch.shape[1]] > 0] = 245


def exposed(
    chest: Chest, opacity_cm: np.ndarray, points: tuple[np.ndarray, np.ndarray], exposure: Exposure,
    rng: np.random.Generator,
) -> np.ndarray:
    """The finished film as uint8, shape (height, width) of the sampling points."""
    line_integral = ndimage.map_coordinates(attenuation(chest, opacity_cm), points, order=1, mode="nearest")
    picture = film(detected(line_integral, exposure, rng), exposure)
    stamp_marker(picture, exposure)
    left, right = (round(share * exposure.width_px) for share in exposure.bands)
    picture[:, :left] = 0
    picture[:, exposure.width_px - right :] = 0
    return np.rint(picture).astype(np.uint8)


def exposed_mask(mask: np.ndarray, points: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """A mask of the subject's grid as the film shows it, boolean, shape of the sampling points."""
    return ndimage.map_coordinates(mask.astype(np.uint8), points, order=0) > 0
