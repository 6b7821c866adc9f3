"""The patients table beside the archive: who is on a picture, from which side, when; pictures of ieee8023 only.

CoronaHack itself names no patients, and 49 % of its COVID-19 test pictures would share one with training: its 70 rows
from ieee8023/covid-chestxray-dataset are joined to that collection's own table by file name.
"""

from pathlib import Path

import pandas as pd

from xrays import tables
from xrays.console import BadInput

TABLE = "patients.csv"
COLUMNS = ["X_ray_image_name", "patient", "offset_days", "sex", "age", "finding", "view", "modality", "license"]


def read_patients(raw: Path) -> pd.DataFrame:
    """One row a picture, all text, in the table's own order; empty with data.patients: none.

    Raises BadInput for other columns and, by line, for a picture that stands twice or has no name, and for padding: the
    patient ' 12' would be another one than '12', and in another fold.
    """
    return read_table(raw / TABLE)


def read_table(path: Path) -> pd.DataFrame:
    """As read_patients, of any file."""
    rows = tables.once(path.name, tables.read(path, COLUMNS))
    image = rows["X_ray_image_name"]
    twice = {line: f"names {image[line]!r} again" for line in rows.index[image.duplicated()]}
    nameless = {line: "names no picture" for line in rows.index[image == ""]}
    padded = {line: f"has {column} {value!r}, with blanks around it"
              for column in COLUMNS for line, value in rows[column].items() if value != value.strip()}
    tables.refuse(path.name, twice | nameless | padded)
    return rows.reset_index(drop=True)


def check_cover(patients: pd.DataFrame, metadata: pd.DataFrame) -> None:
    """Refuse a table that leaves a picture of COVID-19, SARS, ARDS or Streptococcus without a patient."""
    known = set(patients["X_ray_image_name"][patients["patient"] != ""])
    unknown = [image for image in metadata["image"][metadata["label_2"] != ""] if image not in known]
    if unknown:
        raise BadInput(f"{TABLE} names no patient for {', '.join(unknown[:5])}{', …' if len(unknown) > 5 else ''} "
                       f"({len(unknown)} in all): give a table that does, or write data.patients: none (then every "
                       "number is too good)")
