"""Every quirk of the real archive, planted: duplicates, laterals, slices, files and rows that no reader can open."""

from collections.abc import Iterator
from dataclasses import replace

from xrays.phantom import names
from xrays.phantom.people import Picture, drawn_patient, extension, visits_of
from xrays.phantom.presets import Preset

# Rare quirks by position (first, period): the smallest cohort has each, 400 patients have the number
# of the docstring of `quirks`.
OWN_DUPLICATE, FOREIGN_DUPLICATE = (1, 125), (3, 100_000)
LATERAL, SLICE = (1, 100), (2, 100_000)
RUINS = (("Normal", 4000, "truncated"), ("bacteria", 900, "html"), ("Virus", 901, "missing"))


def is_planted(position: int, quirk: tuple[int, int]) -> bool:
    first, period = quirk
    return position >= first and (position - first) % period == 0


def renamed(picture: Picture, stem: str, visit: int | None = None, **changes: object) -> Picture:
    suffix = extension(stem, picture.mode)
    return replace(picture, name=stem + suffix, visit=picture.visit if visit is None else visit, **changes)


def quirks(seed: int, pictures: list[Picture]) -> Iterator[Picture]:
    """What a patient's ordinary pictures entail: duplicates of Normals, laterals and a slice of COVID-19.

    400 study patients have 3 duplicates (one under a number of another patient), 2 laterals, 1 slice.
    """
    first, patient = pictures[0], pictures[0].patient
    if patient.finding == "Normal" and is_planted(patient.index, OWN_DUPLICATE):
        yield renamed(first, names.normal_name(patient.index, len(pictures) + 1, 2))
    if patient.finding == "Normal" and is_planted(patient.index, FOREIGN_DUPLICATE):
        yield renamed(first, names.normal_name(patient.index, 0, 1, offset=1))
    for quirk, view, visit in ((LATERAL, "L", 5), (SLICE, "Axial", 6)):
        if patient.finding == "COVID-19" and is_planted(patient.index, quirk):
            stem = names.published_name(seed, patient.finding, patient.index, visit, 0)
            yield renamed(first, stem, visit, view=view)


def broken(preset: Preset, seed: int) -> Iterator[Picture]:
    """Rows that no reader can open: a truncated Normal, a web page, a file that is not there.

    They are people of their own (index 900 and up), so no other patient loses a picture.
    """
    for finding, index, state in RUINS:
        patient = drawn_patient(preset, seed, finding, index, mode="L")
        yield replace(next(visits_of(seed, replace(patient, test=False))), state=state)


def orphans(preset: Preset, seed: int, count: int) -> Iterator[Picture]:
    """CT slices that lie in the folder but stand in no table."""
    for index in range(count):
        patient = drawn_patient(preset, seed, "COVID-19", 9000 + index, mode="L")
        stem = names.orphan_name(index)
        yield Picture(patient, 0, stem + ".jpg", "L", patient.severity, "Axial", None, listed=False)
