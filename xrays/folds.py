"""Which fold a patient is in, and which patients a model keeps aside: by hash, never by position.

A hash moves nobody when a picture or a patient comes; a stratified shuffle moves about 80 % of them.
"""

import hashlib

import pandas as pd

COVID = "COVID-19"
NORMAL = "Normal"
# The article held back 450 of 1,330 Normals and 9 of 69 COVID-19 pictures.
ARTICLE_SHARE = {NORMAL: 450 / 1330, COVID: 9 / 69}


def rank(seed: int, *words: str) -> int:
    """A number in [0, 2^256) that looks random and depends on the words alone."""
    return int.from_bytes(hashlib.sha256(":".join((str(seed), *words)).encode()).digest(), "big")


def grouped(group: str, seed: int, folds: int) -> int:
    """The fold of a patient: sha256("seed:group") mod folds."""
    return rank(seed, group) % folds


def article(pictures: pd.DataFrame, seed: int) -> pd.Series:
    """The article's kind of split, leaky: pictures shuffled within their class, patients ignored.

    Takes a table with image and label; returns 0 (its validation part) or 1 (its training part) for each row.
    """
    order = pictures["image"].map(lambda image: rank(seed, "article", image))
    place = order.groupby(pictures["label"]).rank(method="first") - 1
    held_out = (pictures["label"].map(ARTICLE_SHARE) * pictures.groupby("label")["label"].transform("size")).round()
    return (place >= held_out).astype(int)


def inner(training: pd.DataFrame, share: float, seed: int, fold: int) -> pd.Series:
    """Which of one model's training pictures it never trains on: whole groups, the share taken within each class.

    Takes a table with group and label; returns True for inner rows. A group with any COVID-19 picture counts as
    COVID-19; each class gives at least one group and keeps at least one.
    """
    positive = training["label"].eq(COVID).groupby(training["group"]).any()
    chosen: set[str] = set()
    for _, groups in positive.groupby(positive):
        ranked = sorted(groups.index, key=lambda group: rank(seed, "inner", str(fold), group))
        chosen.update(ranked[:min(max(1, round(share * len(ranked))), len(ranked) - 1)])
    return training["group"].isin(chosen)
