"""External pictures: another hospital's, never trained on, judged with frozen models and thresholds.

data/raw/external holds pictures.csv (image, label, group) and pictures/, whether the phantom drew them or a person took
them in; without it there are none.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from xrays import archive, tables
from xrays.folds import COVID, NORMAL

TABLE = "pictures.csv"
COLUMNS = ["image", "label", "group"]
SHOWN = 3  # dropped pictures named on the console
MANIFEST = ["image", "sha256", "label", "group", "role", "reason", "width", "height", "bytes", "mode"]


def read_table(folder: Path) -> pd.DataFrame:
    """image, label, group, sorted by image; empty where there are no external pictures. Raises BadInput by line."""
    if not folder.is_dir():
        return pd.DataFrame(columns=COLUMNS, dtype=str)
    rows = tables.read(folder / TABLE, COLUMNS)
    tables.refuse(TABLE, {line: fault for line, row in rows.iterrows() if (fault := _fault(row))})
    twice = rows.index[rows["image"].str.casefold().duplicated()]
    tables.refuse(TABLE, {line: f"names {rows.at[line, 'image']!r} again" for line in twice})
    return rows.sort_values("image", ignore_index=True)


def _fault(row: pd.Series) -> str:
    if not archive.IMAGE.fullmatch(row["image"]) or ".." in row["image"]:
        return f"has {row['image']!r}, which is no plain name of a jpg, jpeg or png"
    if row["label"] not in (COVID, NORMAL):
        return f"has label {row['label']!r}, not {COVID} or {NORMAL}"
    return "" if row["group"] else "names no group"


def judged(rows: pd.DataFrame, study: pd.DataFrame) -> pd.DataFrame:
    """Columns MANIFEST: which are judged (role external), and why the others are dropped.

    rows: image, label, group, sha256, width, height, bytes, mode, unusable; study: the study's rows, with their role.
    """
    reason = rows["unusable"].astype(str)
    reason = reason.mask(reason == "", _of_study(rows, study))
    usable = rows[reason == ""]
    first = usable.groupby("sha256")["image"].transform("first")
    conflict = usable.groupby("sha256")["label"].transform("nunique") > 1
    reason.update(("same file as " + first).where(first != usable["image"], ""))
    reason.update(pd.Series("same file under two labels", index=usable.index)[conflict])
    role = np.where(reason == "", "external", "dropped")
    return rows.assign(group="external-" + rows["group"], role=role, reason=reason)[MANIFEST]


def _of_study(rows: pd.DataFrame, study: pd.DataFrame) -> pd.Series:
    """Why a model may have been trained on a picture or its patient; blank where nothing tells so.

    By bytes, by name (the same picture saved anew, or squashed, often keeps its name) and by patient, for whom the CSV
    must write the group of metrics/manifest.csv.
    """
    known = study[study["sha256"] != ""].drop_duplicates("sha256").set_index("sha256")["image"]
    same = rows["sha256"].map(known.to_dict()).fillna("").astype(str)
    reason = ("same file as " + same + " of this data set").where(same != "", "")
    named = rows["image"].str.casefold().isin(study["image"].str.casefold())
    reason = reason.mask((reason == "") & named, "named like a picture of this data set")
    patient = rows["group"].isin(study["group"][study["role"] == "study"])
    return reason.mask((reason == "") & patient, "its patient is in this data set")


def said(manifest: pd.DataFrame) -> str:
    """One line for the console: how many are judged, and why the others are not."""
    used, reasons = manifest[manifest["role"] == "external"], manifest["reason"][manifest["role"] == "dropped"]
    line = f"external pictures: {len(used)} to judge, of {used['group'].nunique()} patients, {len(reasons)} dropped"
    named = [f"{manifest.at[row, 'image']} ({reason})" for row, reason in reasons[:SHOWN].items()]
    return line + bool(named) * f": {', '.join(named)}{', …' * (len(reasons) > SHOWN)}"


def counts(manifest: pd.DataFrame) -> dict[str, float]:
    """For metrics/data.json."""
    used = manifest[manifest["role"] == "external"]
    return {"external_covid_pictures": float(used["label"].eq(COVID).sum()),
            "external_normal_pictures": float(used["label"].eq(NORMAL).sum()),
            "external_patients": float(used["group"].nunique()),
            "external_dropped": float(len(manifest) - len(used))}
