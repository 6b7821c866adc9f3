"""Writes the folder that looks like Kaggle's CoronaHack archive: pictures, both tables, patients.

The picture tables are CoronaHack's to the letter (`Pnemonia`, the index gaps of files that have no
row); `patients.csv` has the columns of ieee8023's table for the rows that come from there.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from xrays.lifeline import workers
from xrays.phantom.cohort import cohort
from xrays.phantom.drawing import Drawing, draw
from xrays.phantom.encoding import encoded, mask_file, ruined
from xrays.phantom.external import COLUMNS, external_pictures, external_rows
from xrays.phantom.people import Picture
from xrays.phantom.presets import Preset, preset_named
from xrays.phantom.randomness import stream

PICTURES = "Coronahack-Chest-XRay-Dataset/Coronahack-Chest-XRay-Dataset"
METADATA = "Chest_xray_Corona_Metadata.csv"
SUMMARY = "Chest_xray_Corona_dataset_Summary.csv"
METADATA_COLUMNS = (
    "", "X_ray_image_name", "Label", "Dataset_type", "Label_2_Virus_category", "Label_1_Virus_category",
)
SUMMARY_COLUMNS = ("", "Label", "Label_1_Virus_category", "Label_2_Virus_category", "Image_Count")
PATIENT_COLUMNS = (
    "X_ray_image_name", "patient", "offset_days", "sex", "age", "finding", "view", "modality", "license",
)
# Finding -> Label, Label_1_Virus_category, Label_2_Virus_category.
LABELS = {
    "Normal": ("Normal", "", ""),
    "No Finding": ("Normal", "", ""),
    "COVID-19": ("Pnemonia", "Virus", "COVID-19"),
    "SARS": ("Pnemonia", "Virus", "SARS"),
    "ARDS": ("Pnemonia", "Stress-Smoking", "ARDS"),
    "Streptococcus": ("Pnemonia", "bacteria", "Streptococcus"),
    "Virus": ("Pnemonia", "Virus", ""),
    "bacteria": ("Pnemonia", "bacteria", ""),
}
UNKNOWN_SHARE = 0.12  # of the patients of ieee8023 whose sex or age nobody wrote down


Table = tuple[tuple[str, ...], list[tuple[object, ...]]]  # its columns, its rows


@dataclass(frozen=True)
class Film:
    """A picture to draw, and where it and its mask go, from the folder; no mask where `mask` is None."""

    picture: Picture
    path: str
    mask: str | None


def write(
    folder: Path, preset: str, patients: int, seed: int, processes: int, report: Callable[[int, int], None], *,
    rho: float | Literal["preset"] = "preset", shortcuts: Sequence[str] | Literal["preset"] = "preset",
    external: str = "none",
) -> None:
    """Fills an empty folder; the same arguments (but for `processes`) give the same bytes.

    `patients` counts those with Normal or COVID-19; the other rows come in proportion. Masks lie in `masks/`, pictures
    of another hospital, with their masks and labels, in `external/` unless it is "none".
    `report(done, total)` is called after every picture. Raises ValueError for an unknown preset, shortcut or kind of
    external pictures and for fewer than 8 patients.
    """
    tables, films = plan(preset_named(preset, rho, shortcuts), patients, seed, external)
    places = [folder / PICTURES / part for part in ("train", "test")]
    for place in (*places, *(folder / place for film in films for place in film_folders(film))):
        place.mkdir(parents=True, exist_ok=True)
    for done, _ in enumerate(in_parallel(partial(write_film, folder, seed), films, processes), start=1):
        report(done, len(films))
    for name, (columns, rows) in tables.items():
        write_table(folder / name, columns, rows)


def plan(preset: Preset, patients: int, seed: int, external: str) -> tuple[dict[str, Table], list[Film]]:
    """All tables by name and all films that `write` will make, without drawing one."""
    pictures = listing_order(cohort(preset, patients, seed))
    abroad = external_pictures(preset, external, patients, seed)
    tables = {
        METADATA: (METADATA_COLUMNS, list(metadata_rows(pictures))),
        SUMMARY: (SUMMARY_COLUMNS, list(summary_rows(pictures))),
        "patients.csv": (PATIENT_COLUMNS, list(patient_rows(seed, pictures))),
    }
    if abroad:
        tables["external/pictures.csv"] = (COLUMNS, list(external_rows(abroad)))
    films = [
        Film(picture, f"{PICTURES}/{'test' if picture.patient.test else 'train'}/{picture.name}",
             f"masks/{picture.name}.png" if picture.masked else None)
        for picture in pictures if picture.state != "missing"
    ]
    films += [Film(p, f"external/pictures/{p.name}", f"external/masks/{p.name}.png") for p in abroad]
    return tables, films


def film_folders(film: Film) -> set[str]:
    return {path.rpartition("/")[0] for path in (film.path, film.mask) if path}


def in_parallel(job: Callable[[Film], None], films: list[Film], processes: int) -> Iterator[None]:
    if processes <= 1:
        yield from map(job, films)
        return
    # Spawned, not forked: a caller's threads (progress bars, torch) do not survive a fork. Not a
    # multiprocessing.Pool either: that waits for ever when a worker is killed, this one raises.
    with workers(processes, "spawn") as pool:
        yield from pool.map(job, films, chunksize=4)


def write_film(folder: Path, seed: int, film: Film) -> None:
    drawing = drawn(seed, film.picture)
    (folder / film.path).write_bytes(picture_file(seed, film.picture, drawing))
    if film.mask:
        (folder / film.mask).write_bytes(mask_file(drawing.lungs, drawing.lesions))


def drawn(seed: int, picture: Picture) -> Drawing:
    """The picture before it becomes a file, with its masks; a duplicate's are those of the picture that it doubles."""
    patient = picture.patient
    return draw(
        seed, patient.key, picture.visit, sex=patient.sex, age=patient.age, finding=patient.finding,
        severity=picture.severity, view=picture.view, site=patient.site,
    )


def picture_file(seed: int, picture: Picture, drawing: Drawing) -> bytes:
    """The bytes of one file."""
    low, high = picture.patient.site.jpeg_quality
    quality = round(stream(seed, picture.patient.key, picture.visit, "quality").uniform(low, high))
    return ruined(encoded(drawing.picture, picture.mode, quality), picture.state)


def listing_order(pictures: list[Picture]) -> list[Picture]:
    """The order of the real table: TRAIN before TEST; in each Kermany's Normals, his pneumonias, then
    ieee8023's, all backwards by name."""

    def block(picture: Picture) -> tuple[bool, int]:
        kermany = {"Normal": 0, "Virus": 1, "bacteria": 1}
        return picture.patient.test, kermany.get(picture.patient.finding, 2)

    return sorted(sorted(pictures, key=lambda p: p.name, reverse=True), key=block)


def metadata_rows(pictures: list[Picture]) -> Iterator[tuple[object, ...]]:
    """One row a listed picture; files without a row leave a gap in the index."""
    for index, picture in enumerate(pictures):
        if picture.listed:
            label, label_1, label_2 = LABELS[picture.patient.finding]
            yield index, picture.name, label, "TEST" if picture.patient.test else "TRAIN", label_2, label_1


def summary_rows(pictures: list[Picture]) -> Iterator[tuple[object, ...]]:
    counts = Counter(LABELS[picture.patient.finding] for picture in pictures if picture.listed)
    for index, labels in enumerate(sorted(counts)):
        yield index, *labels, counts[labels]


def patient_rows(seed: int, pictures: list[Picture]) -> Iterator[tuple[object, ...]]:
    """What ieee8023's table says of its patients, sorted by file name; Kermany's are not in it."""
    for picture in sorted(pictures, key=lambda p: p.name):
        patient = picture.patient
        if picture.listed and patient.number is not None:
            unknown = stream(seed, patient.key, "unknown").random(2) < UNKNOWN_SHARE
            yield (
                picture.name, patient.number, "" if picture.day is None else picture.day,
                "" if unknown[0] else patient.sex, "" if unknown[1] else patient.age, patient.finding,
                picture.view, "CT" if picture.view == "Axial" else "X-ray", picture.license,
            )


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)
