"""Patients and their visits, each from a stream of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from xrays.phantom import names
from xrays.phantom.presets import Site
from xrays.phantom.randomness import stream

SEVERITY_BETA = (1.8, 1.5)  # 0 is hard to see, 1 fills 64 % of the lungs
SEVERITY_DRIFT = 0.14  # sd from one visit to the next
TEST_SHARE = 0.15
CHILD_SHARE = 0.12
# Shares of the patients with 1, 2, 3, 4 pictures.
VISITS = {
    "Normal": (0.94, 0.05, 0.01), "COVID-19": (0.65, 0.26, 0.06, 0.03), "Virus": (0.85, 0.1, 0.05),
    "bacteria": (0.85, 0.1, 0.05), "SARS": (0.3, 0.4, 0.3), "ARDS": (1.0,), "Streptococcus": (0.5, 0.3, 0.2),
    "No Finding": (1.0,),
}
NUMBER_DIGIT = {"COVID-19": 0, "SARS": 1, "ARDS": 2, "Streptococcus": 3, "No Finding": 4}
LICENSES = ("", "", "", "", "", "CC BY-NC-SA", "CC BY-NC-ND")
FRONTAL = ("PA", "AP", "AP Supine")


class Hospitals(Protocol):
    """Who goes where: a preset's two sites, or one elsewhere."""

    def site_of(self, finding: str, chance: float) -> Site: ...


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

    @property
    def masked(self) -> bool:
        """Whether its lungs and lesions are written down: frontal, named by the table, readable."""
        return self.listed and self.state == "whole" and self.view in FRONTAL


def drawn_patient(hospitals: Hospitals, seed: int, finding: str, index: int, mode: str | None = None) -> Patient:
    """A patient by finding and index; sex, severity and part do not depend on the hospitals, nor does age unless it
    is one of their differences."""
    rng = stream(seed, f"{finding}-{index}", "person")
    site = hospitals.site_of(finding, rng.random())
    is_child = rng.random() < CHILD_SHARE and finding != "No Finding"
    age = int(rng.integers(2, 15)) if is_child else int(np.clip(rng.normal(54, 16), 19, 90))
    sex = str(rng.choice(["M", "F"]))
    kermany = finding in ("Normal", "Virus", "bacteria")
    patient = Patient(
        finding, index, sex, age, severity=float(rng.beta(*SEVERITY_BETA)), site=site,
        test=bool(rng.random() < TEST_SHARE) and kermany, mode=mode,
    )
    return replace(patient, age=age_at(site, patient, stream(seed, patient.key, "age")))


def age_at(site: Site, patient: Patient, rng: np.random.Generator) -> int:
    """The age, or another one where the site does not take patients of that age; the one adult Normal stays adult."""
    if site.ages is None or patient.finding == "No Finding" or site.ages[0] <= patient.age <= site.ages[1]:
        return patient.age
    return int(rng.integers(site.ages[0], site.ages[1] + 1))


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
    view = str(rng.choice(FRONTAL, p=[0.7, 0.18, 0.12]))
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
