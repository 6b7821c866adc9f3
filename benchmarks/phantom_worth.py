"""What each planted shortcut of the phantom is worth to tests that know nothing of lungs, as Markdown.

Example: python -m benchmarks.phantom_worth clean marker hard (about 20 seconds a row on one core). A row is
a preset, or a single shortcut at rho 1. Columns are AUROCs of COVID-19 against Normal, patients kept apart, five folds:
logistic regression on a 16 x 16 thumbnail, on it without the central 62 x 75 % of lungs, on its outer ring of two, on
mean and sd of the grey; and of one number alone: share of black in a frame of 6 pixels, contrast of the whitest pixels
in the upper left corner, width of the file, bytes of the file a pixel.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from xrays import pictures
from xrays.phantom.archive import drawn, picture_file
from xrays.phantom.cohort import study_patients
from xrays.phantom.people import visits_of
from xrays.phantom.presets import PRESETS, SHORTCUTS, Preset, preset_named

SIZE, CELLS, FRAME = 128, 16, 6
COLUMNS = ("thumbnail", "without lungs", "ring", "grey", "frame", "corner", "width", "bytes a pixel")


def study(preset: Preset, patients: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Squares (n, 128, 128) of 0 to 1, facts (n, 2: width, bytes a pixel), whether COVID-19, and whose."""
    squares, facts, covid, people = [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        for patient in study_patients(preset, seed, patients):
            for picture in visits_of(seed, patient):
                path.write_bytes(picture_file(seed, picture, drawn(seed, picture)))
                grey, _ = pictures.decode(path)
                squares.append(pictures.prepare(grey, SIZE, "crop") / 255)
                facts.append((grey.shape[1], path.stat().st_size / grey.size))
                covid.append(patient.finding == "COVID-19")
                people.append(patient.key)
    return np.array(squares), np.array(facts), np.array(covid), np.array(people)


def judged(features: np.ndarray, covid: np.ndarray, people: np.ndarray) -> float:
    """AUROC of a logistic regression on pictures of patients that it was not fitted on."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    scores = cross_val_predict(model, features, covid, groups=people, cv=GroupKFold(5), method="decision_function")
    return roc_auc_score(covid, scores)


def ranked(number: np.ndarray, covid: np.ndarray) -> float:
    """AUROC of one number, in whichever direction it tells more."""
    value = roc_auc_score(covid, number)
    return max(value, 1 - value)


def row(preset: Preset, patients: int, seed: int) -> list[float]:
    squares, facts, covid, people = study(preset, patients, seed)
    count, cell = len(squares), SIZE // CELLS
    thumbnail = squares.reshape(count, CELLS, cell, CELLS, cell).mean((2, 4))
    outside, ring, frame = (np.ones((side, side), dtype=bool) for side in (CELLS, CELLS, SIZE))
    outside[2:14, 3:13] = ring[2:-2, 2:-2] = frame[FRAME:-FRAME, FRAME:-FRAME] = False
    corner = np.sort(squares[:, 2:26, 12:36].reshape(count, -1))
    return [
        *(judged(features, covid, people) for features in (
            thumbnail.reshape(count, -1), thumbnail[:, outside], thumbnail[:, ring],
            np.stack([squares.mean((1, 2)), squares.std((1, 2))], axis=1))),
        *(ranked(number, covid) for number in (
            (squares[:, frame] < 8 / 255).mean(1), corner[:, -12] - np.median(corner, axis=1), *facts.T)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", default=[*PRESETS, *SHORTCUTS], help="presets and shortcuts; default: all")
    parser.add_argument("--patients", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("| planted |", " | ".join(COLUMNS), "|\n|---|" + "---|" * len(COLUMNS))
    for name in given.rows:
        preset = PRESETS[name] if name in PRESETS else preset_named("clean", 1.0, [name])
        values = row(preset, given.patients, given.seed)
        print(f"| {name} |", " | ".join(f"{value:.2f}" for value in values), "|", flush=True)


if __name__ == "__main__":
    main()
