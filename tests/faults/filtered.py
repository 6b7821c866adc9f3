"""What download and filter make of an archive that was changed: refused by name, or rows, counts and pictures."""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.faults.archives import METADATA, PICTURES, give, take_back
from tests.faults.bench import Bench, compared
from xrays import cohort, files

Change = Callable[[dict[str, bytes]], None]
OUTS = ("data/filtered", "metrics/data.json")


def place(name: str, part: str = "train") -> str:
    """A picture's name in the zip."""
    return f"{PICTURES}/{part}/{name}"


def edited(change: Callable[[str], str | bytes], name: str = METADATA) -> Change:
    """Change one text of the archive; a change that changes nothing is a mistake of the test."""
    def apply(archive: dict[str, bytes]) -> None:
        before, after = archive[name], change(archive[name].decode())
        archive[name] = after.encode() if isinstance(after, str) else after
        assert archive[name] != before
    return apply


def renamed(old: str, new: str) -> Change:
    """Give a picture of the training part another name, in the metadata too."""
    def apply(archive: dict[str, bytes]) -> None:
        archive[place(new)] = archive.pop(place(old))
        edited(lambda text: text.replace(f",{old},", f",{new},"))(archive)
    return apply


def patients(bench: Bench) -> str:
    """The patients table as it is."""
    return bench.read("data/raw/patients.csv")


def refused(bench: Bench, stage: str, *says: str, change: Change | None = None, table: str | None = None) -> str:
    """Stage refuses the archive or the patients table in one line; with the good ones again the same bytes come out."""
    give(bench, change, patients=None if table is None else table.encode())
    line = bench.fails(stage, *says)
    take_back(bench)
    bench.recovers("download", "filter")
    return line


def accepted(bench: Bench, change: Change | None = None, table: str | None = None) -> str:
    """Both stages take the archive and the patients table; what they print."""
    give(bench, change, patients=None if table is None else table.encode())
    return bench.run("dvc", "repro", "filter", **bench.environment)


def same_as_reference(bench: Bench) -> bool:
    """Everything that filter makes is byte for byte what the archive as it was gave."""
    made = {out["path"]: out["md5"] for out in bench.entry("filter")["outs"]}
    same = [made[path] == bench.reference[path] == files.md5(bench.folder / path) for path in OUTS]
    compared.extend(same)
    return all(same)


def rows(bench: Bench) -> pd.DataFrame:
    """The manifest by picture."""
    return files.read_csv(bench.folder / "data" / "filtered" / "manifest.csv").set_index("image", drop=False)


def counts(bench: Bench) -> dict[str, float]:
    return json.loads(bench.read("metrics/data.json"))


def pictures(bench: Bench) -> dict[str, np.ndarray]:
    """Prepared pictures by name, as signed numbers, so that differences do not wrap."""
    prepared = np.load(bench.folder / "data" / "filtered" / "pictures.npy").astype(int)
    return dict(zip(cohort.prepared(rows(bench))["image"], prepared, strict=True))
