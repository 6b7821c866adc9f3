"""CSV files from outside, read strictly: every row has the header's fields, and a mistake is named with its line.

pandas shifts columns when rows are longer than the header, reads a missing field as NaN and a `;` file as one column,
all in silence; the csv module lets us see each row before it becomes a table.
"""

import csv
import io
from pathlib import Path

import pandas as pd

from xrays.console import BadInput

SHOWN = 5  # mistakes named in one message


def read(path: Path, columns: list[str]) -> pd.DataFrame:
    """Every field as text, indexed by the line it stands on. A byte order mark, CRLF and empty lines are fine."""
    rows = csv.reader(io.StringIO(text(path), newline=""), strict=True)
    lines, last = {}, 0
    try:
        check_header(path.name, next(rows, []), columns)
        last = rows.line_num
        for row in rows:
            last = rows.line_num
            lines[last] = row
    except csv.Error as error:  # a quote that is never closed is noticed at the end, but stands where its row began
        raise BadInput(f"{path.name}, line {last + 1}: not valid CSV ({error}): "
                       "correct that line, or get the file again") from None
    lines = {line: row for line, row in lines.items() if row}
    refuse(path.name, {line: f"has {len(row)} fields, the header {len(columns)}"
                       for line, row in lines.items() if len(row) != len(columns)})
    return pd.DataFrame(list(lines.values()), index=list(lines), columns=columns, dtype=str)


def once(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out what repeats an earlier row word for word, and say so: it can mislead nobody."""
    again = rows.duplicated()
    if again.any():
        lines = ", ".join(str(line) for line in rows.index[again][:SHOWN])
        print(f"{name}: {again.sum()} rows repeat an earlier row and count once (line {lines})")
    return rows[~again]


def text(path: Path) -> str:
    """A file's text. Raises BadInput for what is no UTF-8 text."""
    try:
        decoded = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{path.name} is missing in {path.parent}: run `dvc repro download`") from None
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        raise BadInput(f"{path.name}, line {line}: not UTF-8 text (Latin-1 from a spreadsheet?): "
                       "save the file as UTF-8, or get it again") from None
    if "\0" in decoded:
        line = decoded[:decoded.index("\0")].count("\n") + 1
        raise BadInput(f"{path.name}, line {line}: a NUL byte, so the file is damaged or no text: get it again")
    return decoded


def refuse(name: str, mistakes: dict[int, str]) -> None:
    """Raise BadInput that names the first mistakes, {line: what is wrong}; do nothing where there is none."""
    if mistakes:
        named = "; ".join(f"line {line} {mistake}" for line, mistake in sorted(mistakes.items())[:SHOWN])
        more = f"; and {len(mistakes) - SHOWN} more" if len(mistakes) > SHOWN else ""
        raise BadInput(f"{name}: {named}{more}: correct these lines, or get the file again")


def check_header(name: str, header: list[str], columns: list[str]) -> None:
    """Raise BadInput unless the header is just these columns, in this order."""
    if not header:
        raise BadInput(f"{name}: the file is empty: get it again")
    if len(header) == 1 and ";" in header[0]:
        raise BadInput(f"{name}: its columns are separated by semicolons: save it with commas, or get it again")
    if header != columns:
        found, expected = (", ".join(column or "(unnamed)" for column in names) for names in (header, columns))
        raise BadInput(f"{name}: its columns are {found[:300]}, not {expected}: "
                       "this is another table, or another data set")
