"""What a network relies on, from the tables of `probe`: with and without lungs, marked, bent, and where it looks."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image
from scipy.stats import t

from xrays import intervals, variants
from xrays.folds import COVID

SKILL = 0.55  # AUROC up to which a network has nothing to explain
BENT = ["painted", "marker", "bars", "flipped", "cropped", "jpeg"]  # what must not change a call


class Measured(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float


def auroc(positive: np.ndarray, score: np.ndarray, group: np.ndarray) -> Measured:
    """AUROC of score (n) or (seeds, n), mean over seeds; patients are what varies."""
    value = np.mean([intervals.influence(positive, one)[0] for one in np.atleast_2d(score)])
    return Measured(float(value), *intervals.auroc_interval(positive, score, group))


class Asked(NamedTuple):
    """Held-out pictures in one variant: positive (n), score (seeds, n), group (n), in the order of their names."""

    positive: np.ndarray
    score: np.ndarray
    group: np.ndarray


def of_variant(asked: pd.DataFrame, predictions: pd.DataFrame, variant: str) -> Asked:
    """asked: as of probes.logits; predictions: the published table."""
    rows = asked[(asked["role"] == "study") & (asked["variant"] == variant)]
    wide = rows.pivot(index="seed", columns="image", values="logit")
    judged = predictions.drop_duplicates("image").set_index("image").loc[wide.columns]
    return Asked(judged["label"].eq(COVID).to_numpy(), wide.to_numpy(), judged["group"].to_numpy(str))


def by_variant(asked: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, Measured]:
    """AUROC of the held-out pictures in each variant."""
    return {variant: auroc(*of_variant(asked, predictions, variant)) for variant in variants.ALL}


def spread(asked: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, float]:
    """Standard deviation between seeds of each variant's AUROC; nothing of a single seed."""
    judged = {variant: of_variant(asked, predictions, variant) for variant in variants.ALL}
    return {variant: float(np.std([intervals.influence(one.positive, score)[0] for score in one.score], ddof=1))
            for variant, one in judged.items() if len(one.score) > 1}


def shortcut_ratio(full: Asked, occluded: Asked) -> Measured:
    """(AUROC occluded - 0.5) / (AUROC full - 0.5) of the same pictures, held between -1 and 1.

    The interval by the delta method from DeLong's placements, summed over each patient (xrays/intervals.py). Up to
    SKILL the network has no skill to explain: 0, with an interval that says nothing, -1 to 1.
    """
    (whole, of_whole), (rest, of_rest) = (_moved(one) for one in (full, occluded))
    if whole <= SKILL:
        return Measured(0.0, -1.0, 1.0)
    ratio = (rest - 0.5) / (whole - 0.5)
    moved = (of_rest - ratio * of_whole) / (whole - 0.5)
    patients = min(len(np.unique(full.group[of_class])) for of_class in (full.positive, ~full.positive))
    half = t.ppf((1 + intervals.LEVEL) / 2, max(patients - 1, 1)) * np.sqrt(
        intervals.clustered_variance(moved, full.positive, full.group))
    return Measured(*(float(np.clip(number, -1, 1)) for number in (ratio, ratio - half, ratio + half)))


def _moved(one: Asked) -> tuple[float, np.ndarray]:
    """AUROC, mean over seeds, and how much each picture (n) moves it."""
    found = [intervals.influence(one.positive, score) for score in one.score]
    return float(np.mean([value for value, _ in found])), np.mean([moves for _, moves in found], axis=0)


def changes(asked: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, float]:
    """For each of BENT: mean change of the probability, mean of its size, share of calls that flip."""
    key = ["image", "fold", "seed"]
    threshold = predictions.set_index(key)["threshold"]
    study = asked[asked["role"] == "study"]
    full = study[study["variant"] == "full"].set_index(key)["probability"]
    found = {}
    for variant in BENT:
        bent = study[study["variant"] == variant].set_index(key)["probability"].reindex(full.index)
        limit, moved = threshold.reindex(full.index), bent - full
        found |= {f"{variant}_mean_change": moved.mean(), f"{variant}_mean_size_of_change": moved.abs().mean(),
                  f"{variant}_flip_rate": ((bent >= limit) != (full >= limit)).mean()}
    return {name: float(value) for name, value in found.items()}


def controls(asked: pd.DataFrame, predictions: pd.DataFrame, group: pd.Series) -> dict[str, float]:
    """How many same-source controls are called COVID-19: all models' mean probability against their mean threshold.

    group: image → patient, for the interval. Of none there is no share.
    """
    limit = predictions.groupby(["fold", "seed"])["threshold"].first().mean()
    mean = asked[asked["role"] == "control"].groupby("image")["probability"].mean()
    called = (mean >= limit).to_numpy(float)
    found = {"controls": float(len(mean)), "controls_called_covid": float(called.sum())}
    if not len(mean):
        return found
    low, high = intervals.proportion(called, group.loc[mean.index].to_numpy(str))
    return found | {"controls_called_covid_share": float(called.mean()), "controls_called_covid_share_ci_low": low,
                    "controls_called_covid_share_ci_high": high}


def attention(maps: list[np.ndarray], lungs: list[np.ndarray]) -> dict[str, float]:
    """Mean share of a map's energy inside the lungs, and the lungs' mean share of the picture.

    maps: uint8 (n, 16, 16) a model; lungs: bool (n, s, s) of the same pictures. Maps of nothing are left out.
    """
    inside, area = [], []
    for heat, mask in zip(maps, lungs):
        side = heat.shape[-1]
        small = [Image.fromarray(one.astype(np.uint8) * 255).resize((side, side), Image.Resampling.BOX) for one in mask]
        share = np.array([np.asarray(one) for one in small], float).reshape(heat.shape) / 255
        total = heat.sum(axis=(1, 2), dtype=float)
        inside += list(((heat * share).sum(axis=(1, 2)) / np.maximum(total, 1))[total > 0])
        area += list(share.mean(axis=(1, 2))[total > 0])
    return {"cam_energy_in_lungs": float(np.mean(inside)) if inside else 0.0,
            "cam_area_share": float(np.mean(area)) if area else 0.0, "cam_pictures": float(len(inside))}


def shuffled(permuted: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, float]:
    """Held-out AUROC of the refitted head: on true labels, and mean and largest of those on shuffled ones.

    The interval of the mean is Student's over the draws; with one draw there is none, 0 to 1.
    """
    label = predictions.drop_duplicates("image").set_index("image")["label"].eq(COVID)
    by_draw = {}
    for (draw, _), rows in permuted.groupby(["draw", "seed"]):
        value = intervals.influence(label.loc[rows["image"]].to_numpy(), rows["logit"].to_numpy())[0]
        by_draw.setdefault(draw, []).append(value)
    means = {draw: float(np.mean(values)) for draw, values in by_draw.items()}
    fake = [value for draw, value in means.items() if draw]
    mean, count = float(np.mean(fake)), len(fake)
    error = float(np.std(fake, ddof=1) / np.sqrt(count)) if count > 1 else 1.0
    half = float(t.ppf((1 + intervals.LEVEL) / 2, max(count - 1, 1))) * error
    return {"refitted_head_auroc": means[0], "permutation_auroc_mean": mean, "permutation_auroc_max": max(fake),
            "permutation_auroc_mean_ci_low": max(mean - half, 0.0),
            "permutation_auroc_mean_ci_high": min(mean + half, 1.0), "permutations": float(count)}
