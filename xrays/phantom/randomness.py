"""Random numbers that depend on a name, never on the order of drawing; smooth random fields."""

from hashlib import sha256

import numpy as np
from scipy import ndimage


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """An own generator for one purpose of one patient, such as `stream(0, "covid-3", 1, "noise")`."""
    digest = sha256("/".join(map(str, (seed, *name))).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], sigma_px: float) -> np.ndarray:
    """Gaussian random field of about unit variance, correlated over `sigma_px`, of the given shape.

    Wide fields are drawn on a coarse grid and interpolated: at 30 px that is 50 times faster.
    """
    step = max(1, int(sigma_px / 2))
    coarse_sigma = sigma_px / step
    coarse = rng.standard_normal([length // step + 3 for length in shape])
    # White noise through a Gaussian of width s keeps the variance 1 / (4 pi s^2).
    coarse = ndimage.gaussian_filter(coarse, coarse_sigma, mode="wrap")
    coarse *= 2 * np.pi**0.5 * coarse_sigma
    if step == 1:
        return coarse[: shape[0], : shape[1]]
    return enlarged(coarse, step, shape)


def enlarged(coarse: np.ndarray, step: int, shape: tuple[int, int]) -> np.ndarray:
    """Linear interpolation of a map by a whole factor, one axis after the other: a tenth of zoom's time."""
    for axis, length in ((1, shape[1]), (0, shape[0])):
        place = np.clip((np.arange(length) + 0.5) / step - 0.5, 0, coarse.shape[axis] - 1)
        before = np.minimum(place.astype(np.intp), coarse.shape[axis] - 2)
        share = (place - before)[:, None] if axis == 0 else place - before
        coarse = coarse.take(before, axis) * (1 - share) + coarse.take(before + 1, axis) * share
    return coarse
