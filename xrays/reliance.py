"""What a network relies on, from the tables of `probe`: with and without lungs, marked, bent, and where it looks."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from xrays import intervals, variants
from xrays.folds import COVID

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


def by_variant(asked: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, Measured]:
    """AUROC of the held-out pictures in each variant; asked: as of probes.logits, predictions: the published table."""
    first = predictions.drop_duplicates("image").set_index("image")
    found = {}
    study = asked[asked["role"] == "study"]
    for variant in variants.ALL:
        wide = study[study["variant"] == variant].pivot(index="seed", columns="image", values="logit")
        judged = first.loc[wide.columns]
        found[variant] = auroc(judged["label"].eq(COVID).to_numpy(), wide.to_numpy(), judged["group"].to_numpy(str))
    return found


def shortcut_ratio(full: float, occluded: float) -> float:
    """(occluded - 0.5) / (full - 0.5), at most 1 either way; 0 where the network has no skill to explain."""
    return float(np.clip((occluded - 0.5) / (full - 0.5), -1, 1)) if full > 0.55 else 0.0


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


def controls(asked: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, float]:
    """How many same-source controls are called COVID-19: mean probability of all models against their mean threshold."""
    limit = predictions.groupby(["fold", "seed"])["threshold"].first().mean()
    mean = asked[asked["role"] == "control"].groupby("image")["probability"].mean()
    called = float((mean >= limit).sum())
    low, high = intervals.wilson(called, len(mean))
    return {"controls": float(len(mean)), "controls_called_covid": called,
            "controls_called_covid_share": called / len(mean) if len(mean) else 0.0,
            "controls_called_covid_share_ci_low": low, "controls_called_covid_share_ci_high": high}


def attention(maps: list[np.ndarray], lungs: list[np.ndarray]) -> dict[str, float]:
    """Mean share of a map's energy inside the lungs, and the lungs' mean share of the picture.

    maps: uint8 (n, 16, 16) a model; lungs: bool (n, s, s) of the same pictures. Maps of nothing are left out.
    """
    inside, area = [], []
    for heat, mask in zip(maps, lungs):
        side = heat.shape[-1]
        share = np.stack([np.asarray(Image.fromarray(one.astype(np.uint8) * 255).resize((side, side), Image.Resampling.BOX))
                          for one in mask]) / 255 if len(mask) else np.zeros_like(heat, float)
        total = heat.sum(axis=(1, 2), dtype=float)
        inside += list(((heat * share).sum(axis=(1, 2)) / np.maximum(total, 1))[total > 0])
        area += list(share.mean(axis=(1, 2))[total > 0])
    return {"cam_energy_in_lungs": float(np.mean(inside)) if inside else 0.0,
            "cam_area_share": float(np.mean(area)) if area else 0.0, "cam_pictures": float(len(inside))}


def shuffled(permuted: pd.DataFrame, predictions: pd.DataFrame) -> dict[str, float]:
    """Held-out AUROC of the refitted head: on true labels, and mean and largest of those on shuffled ones."""
    label = predictions.drop_duplicates("image").set_index("image")["label"].eq(COVID)
    by_draw = {}
    for (draw, _), rows in permuted.groupby(["draw", "seed"]):
        value = intervals.influence(label.loc[rows["image"]].to_numpy(), rows["logit"].to_numpy())[0]
        by_draw.setdefault(draw, []).append(value)
    means = {draw: float(np.mean(values)) for draw, values in by_draw.items()}
    fake = [value for draw, value in means.items() if draw]
    return {"refitted_head_auroc": means[0], "permutation_auroc_mean": float(np.mean(fake)),
            "permutation_auroc_max": max(fake), "permutations": float(len(fake))}
