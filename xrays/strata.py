"""The numbers of each kind of patient and picture: a mean over all can hide a group in which nothing works."""

import numpy as np
import pandas as pd

from xrays import intervals
from xrays.folds import COVID
from xrays.uncertainty import Judged

LEAST = 10  # pictures; a number of fewer is not reported
AGES = {"0 to 17": 0, "18 to 39": 18, "40 to 59": 40, "60 to 79": 60, "80 and over": 80}
SIDES = {"under 500": 0, "500 to 999": 500, "1000 to 1999": 1000, "2000 and over": 2000}
UNKNOWN = "unknown"
NUMBERS = ["sensitivity", "specificity", "auroc"]


def groups(manifest: pd.DataFrame) -> dict[str, pd.Series]:
    """The stratum of each row of data/filtered's manifest, for each way to divide them; not written: unknown."""
    side = manifest[["width", "height"]].apply(pd.to_numeric, errors="coerce").min(axis=1)
    return {
        "source": manifest["source"].replace("", UNKNOWN),
        "view": manifest["view"].replace("", UNKNOWN),
        "sex": manifest["sex"].replace("", UNKNOWN),
        "age, years": banded(pd.to_numeric(manifest["age"], errors="coerce"), AGES),
        "shorter side, pixels": banded(side, SIDES),
    }


def banded(values: pd.Series, bands: dict[str, int]) -> pd.Series:
    """The name of the band that each number lies in; bands: name to its lowest value, ascending."""
    place = np.searchsorted(list(bands.values()), values.fillna(-1), side="right") - 1
    return pd.Series(np.where(place >= 0, np.array(list(bands))[place], UNKNOWN), index=values.index)


def table(predictions: pd.DataFrame, manifest: pd.DataFrame) -> pd.DataFrame:
    """A row a stratum and value: pictures, patients, covid, normal, then each number with low and high, and a note.

    A number of fewer than LEAST pictures is left empty, and the note says so; the counts always stand.
    """
    found = []
    for stratum, values in groups(manifest).items():
        of_image = dict(zip(manifest["image"], values))
        for value, rows in predictions.groupby(predictions["image"].map(of_image)):
            found.append({"stratum": stratum, "value": value, **one(rows)})
    return pd.DataFrame(found)


def one(rows: pd.DataFrame) -> dict[str, float | str]:
    """Counts and numbers of one stratum."""
    judged = Judged(rows)
    positive, group, right = judged.positive, judged.group, judged.right()
    counts = {"covid": int(positive.sum()), "normal": int((~positive).sum())}
    enough = {"sensitivity": counts["covid"] >= LEAST, "specificity": counts["normal"] >= LEAST,
              "auroc": min(counts.values()) >= LEAST}
    values = {}
    for name in NUMBERS:
        value, low, high = np.nan, np.nan, np.nan
        if enough[name] and name == "auroc":
            value = np.mean([intervals.influence(positive, score)[0] for score in judged.by_seed["probability"]])
            low, high = intervals.auroc_interval(positive, judged.by_seed["probability"], group)
        elif enough[name]:
            chosen = positive if name == "sensitivity" else ~positive
            value, (low, high) = right[chosen].mean(), intervals.proportion(right[chosen], group[chosen])
        values |= {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}
    missing = [name for name in NUMBERS if not enough[name]]
    note = f"not reported (n < {LEAST}): {' '.join(missing)}" if missing else ""
    return {"pictures": len(positive), "patients": len(np.unique(group)), **counts, **values, "note": note}
