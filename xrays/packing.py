"""External pictures from a person's folder or CSV, as one zip whose SHA-256 depends on names, labels and bytes alone.

Nothing from outside is read by path (xrays/store.py): the zip is taken in, params.yaml names its hash. Entries are
sorted, stored uncompressed and dated 1980, so the same pictures give the same hash on every machine.
"""

import zipfile
from pathlib import Path

import pandas as pd

from xrays import archive, external, files, tables
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL

SUFFIXES = (".jpeg", ".jpg", ".png")
DATE = (1980, 1, 1, 0, 0, 0)
LAYOUT = f"external pictures are a folder with {COVID}/ and {NORMAL}/ in it, or a CSV with columns image,label or image,label,patient"


def pack(given: Path, target: Path) -> pd.DataFrame:
    """Write the zip; returns its rows: image, label, group, path. Raises BadInput in one line, and writes nothing then."""
    if given.is_dir():
        rows = from_folder(given)
    elif given.is_file():
        rows = from_table(given)
    else:
        raise BadInput(f"{given} is neither a folder nor a file: {LAYOUT}")
    check(rows, given)
    rows = rows.sort_values("image", ignore_index=True)
    with files.whole(target) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as packed:
        table = rows[external.COLUMNS].to_csv(index=False, lineterminator="\n")
        packed.writestr(_entry(external.TABLE), table.encode())
        for image, path in zip(rows["image"], rows["path"]):
            packed.writestr(_entry(f"pictures/{image}"), path.read_bytes())
    return rows


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.create_system, entry.external_attr = 3, 0o100644 << 16  # as on Unix, wherever it is packed
    return entry


def from_folder(folder: Path) -> pd.DataFrame:
    """Every picture below COVID-19/ and Normal/; nobody says who is on them, so each stands for a patient of its own."""
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if not {COVID, NORMAL} <= set(inside):
        raise BadInput(f"{folder} holds the folders {', '.join(inside) or '(none)'}: {LAYOUT}")
    paths = [(label, path) for label in (COVID, NORMAL) for path in sorted((folder / label).rglob("*"))
             if path.suffix.lower() in SUFFIXES]
    return pd.DataFrame([(path.name, label, path.name, path) for label, path in paths],
                        columns=[*external.COLUMNS, "path"])


def from_table(table: Path) -> pd.DataFrame:
    """A row a picture, its path relative to the CSV; with a column patient, pictures of one patient count as such."""
    header = tables.text(table).partition("\n")[0].strip().split(",")
    named = tables.read(table, ["image", "label", "patient"] if len(header) == 3 else ["image", "label"])
    rows = pd.DataFrame({"image": [Path(image).name for image in named["image"]], "label": named["label"],
                         "path": [table.parent / image for image in named["image"]]}, index=named.index)
    rows["group"] = named.get("patient", rows["image"])
    rows["group"] = rows["group"].where(rows["group"] != "", rows["image"])
    tables.refuse(table.name, {line: f"names {named.at[line, 'image']!r}, which is no file" for line, path
                               in rows["path"].items() if not path.is_file()})
    return rows


def check(rows: pd.DataFrame, given: Path) -> None:
    """Refuse what could not be told apart, or judged, later."""
    for label in (COVID, NORMAL):
        if not (rows["label"] == label).any():
            raise BadInput(f"{given} holds no {label} picture (jpg, jpeg or png): both classes are needed to judge a model")
    for image, label, path in zip(rows["image"], rows["label"], rows["path"]):
        if label not in (COVID, NORMAL):
            raise BadInput(f"{given}: {image} has label {label!r}, not {COVID} or {NORMAL}: correct it")
        if path.is_symlink():
            raise BadInput(f"{path} is a link: give the picture itself")
        if not archive.IMAGE.fullmatch(image) or ".." in image:
            raise BadInput(f"{path}: the name may hold letters, digits, blanks and . ( ) - _ and end in jpg, jpeg or png: "
                           "rename it")
    twice = rows[rows["image"].str.casefold().duplicated(keep=False)]
    if len(twice):
        raise BadInput(f"{twice['path'].iloc[0]} and {twice['path'].iloc[1]} have one name: rename one of them")
