"""Brings the predictions of two revisions together, picture by picture, with seeds nested in them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from xrays.folds import COVID
from xrays.review import measures


@dataclass(frozen=True)
class Side:
    """One revision's answers for the paired pictures: score (n, seeds) float, called COVID-19 (n, seeds) bool."""

    score: np.ndarray
    called: np.ndarray
    seeds: tuple[int, ...]

    def majority(self) -> np.ndarray:
        """What most seeds called each picture (n,) bool; with an even split COVID-19, the error that costs less."""
        return self.called.mean(axis=1) >= 0.5


@dataclass(frozen=True)
class Paired:
    """n pictures that both revisions judged, in one order. patient: 0 … patients - 1; fold: the head's."""

    image: np.ndarray
    positive: np.ndarray
    patient: np.ndarray
    fold: np.ndarray
    base: Side
    head: Side

    def __len__(self) -> int:
        return len(self.image)

    @property
    def patients(self) -> int:
        return int(self.patient.max()) + 1

    @property
    def same_models(self) -> bool:
        """Were the same models asked? Then training cannot have made a difference, only what was done with the answer."""
        return self.base.seeds == self.head.seeds and np.array_equal(self.base.score, self.head.score)


def common(base: pd.DataFrame, head: pd.DataFrame, kept: pd.Index | None = None) -> pd.Index:
    """Pictures that every seed of both tables judged under one label, sorted; of kept only, where given."""
    labels = [_label(table) for table in (base, head)]
    images = labels[0].index.intersection(labels[1].index)
    images = images[labels[0][images].to_numpy() == labels[1][images].to_numpy()]
    return (images if kept is None else images.intersection(kept)).sort_values()


def _label(table: pd.DataFrame) -> pd.Series:
    """Label by image, of pictures that have one row for each seed of the table."""
    counted = table.groupby("image")["seed"].nunique()
    whole = counted.index[counted == table["seed"].nunique()]
    return table.drop_duplicates("image").set_index("image")["label"].loc[whole]


def pair(base: pd.DataFrame, head: pd.DataFrame, images: pd.Index) -> Paired:
    """base, head: image, label, group, fold, seed, probability, predicted; images: as of common()."""
    about = head.drop_duplicates("image").set_index("image").loc[images]
    return Paired(images.to_numpy(), about["label"].eq(COVID).to_numpy(), pd.factorize(about["group"])[0],
                  about["fold"].to_numpy(int), side(base, images), side(head, images))


def side(table: pd.DataFrame, images: pd.Index) -> Side:
    """The answers of one table for these pictures, seeds in ascending order."""
    chosen = table.assign(called=table["predicted"].eq(COVID)).set_index("image").loc[images].reset_index()
    score = chosen.pivot(index="image", columns="seed", values="probability").loc[images]
    called = chosen.pivot(index="image", columns="seed", values="called").loc[images]
    return Side(score.to_numpy(float), called.to_numpy(bool), tuple(int(seed) for seed in score.columns))


def values(paired: Paired, one: Side, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metric → (draws, seeds), each seed's own number under each draw."""
    columns = [measures.weighted(paired.positive, one.score[:, seed], one.called[:, seed], weights)
               for seed in range(one.score.shape[1])]
    return {name: np.stack([column[name] for column in columns], axis=1) for name in measures.DIRECTION}


def plain(paired: Paired, side: Side) -> dict[str, float]:
    """The metrics of one side, averaged over its seeds."""
    return {name: float(values.mean()) for name, values in values(paired, side, np.ones((1, len(paired)))).items()}
