"""The numbers of the page and the card, from metrics/ and the manifest of data/filtered, as rows of plain text."""

import json
from pathlib import Path

import pandas as pd

from xrays import files
from xrays.folds import COVID

METRICS, FILTERED = Path("metrics"), Path("data/filtered")
JSON = ["metrics", "data", "audit", "external", "platform"]
TABLES = ["strata", "audit", "manifest"]
SCORES = {"sensitivity": "sensitivity", "specificity": "specificity", "auroc": "AUROC",
          "average_precision": "average precision", "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy",
          "precision": "precision", "f1": "F1", "mcc": "MCC", "brier": "Brier score, uncalibrated",
          "calibrated_brier": "Brier score, calibrated",
          "sensitivity_at_target": "sensitivity at the threshold for the stated goal",
          "specificity_at_target": "specificity at that threshold"}
CALIBRATION = {"brier": ("Brier score", "0"), "log_loss": ("log-loss", "0"), "ece": ("expected calibration error", "0"),
               "calibration_slope": ("slope", "1"), "calibration_intercept": ("intercept", "0")}
BENT = {"painted": "letters painted over", "marker": "with a white R", "bars": "with black bars", "flipped": "mirrored",
        "cropped": "slightly cropped", "jpeg": "saved once more as JPEG"}


def read(metrics: Path = METRICS, filtered: Path = FILTERED) -> dict:
    """By name: what the JSON files of metrics/ hold, rows of its tables as text; `study`: the manifest of filtered."""
    found = {name: json.loads((metrics / f"{name}.json").read_text(encoding="utf-8")) for name in JSON}
    tables = {f"{name}_rows": files.read_csv(metrics / f"{name}.csv").to_dict("records") for name in TABLES}
    return found | tables | {"study": files.read_csv(filtered / "manifest.csv")}


def limits(values: dict, name: str, decimals: int = 3) -> str:
    """`0.765 to 0.877`: the 95 % interval of a number."""
    return f"{values[f'{name}_ci_low']:.{decimals}f} to {values[f'{name}_ci_high']:.{decimals}f}"


def matrix(values: dict) -> list[dict]:
    """The four cells, row by row: what it is, what it was called, count, of, share, interval, whether it is right.

    values: of metrics.json or external.json; none where pictures of one class are missing.
    """
    if "tp" not in values:
        return []
    rows = (("Normal", "specificity", ("tn", "fp")), (COVID, "sensitivity", ("fn", "tp")))
    cells = []
    for label, rate, names in rows:
        total = sum(values[name] for name in names)
        for called, name in zip(("Normal", COVID), names):
            right = label == called
            low, high = values[f"{rate}_ci_low"], values[f"{rate}_ci_high"]
            low, high = (low, high) if right else (1 - high, 1 - low)
            cells.append({"is": label, "called": called, "count": f"{values[name]:g}", "of": f"{total:g}",
                          "right": right, "share": values[name] / total,
                          "interval": f"{100 * low:.1f} to {100 * high:.1f} %"})
    return cells


def calibration(facts: dict) -> list[dict]:
    """A row a number: name, as it is, at the temperature, what is best."""
    values = facts["metrics"]
    return [{"name": words, "best": best, "plain": f"{values[key]:.3f}",
             "calibrated": f"{values[f'calibrated_{key}']:.3f}"} for key, (words, best) in CALIBRATION.items()]


def scores(values: dict) -> list[tuple[str, str, str]]:
    """Name, value, interval of those SCORES that metrics.json or external.json has with an interval."""
    return [(words, f"{values[key]:.3f}", limits(values, key)) for key, words in SCORES.items()
            if f"{key}_ci_low" in values]


def prevalences(facts: dict) -> list[tuple[str, str, str, str, str]]:
    """Share of COVID-19 among those examined, then precision and negative predictive value there, with intervals."""
    values, start = facts["metrics"], "precision_at_prevalence_"
    shares = sorted(key.removeprefix(start) for key in values if key.startswith(start) and f"{key}_ci_low" in values)
    return [(f"{100 * float(share.replace('_', '.', 1)):g} %",
             *(text for name in (start, "npv_at_prevalence_")
               for text in (f"{values[name + share]:.3f}", limits(values, name + share)))) for share in shares]


def strata(facts: dict) -> list[dict]:
    """Rows of metrics/strata.csv, numbers shortened; empty cells are what was not reported."""
    def shown(row: dict, name: str) -> str:
        if not row[name]:
            return "not reported"
        return f"{float(row[name]):.3f} ({float(row[f'{name}_ci_low']):.3f} to {float(row[f'{name}_ci_high']):.3f})"

    return [row | {name: shown(row, name) for name in ("sensitivity", "specificity", "auroc")}
            for row in facts["strata_rows"]]


def checks(facts: dict) -> list[dict]:
    """Rows of metrics/audit.csv, numbers shortened."""
    return [row | {"value": f"{float(row['value']):.3f}" if row["value"] else "",
                   "limit": f"{float(row['limit']):g}"} for row in facts["audit_rows"]]


def bent(facts: dict) -> list[tuple[str, str, str, str]]:
    """What was done, mean change of the uncalibrated probability, mean of its size, share of calls that flip."""
    values = facts["audit"]
    return [(words, f"{values[f'{name}_mean_change']:+.3f}", f"{values[f'{name}_mean_size_of_change']:.3f}",
             f"{100 * values[f'{name}_flip_rate']:.1f} %") for name, words in BENT.items()]


def thresholds(facts: dict) -> pd.DataFrame:
    """fold, seed, threshold, temperature of each model, from the predictions."""
    kinds = {"fold": int, "seed": int, "threshold": float, "temperature": float}
    table = files.read_csv(METRICS / "predictions.csv", kinds)
    return table.groupby(["fold", "seed"], as_index=False)[["threshold", "temperature"]].first()
