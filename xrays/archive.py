"""The layout of Kaggle's CoronaHack archive, which data/raw has whatever its source: names, labels, pictures.

The real one holds 5,910 rows (1,576 Normal, 58 COVID-19) and about 23 CT slices that no row names: so drive from the
CSV, never from a listing.
"""

import hashlib
import re
from pathlib import Path

import pandas as pd

from xrays import files, tables
from xrays.console import BadInput

METADATA = "Chest_xray_Corona_Metadata.csv"
PICTURES = Path("Coronahack-Chest-XRay-Dataset/Coronahack-Chest-XRay-Dataset")
NAMES = {
    "X_ray_image_name": "image",
    "Label": "label",
    "Dataset_type": "part",
    "Label_2_Virus_category": "label_2",
    "Label_1_Virus_category": "label_1",
}
VALUES = {
    "label": ["Normal", "Pnemonia"],  # misspelt in the original
    "part": ["TRAIN", "TEST"],
    "label_2": ["", "COVID-19", "SARS", "ARDS", "Streptococcus"],
    "label_1": ["", "Virus", "bacteria", "Stress-Smoking"],
}
IMAGE = re.compile(r"[\w .()-]+\.(jpe?g|png)", re.IGNORECASE)


def read_metadata(raw: Path) -> pd.DataFrame:
    """Columns image, label, part, label_2, label_1: the archive's own texts, in its own order.

    Raises BadInput that names up to five bad rows by line: an unknown or padded label, a file name that is no plain
    picture name, a name that stands twice (also when only upper and lower case differ) and not in the same row again.
    """
    rows = tables.once(METADATA, tables.read(raw / METADATA, ["", *NAMES]).rename(columns=NAMES)[list(NAMES.values())])
    if rows.empty:
        raise BadInput(f"{METADATA}: it has a header but no rows: get the file again")
    tables.refuse(METADATA, _bad_labels(rows) | _bad_names(rows))
    return rows.reset_index(drop=True)


def _bad_labels(rows: pd.DataFrame) -> dict[int, str]:
    bad = {line: f"has {original} {value!r}, not {' or '.join(repr(allowed) for allowed in VALUES[column])}"
           for original, column in NAMES.items() if column in VALUES
           for line, value in rows[column].items() if value not in VALUES[column]}
    both = rows.index[rows["label"].eq("Normal") & rows["label_2"].ne("")]
    return bad | {line: f"is Normal and {rows.at[line, 'label_2']} at once" for line in both}


def _bad_names(rows: pd.DataFrame) -> dict[int, str]:
    first = rows.index.to_series().groupby(rows["image"].str.casefold()).transform("first")
    twice = {line: f"names {rows.at[line, 'image']!r} again, after line {first[line]}"
             for line in rows.index[first != rows.index]}
    return twice | {line: f"has {image!r}, which is no plain name of a jpg, jpeg or png"
                    for line, image in rows["image"].items() if not IMAGE.fullmatch(image) or ".." in image}


def picture_path(raw: Path, part: str, image: str) -> Path:
    """Where a picture lies; part is TRAIN or TEST."""
    return raw / PICTURES / part.lower() / image


def missing(raw: Path, metadata: pd.DataFrame) -> list[str]:
    """Names in the metadata whose picture is not there."""
    return [image for part, image in zip(metadata["part"], metadata["image"])
            if not picture_path(raw, part, image).is_file()]


def check_layout(raw: Path) -> pd.DataFrame:
    """The metadata of a folder that is CoronaHack's; BadInput where it is another data set."""
    if not (raw / METADATA).is_file():
        raise BadInput(f"{METADATA} is not in it: this is another data set; CoronaHack is "
                       "https://www.kaggle.com/datasets/praveengovi/coronahack-chest-xraydataset")
    metadata = read_metadata(raw)
    if len(missing(raw, metadata)) == len(metadata):
        raise BadInput(f"none of the {len(metadata)} pictures that {METADATA} names lies in {PICTURES}/train or /test: "
                       "this is another data set, or was packed anew: take the zip as Kaggle gives it")
    return metadata


def tree_sha256(folder: Path) -> str:
    """One SHA-256 of all names and bytes in a folder, whatever the order of files, their times and their modes.

    The same as `find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d'\\n' sha256sum | sha256sum` in it.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = "".join(f"{files.sha256(folder / name)}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()
