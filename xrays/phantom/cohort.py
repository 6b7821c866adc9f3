"""Who is in the data set: study patients, the other findings, and the archive's quirks.

Whoever is added later stands behind those that were there: labels, names and quirks follow from a
patient's position in its own group, so a larger cohort holds the smaller one unchanged.
"""

from collections.abc import Iterator

from xrays.phantom.people import Patient, Picture, drawn_patient, visits_of
from xrays.phantom.presets import Preset
from xrays.phantom.quirks import broken, orphans, quirks

# 3 of 8 study patients have COVID-19; having more visits, they make 45 % of the study pictures.
COVID_OF_EIGHT = (1, 4, 6)
MINIMUM_PATIENTS = 8
# Patients a finding for 400 study patients.
OTHERS = {"Virus": 20, "bacteria": 27, "SARS": 3, "ARDS": 4, "Streptococcus": 3}
PLANTED_MODES = {2: "RGBA", 4: "P", 5: "I;16", 6: "tinted"}  # by position among the study patients
ORPHANS_OF_400 = 4


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
