"""Added cases: pictures that a person adds to the study, lot by lot; they are trained on and judged like all others.

data/raw/cases/001, 002, … hold pictures.csv (image, label, group) and pictures/, one lot for each hash in data.cases. A
fold is a hash of the patient, so no earlier picture moves.
"""

from pathlib import Path

import pandas as pd

from xrays import archive, external
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL

FOLDER = "cases"
SOURCE = "added"
COUNTED = {"covid": COVID, "normal": NORMAL}


def lot(number: int) -> Path:
    """Where in data/raw the lot lies that stands first (0), second, … in data.cases."""
    return Path(FOLDER) / f"{number + 1:03d}"


def read(raw: Path) -> pd.DataFrame:
    """image, label, group, part of every lot; part: the folder of the picture within data/raw."""
    lots = [external.read_table(folder).assign(part=f"{folder.relative_to(raw)}/pictures")
            for folder in sorted((raw / FOLDER).glob("*"))]
    return pd.concat(lots, ignore_index=True) if lots else pd.DataFrame(columns=[*external.COLUMNS, "part"], dtype=str)


def add(rows: pd.DataFrame, raw: Path) -> pd.DataFrame:
    """The study's rows, as xrays/cohort.py selects them, with the added ones among them, sorted by image.

    A patient is one of the lot's own hospital, unless it is written as a group of the study (`ieee8023-12`).
    """
    added = read(raw)
    together = pd.concat([rows["image"], added["image"]]).str.casefold()
    clashing = added["image"][together.duplicated(keep=False).to_numpy()[len(rows):]]
    if len(clashing):
        raise BadInput(f"{FOLDER}: {clashing.iloc[0]!r} is the name of two pictures of this data set: take the last hash out "
                       "of data.cases, rename the picture and run `make cases CASES=folder` again")
    known = added["group"].isin(rows["group"])
    added["group"] = added["group"].where(known, f"{SOURCE}-" + added["group"])
    blank = dict.fromkeys(["label_1", "label_2", "view", "sex", "age", "excluded"], "")
    added = added.assign(source=SOURCE, wanted="study", **blank)[list(rows.columns)]
    return pd.concat([rows, added]).sort_values("image", ignore_index=True) if len(added) else rows


def picture_path(raw: Path, part: str, image: str) -> Path:
    """Where a picture of the archive (part TRAIN or TEST) or of a lot lies."""
    return raw / part / image if part.startswith(f"{FOLDER}/") else archive.picture_path(raw, part, image)


def counts(rows: pd.DataFrame) -> dict[str, float]:
    """For metrics/data.json; rows with their role."""
    added = rows[rows["source"] == SOURCE]
    study = added[added["role"] == "study"]
    found = {f"{name}_source_{SOURCE}": float(study["label"].eq(label).sum()) for name, label in COUNTED.items()}
    return found | {f"{SOURCE}_dropped": float(len(added) - len(study))}


def said(rows: pd.DataFrame) -> str:
    """One line for the console: how many of the added pictures are studied, and why the others are not; "" without any."""
    added = rows[rows["source"] == SOURCE]
    if added.empty:
        return ""
    study, dropped = added[added["role"] == "study"], added[added["role"] == "dropped"]
    named = [f"{image} ({reason})" for image, reason in zip(dropped["image"], dropped["reason"])]
    more = ", …" * (len(named) > external.SHOWN)
    return (f"added cases: {len(study)} to study, of {study['group'].nunique()} patients, {len(dropped)} dropped"
            + bool(named) * f": {', '.join(named[:external.SHOWN])}{more}" + "\n")
