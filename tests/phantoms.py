"""Phantoms for the tests: a small archive on disk, its tables and hashes, and single drawings."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xrays.phantom import write
from xrays.phantom.archive import METADATA, PICTURES
from xrays.phantom.drawing import Drawing, draw
from xrays.phantom.people import Picture, drawn_patient, visits_of
from xrays.phantom.presets import Preset, Site


@dataclass(frozen=True)
class Archive:
    """A phantom on disk; `reported` is what it told of its progress."""

    folder: Path
    rows: list[dict[str, str]]
    patients: dict[str, dict[str, str]]
    reported: list[tuple[int, int]]

    def path(self, name: str) -> Path:
        (found,) = (self.folder / PICTURES).glob(f"*/{name}")
        return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def written(folder: Path, patients: int, seed: int, processes: int, external: str) -> Archive:
    folder.mkdir()
    reported = []
    write(folder, "clean", patients, seed, processes, lambda done, total: reported.append((done, total)),
          external=external)
    patient_rows = {row["X_ray_image_name"]: row for row in table(folder / "patients.csv")}
    return Archive(folder, table(folder / METADATA), patient_rows, reported)


def drawing(seed: int, finding: str, severity: float, view: str = "PA") -> Drawing:
    site = Site(width_px=(240, 240), marker_share=0.0, band_share=0.0)
    return draw(seed, "someone", 0, sex="F", age=50, finding=finding, severity=severity, view=view, site=site)


def at(site: str, *shortcuts: str, seed: int = 0, finding: str = "Normal", index: int = 0) -> Picture:
    """The first picture of a patient at site A or B, which differ in these shortcuts; always a grey JPEG."""
    own = {"Normal": "A", "COVID-19": "B"}[finding] == site
    return next(visits_of(seed, drawn_patient(Preset(float(own), shortcuts), seed, finding, index, mode="L")))


def patients_of(preset: Preset, seed: int, finding: str, count: int) -> Iterator[bool]:
    """Whether each of these patients is at site A of a preset whose sites differ."""
    return (drawn_patient(preset, seed, finding, index).site == preset.sites[0] for index in range(count))
