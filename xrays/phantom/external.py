"""Pictures of a hospital that nothing is trained on: patients of their own, half of them with COVID-19."""

from collections.abc import Iterator
from dataclasses import replace

from xrays.phantom import names
from xrays.phantom.people import Hospitals, Patient, Picture, drawn_patient, extension, visits_of
from xrays.phantom.presets import Elsewhere, Preset
from xrays.phantom.randomness import stream

EXTERNAL = ("none", "elsewhere", "reversed")
FIRST_INDEX = 100_000  # beyond the index of every patient of the archive: another name, another random stream
LEAST = 16
TWO_PICTURES_SHARE = 0.25
COLUMNS = ("image", "label", "group")


def external_pictures(preset: Preset, external: str, patients: int, seed: int) -> list[Picture]:
    """Sorted by name; a quarter as many patients as the study has, at least 16, one or two pictures each.

    `elsewhere`: a third site, the same for both labels. `reversed`: the preset's sites, its rho turned round. The
    bodies and the diseases are the same in both. Raises ValueError for another word.
    """
    if external not in EXTERNAL:
        raise ValueError(f"unknown external pictures {external!r}; allowed: {', '.join(EXTERNAL)}")
    if external == "none":
        return []
    hospitals = Elsewhere() if external == "elsewhere" else replace(preset, rho=1 - preset.rho)
    return sorted(drawn(hospitals, patients, seed), key=lambda picture: picture.name)


def drawn(hospitals: Hospitals, patients: int, seed: int) -> Iterator[Picture]:
    for index in range(max(LEAST, round(patients / 4)) // 2):
        for finding in ("COVID-19", "Normal"):
            patient = drawn_patient(hospitals, seed, finding, FIRST_INDEX + index)
            first = next(visits_of(seed, patient))
            has_two = stream(seed, patient.key, "external").random() < TWO_PICTURES_SHARE
            for visit in range(1 + has_two):
                stem = names.uuid_name(f"{seed}-external-{patient.key}-{visit}")
                yield replace(first, visit=visit, name=stem + extension(stem, first.mode), day=None, license="")


def group(patient: Patient) -> str:
    """`external-1` and so on; the number does not tell the label to who does not know this line."""
    return f"external-{2 * (patient.index - FIRST_INDEX) + 1 + (patient.finding == 'Normal')}"


def external_rows(pictures: list[Picture]) -> Iterator[tuple[str, str, str]]:
    for picture in pictures:
        yield picture.name, picture.patient.finding, group(picture.patient)
