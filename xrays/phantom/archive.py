"""Writes the folder that looks like Kaggle's CoronaHack archive: pictures, both tables, patients.

The picture tables are CoronaHack's to the letter (`Pnemonia`, the index gaps of files that have no
row); `patients.csv` has the columns of ieee8023's table for the rows that come from there.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from xrays.lifeline import workers
from xrays.phantom.cohort import Picture, cohort
from xrays.phantom.drawing import draw
from xrays.phantom.encoding import encoded, ruined
from xrays.phantom.presets import preset_named
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


def write(
    folder: Path, preset: str, patients: int, seed: int, processes: int, report: Callable[[int, int], None]
) -> None:
    """Fills an empty folder; the same arguments (but for `processes`) give the same bytes.

    `patients` counts those with Normal or COVID-19; the other rows come in proportion.
    `report(done, total)` is called after every picture. Raises ValueError for an unknown preset and
    for fewer than 8 patients.
    """
    pictures = listing_order(cohort(preset_named(preset), patients, seed))
    for part in ("train", "test"):
        (folder / PICTURES / part).mkdir(parents=True)
    files = [picture for picture in pictures if picture.state != "missing"]
    for done, _ in enumerate(in_parallel(partial(write_picture, folder, seed), files, processes), start=1):
        report(done, len(files))
    write_table(folder / METADATA, METADATA_COLUMNS, metadata_rows(pictures))
    write_table(folder / SUMMARY, SUMMARY_COLUMNS, summary_rows(pictures))
    write_table(folder / "patients.csv", PATIENT_COLUMNS, patient_rows(seed, pictures))


def in_parallel(job: Callable[[Picture], None], pictures: list[Picture], processes: int) -> Iterator[None]:
    if processes <= 1:
        yield from map(job, pictures)
        return
    # Spawned, not forked: a caller's threads (progress bars, torch) do not survive a fork. Not a
    # multiprocessing.Pool either: that waits for ever when a worker is killed, this one raises.
    with workers(processes, "spawn") as pool:
        yield from pool.map(job, pictures, chunksize=4)


def write_picture(folder: Path, seed: int, picture: Picture) -> None:
    part = "test" if picture.patient.test else "train"
    (folder / PICTURES / part / picture.name).write_bytes(picture_file(seed, picture))


def picture_file(seed: int, picture: Picture) -> bytes:
    """The bytes of one file; a duplicate has those of the picture that it doubles."""
    patient = picture.patient
    drawing = draw(
        seed, patient.key, picture.visit, sex=patient.sex, age=patient.age, finding=patient.finding,
        severity=picture.severity, view=picture.view, site=patient.site,
    )
    low, high = patient.site.jpeg_quality
    quality = round(stream(seed, patient.key, picture.visit, "quality").uniform(low, high))
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
