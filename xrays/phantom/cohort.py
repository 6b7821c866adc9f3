"""Who is in the data set: patients, their visits, and every quirk of the real archive, planted.

Whoever is added later stands behind those that were there: labels, names and quirks follow from a
patient's position in its own group, so a larger cohort holds the smaller one unchanged.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from xrays.phantom import names
from xrays.phantom.presets import Preset, Site
from xrays.phantom.randomness import stream

# 3 of 8 study patients have COVID-19; having more visits, they make 45 % of the study pictures.
COVID_OF_EIGHT = (1, 4, 6)
MINIMUM_PATIENTS = 8
SEVERITY_BETA = (1.8, 1.5)  # 0 is hard to see, 1 fills 64 % of the lungs
SEVERITY_DRIFT = 0.14  # sd from one visit to the next
TEST_SHARE = 0.15

# Patients a finding for 400 study patients, and the shares of them with 1, 2, 3, 4 pictures.
OTHERS = {"Virus": 20, "bacteria": 27, "SARS": 3, "ARDS": 4, "Streptococcus": 3}
VISITS = {
    "Normal": (0.94, 0.05, 0.01), "COVID-19": (0.65, 0.26, 0.06, 0.03), "Virus": (0.85, 0.1, 0.05),
    "bacteria": (0.85, 0.1, 0.05), "SARS": (0.3, 0.4, 0.3), "ARDS": (1.0,), "Streptococcus": (0.5, 0.3, 0.2),
    "No Finding": (1.0,),
}
NUMBER_DIGIT = {"COVID-19": 0, "SARS": 1, "ARDS": 2, "Streptococcus": 3, "No Finding": 4}
LICENSES = ("", "", "", "", "", "CC BY-NC-SA", "CC BY-NC-ND")

# Rare quirks by position (first, period): the smallest cohort has each, 400 patients have the number
# of the docstring of `quirks`. Modes go by position among the study patients.
OWN_DUPLICATE, FOREIGN_DUPLICATE = (1, 125), (3, 100_000)
LATERAL, SLICE = (1, 100), (2, 100_000)
PLANTED_MODES = {2: "RGBA", 4: "P", 5: "I;16", 6: "tinted"}
ORPHANS_OF_400 = 4
RUINS = (("Normal", 4000, "truncated"), ("bacteria", 900, "html"), ("Virus", 901, "missing"))


@dataclass(frozen=True)
class Patient:
    """`index` counts the patients of one finding; `number` is ieee8023's, None for Kermany's."""

    finding: str
    index: int
    sex: str
    age: int
    severity: float
    site: Site
    test: bool
    mode: str | None = None

    @property
    def key(self) -> str:
        return f"{self.finding}-{self.index}"

    @property
    def number(self) -> int | None:
        digit = NUMBER_DIGIT.get(self.finding)
        return None if digit is None else 10 * (self.index + 1) + digit


@dataclass(frozen=True)
class Picture:
    """A file of the archive, a row of its table, or, in most cases, both."""

    patient: Patient
    visit: int
    name: str
    mode: str
    severity: float
    view: str
    day: int | None
    license: str = ""
    listed: bool = True  # orphans are not
    state: str = "whole"  # or "truncated", "html", "missing"


def is_planted(position: int, quirk: tuple[int, int]) -> bool:
    first, period = quirk
    return position >= first and (position - first) % period == 0


def drawn_patient(preset: Preset, seed: int, finding: str, index: int, mode: str | None = None) -> Patient:
    rng = stream(seed, f"{finding}-{index}", "person")
    site = preset.sites[int(rng.choice(len(preset.sites), p=preset.site_weights(finding)))]
    is_child = rng.random() < site.child_share and finding != "No Finding"
    age = int(rng.integers(2, 15)) if is_child else int(np.clip(rng.normal(54, 16), 19, 90))
    sex = str(rng.choice(["M", "F"]))
    kermany = finding in ("Normal", "Virus", "bacteria")
    return Patient(
        finding, index, sex, age, severity=float(rng.beta(*SEVERITY_BETA)), site=site,
        test=bool(rng.random() < TEST_SHARE) and kermany, mode=mode,
    )


def picture_name(seed: int, patient: Patient, visit: int, visits: int, day: int) -> str:
    if patient.finding == "Normal":
        return names.normal_name(patient.index, visit, visits)
    if patient.finding in ("Virus", "bacteria"):
        return names.pneumonia_name(patient.finding.lower(), patient.index, visit)
    return names.published_name(seed, patient.finding, patient.index, visit, day)


def extension(name: str, mode: str) -> str:
    if mode in ("RGBA", "P", "I;16"):
        return ".png"
    return ".jpg" if name.startswith(names.JPG_PREFIXES) else ".jpeg"


def visits_of(seed: int, patient: Patient) -> Iterator[Picture]:
    """All pictures of a patient: the anatomy stays, position, noise and severity change."""
    rng = stream(seed, patient.key, "visits")
    shares = VISITS[patient.finding]
    visits = 1 + int(rng.choice(len(shares), p=shares))
    day, severity = int(rng.integers(0, 12)), patient.severity
    dated, licensed = rng.random() < 0.8, str(rng.choice(LICENSES))
    view = str(rng.choice(["PA", "AP", "AP Supine"], p=[0.7, 0.18, 0.12]))
    for visit in range(visits):
        modes = patient.site.modes
        mode = patient.mode or str(rng.choice(list(modes), p=list(modes.values())))
        name = picture_name(seed, patient, visit, visits, day)
        yield Picture(
            patient, visit, name + extension(name, mode), mode, severity, view,
            day if dated else None, licensed,
        )
        day += int(rng.integers(2, 8))
        severity = float(np.clip(severity + SEVERITY_DRIFT * rng.standard_normal(), 0.0, 1.0))


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


def study_patients(preset: Preset, seed: int, count: int) -> Iterator[Patient]:
    seen = {"Normal": 0, "COVID-19": 0}
    for position in range(count):
        finding = "COVID-19" if position % 8 in COVID_OF_EIGHT else "Normal"
        yield drawn_patient(preset, seed, finding, seen[finding], PLANTED_MODES.get(position))
        seen[finding] += 1


def other_patients(preset: Preset, seed: int, study: int) -> Iterator[Patient]:
    yield drawn_patient(preset, seed, "No Finding", 0)
    for finding, of_400 in OTHERS.items():
        for index in range(max(1, round(of_400 * study / 400))):
            yield drawn_patient(preset, seed, finding, index)


def cohort(preset: Preset, patients: int, seed: int) -> list[Picture]:
    """Every picture of the archive; `patients` counts those with Normal or COVID-19.

    Raises ValueError below 8 patients, which have no room for all the quirks.
    """
    if patients < MINIMUM_PATIENTS:
        raise ValueError(f"a phantom needs at least {MINIMUM_PATIENTS} study patients, not {patients}")
    pictures = []
    for patient in (*study_patients(preset, seed, patients), *other_patients(preset, seed, patients)):
        own = list(visits_of(seed, patient))
        pictures += [*own, *quirks(seed, own)]
    pictures += broken(preset, seed)
    pictures += orphans(preset, seed, max(1, round(ORPHANS_OF_400 * patients / 400)))
    return pictures
