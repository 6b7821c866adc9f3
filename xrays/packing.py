"""Pictures from a person's folder or CSV (another hospital's, or added cases), as one zip.

Its SHA-256 depends on names, labels, patients and bytes alone.

Nothing from outside is read by path (xrays/store.py): the zip is taken in, params.yaml names its hash. Entries are
sorted, stored uncompressed and dated 1980, so the same pictures give the same hash on every machine.
"""

import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd
from PIL import Image

from xrays import archive, external, files, tables, unpack
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL

LABELS = (COVID, NORMAL)
SUFFIXES = (".jpeg", ".jpg", ".png")
DATE = (1980, 1, 1, 0, 0, 0)
SHOWN = 3  # files named in one message


@dataclass(frozen=True)
class Kind:
    """What is packed. noun: as a person is told; needed: classes that must be there."""

    noun: str
    folders: str
    needed: tuple[str, ...]

    @property
    def layout(self) -> str:
        return f"{self.noun} are {self.folders}, or a CSV with columns image,label or image,label,patient"


EXTERNAL = Kind("external pictures", f"a folder with {COVID}/ and {NORMAL}/ in it", LABELS)
CASES = Kind("cases", f"a folder with {COVID}/ or {NORMAL}/ or both in it", ())


def pack(given: Path, target: Path, kind: Kind) -> pd.DataFrame:
    """Write the zip; returns its rows: image, label, group, path. Raises BadInput in one line, and writes nothing then.

    group: the patient; the picture's own name where nobody says who is on it.
    """
    if given.is_dir():
        rows = from_folder(given, kind)
    elif given.is_file():
        rows = from_table(given, kind)
    else:
        raise BadInput(f"{given} is neither a folder nor a file: {kind.layout}")
    check(rows, given, kind)
    unpack.check_space(target.parent, check_size(rows, given))
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


def from_folder(folder: Path, kind: Kind) -> pd.DataFrame:
    """Every picture below COVID-19/ and Normal/, where they are.

    Nobody says who is on them, so each stands for a patient of its own.

    Files of other kinds are left out, and named on the console; hidden ones in silence.
    """
    inside = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not inside or not set(kind.needed) <= set(inside) <= set(LABELS):
        raise BadInput(f"{folder} holds the folders {', '.join(inside) or '(none)'}: {kind.layout}")
    found = [(label, path) for label in inside for path in [folder / label, *sorted((folder / label).rglob("*"))]
             if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    linked = [path for _, path in found if path.is_symlink()]
    if linked:
        raise BadInput(f"{linked[0]} is a link: put what it points to in its place")
    named = [(label, path) for label, path in found if path.is_file()]
    paths = [(label, path) for label, path in named if path.suffix.lower() in SUFFIXES]
    if left := [path.name for _, path in named if path.suffix.lower() not in SUFFIXES]:
        print(f"{len(left)} files are left out, for they are neither jpg, jpeg nor png: {_few(left)}")
    rows = [(image, label, image, path) for label, path in paths for image in [_composed(path.name)]]
    return pd.DataFrame(rows, columns=[*external.COLUMNS, "path"])


def from_table(table: Path, kind: Kind) -> pd.DataFrame:
    """A row a picture, its path relative to the CSV; with a column patient, pictures of one patient count as such."""
    if table.suffix.lower() != ".csv":
        raise BadInput(f"{table} is no .csv: {kind.layout}; unpack an archive first")
    header = tables.text(table).partition("\n")[0].count(",")
    named = tables.read(table, ["image", "label", "patient"] if header > 1 else ["image", "label"])
    tables.refuse(table.name, {line: fault for line, row in named.iterrows() if (fault := _fault(row, table.parent))})
    rows = pd.DataFrame({"image": [_composed(PurePosixPath(image).name) for image in named["image"]],
                         "label": named["label"]}, index=named.index, dtype=str)
    rows["path"] = [table.parent / image for image in named["image"]]
    rows["group"] = named.get("patient", rows["image"])
    rows["group"] = rows["group"].where(rows["group"] != "", rows["image"])
    key = rows["image"].str.casefold()
    first = rows.index.to_series().groupby(key).transform("first")
    tables.refuse(table.name, {line: f"names a file {rows.at[line, 'image']!r} again, after line {first[line]}"
                               for line in rows.index[first != rows.index]})
    return rows


def _fault(row: pd.Series, folder: Path) -> str:
    """What is wrong with a row of a person's CSV; nothing outside its own folder is read."""
    image, parts = row["image"], PurePosixPath(row["image"]).parts
    if not parts or parts[0] == "/" or ".." in parts or "\\" in image:
        return f"names {image!r}, which is no path below the CSV's own folder"
    if row["label"] not in LABELS:
        return f"has label {row['label']!r}, not {COVID} or {NORMAL}"
    if any(folder.joinpath(*parts[:end]).is_symlink() for end in range(1, len(parts) + 1)):
        return f"names {image!r}, which is a link or lies behind one"
    if not (folder / image).is_file():
        return f"names {image!r}, which is no file"
    patient = row.get("patient", "")
    if patient != patient.strip() or patient and not patient.isprintable():
        return f"has patient {patient!r}, with blanks around it or what cannot be printed in it"
    return ""


def _composed(name: str) -> str:
    """One spelling of a name: some systems write an accented letter as two characters."""
    return unicodedata.normalize("NFC", name)


def check(rows: pd.DataFrame, given: Path, kind: Kind) -> None:
    """Refuse what could not be told apart, or judged, later."""
    for label in kind.needed:
        if not (rows["label"] == label).any():
            raise BadInput(f"{given} holds no {label} picture (jpg, jpeg or png): both classes are needed to judge "
                           "a model")
    if rows.empty:
        raise BadInput(f"{given} holds no picture (jpg, jpeg or png): {kind.layout}")
    for image, path in zip(rows["image"], rows["path"]):
        if not archive.IMAGE.fullmatch(image) or ".." in image:
            raise BadInput(f"{path}: the name may hold letters, digits, blanks and . ( ) - _ and end in jpg, jpeg or "
                           "png: rename it")
        if not _is_picture(path):
            raise BadInput(f"{path} is neither a JPEG nor a PNG, whatever its name says: export it as one, or remove "
                           "it")
    key = rows["image"].str.casefold()
    twice = rows[key == key[key.duplicated()].min()]  # the first name that stands twice
    if len(twice):
        raise BadInput(f"{twice['path'].iloc[0]} and {twice['path'].iloc[1]} have one name: rename one of them")


def _is_picture(path: Path) -> bool:
    """By its first bytes; whether the rest can be decoded, is filter's to say."""
    try:
        with Image.open(path, formats=("JPEG", "PNG")):
            return True
    except Image.DecompressionBombError:
        return True
    except Exception:  # a broken header can end Pillow in any error
        return False


def check_size(rows: pd.DataFrame, given: Path) -> int:
    """Bytes of all pictures. Refuse what `download` would not unpack (xrays/unpack.py has the limits)."""
    size = sum(path.stat().st_size for path in rows["path"])
    for found, most, what in ((len(rows) + 1, unpack.MOST_ENTRIES, "files, the table among them"),
                              (size, unpack.MOST_BYTES, "bytes")):
        if found > most:
            raise BadInput(f"{given} holds {found:,} {what}, more than the {most:,} allowed: give a part of it")
    return size


def unnamed(count: int) -> str:
    """What is said of pictures of which nobody knows whose they are."""
    return bool(count) * f"; {count} pictures name no patient, so each of them stands for one of its own"


def _few(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
