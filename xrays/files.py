"""Files whose bytes depend on their content alone, and which appear under their final name whole or not at all."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from safetensors import SafetensorError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a temporary name beside path to write a file or a folder to; it gets its final name only on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    _remove(unfinished)
    try:
        yield unfinished
        if unfinished.is_dir():
            _remove(path)  # a folder cannot take the place of another in one step; a file can
        os.replace(unfinished, path)
    except SafetensorError as error:
        told = re.search(r"os error (\d+)", str(error))  # a full disk is no OSError to safetensors
        if told is None:
            raise
        raise OSError(int(told[1]), os.strerror(int(told[1])), str(path)) from None
    finally:
        _remove(unfinished)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def md5(path: Path) -> str:
    """The md5 that dvc.lock gives a file, or a folder: there of the sorted list of its files' md5s."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    return md5_of(listing(path))


def listing(folder: Path) -> list[dict[str, str]]:
    """md5 and relpath of every file in a folder; what .dvcignore leaves out is left out."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return [{"md5": md5(folder / name), "relpath": name} for name in names if not _ignored(name)]


def md5_of(entries: list[dict[str, str]]) -> str:
    """The md5 of a folder from md5 and relpath of its files, in any order; DVC sorts by the whole text: `a.csv`, `a/b`."""
    ordered = sorted(entries, key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(ordered, sort_keys=True).encode()).hexdigest() + ".dir"


def _ignored(name: str) -> bool:
    return name.endswith(".unfinished") or "__pycache__" in name.split("/")


def write_json(path: Path, values: dict[str, float | str]) -> None:
    """Flat, sorted and rounded to 6 decimals; DVC drops lists and nulls in silence and NaN is no JSON, so both raise."""
    for key, value in values.items():
        if not isinstance(value, (float, int, str)) or isinstance(value, bool):
            raise TypeError(f"{path.name}: {key} is a {type(value).__name__}, not a number or a text")
    flat = {key: value if isinstance(value, str) else round(float(value), 6) for key, value in values.items()}
    with whole(path) as unfinished:
        unfinished.write_text(json.dumps(flat, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")


def write_csv(path: Path, table: pd.DataFrame, decimals: int = 6) -> None:
    """Comma, LF, no index; numbers with a fixed number of decimals."""
    with whole(path) as unfinished:
        table.to_csv(unfinished, index=False, lineterminator="\n", float_format=f"%.{decimals}f", encoding="utf-8")


def read_csv(path: Path, numbers: dict[str, type] | None = None) -> pd.DataFrame:
    """Every column as text, blanks as "", except those named in numbers (pandas would turn "001" and "NA" around)."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig")
    return table.astype(numbers or {})
