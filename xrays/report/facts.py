"""What the page and the card say, as plain values and sentences."""

import json
from pathlib import Path

import pandas as pd

from xrays import files
from xrays.folds import COVID

METRICS = Path("metrics")
JSON = ["metrics", "data", "audit", "external", "platform"]
TABLES = ["strata", "audit"]
STEPS = {
    "dropped_missing": "the table names them, but the file is not there",
    "dropped_unusable": "the file cannot be read as a picture",
    "dropped_ct": "CT slices, no radiographs",
    "dropped_lateral": "lateral views: they give the class away by their shape",
    "dropped_duplicate": "the same file once more",
    "dropped_label_conflict": "the same file under two labels",
}


def read(metrics: Path = METRICS) -> dict:
    """By name: what the JSON files of metrics/ hold, and rows of its tables as text."""
    found = {name: json.loads((metrics / f"{name}.json").read_text(encoding="utf-8")) for name in JSON}
    tables = {f"{name}_rows": files.read_csv(metrics / f"{name}.csv").to_dict("records") for name in TABLES}
    return found | tables


def limits(values: dict, name: str, decimals: int = 3) -> str:
    """`0.765 to 0.877`: the 95 % interval of a number."""
    return f"{values[f'{name}_ci_low']:.{decimals}f} to {values[f'{name}_ci_high']:.{decimals}f}"


def headline(facts: dict) -> str:
    """The honest sentence: what the network reaches, and what the same folds give to 256 grey values."""
    values, audit = facts["metrics"], facts["audit"]
    controls = (f"; {audit['controls_called_covid']:.0f} of {audit['controls']:.0f} same-source controls are called COVID-19"
                if audit["controls"] else "; there are no same-source controls in this data set")
    return (f"Sensitivity {values['tp']:g}/{values['tp'] + values['fn']:g} ({limits(values, 'sensitivity')}), "
            f"specificity {values['tn']:g}/{values['tn'] + values['fp']:g} ({limits(values, 'specificity')}), "
            f"AUROC {values['auroc']:.4f} ({limits(values, 'auroc')}); in the same folds a 16x16 thumbnail scores "
            f"{audit['thumbnail_auroc']:.3f}, without lungs {audit['thumbnail_without_lungs_auroc']:.3f}{controls}.")


def matrix(facts: dict) -> list[dict]:
    """The four cells, row by row: what it is, what it was called, count, of, share, interval, whether it is right."""
    values = facts["metrics"]
    rows = (("Normal", "specificity", ("tn", "fp")), (COVID, "sensitivity", ("fn", "tp")))
    cells = []
    for label, rate, names in rows:
        total = sum(values[name] for name in names)
        for called, name in zip(("Normal", COVID), names):
            right = label == called
            low, high = values[f"{rate}_ci_low"], values[f"{rate}_ci_high"]
            low, high = (low, high) if right else (1 - high, 1 - low)
            cells.append({"is": label, "called": called, "count": f"{values[name]:g}", "of": f"{total:g}", "right": right,
                          "share": values[name] / total, "interval": f"{100 * low:.1f} to {100 * high:.1f} %"})
    return cells


def flow(facts: dict) -> list[tuple[str, str, str]]:
    """Pictures by step: how many, what happened, why."""
    data = facts["data"]
    steps = [(f"{data['rows']:.0f}", "rows in the metadata", f"{data['orphan_files']:.0f} files that no row names were not looked at")]
    steps += [(f"- {data[key]:.0f}", key.removeprefix("dropped_").replace("_", " "), why) for key, why in STEPS.items()
              if data.get(key)]
    steps += [(f"- {data['role_other']:.0f}", "other pneumonias", "neither of the two classes, nor COVID-19's own source"),
              (f"- {data['role_control']:.0f}", "same-source controls", "other findings of COVID-19's source: asked, never trained on"),
              (f"{data['role_study']:.0f}", "study pictures", f"{data['covid_pictures']:.0f} COVID-19 of {data['covid_patients']:.0f} "
               f"patients, {data['normal_pictures']:.0f} Normal of {data['normal_patients']:.0f} patients")]
    judged = facts["metrics"]["tp"] + facts["metrics"]["fn"] + facts["metrics"]["fp"] + facts["metrics"]["tn"]
    return [*steps, (f"{judged:g}", "judged", "held out once, each by a model that never saw it")]


def calibration(facts: dict) -> list[dict]:
    """A row a number: name, as it is, at the temperature, what is best."""
    values = facts["metrics"]
    names = {"brier": ("Brier score", "0"), "log_loss": ("log-loss", "0"), "ece": ("expected calibration error", "0"),
             "calibration_slope": ("slope", "1"), "calibration_intercept": ("intercept", "0")}
    return [{"name": words, "plain": f"{values[key]:.3f}", "calibrated": f"{values[f'calibrated_{key}']:.3f}", "best": best}
            for key, (words, best) in names.items()]


def scores(facts: dict) -> list[tuple[str, str, str]]:
    """Name, value, interval of the headline numbers."""
    values = facts["metrics"]
    names = {"sensitivity": "sensitivity", "specificity": "specificity", "auroc": "AUROC",
             "average_precision": "average precision", "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy",
             "precision": "precision", "f1": "F1", "mcc": "MCC", "brier": "Brier score, uncalibrated",
             "calibrated_brier": "Brier score, calibrated"}
    return [(words, f"{values[key]:.3f}", limits(values, key)) for key, words in names.items()]


def prevalences(facts: dict) -> list[tuple[str, str, str]]:
    """Share of COVID-19 among those examined, precision there, its interval."""
    values, start = facts["metrics"], "precision_at_prevalence_"
    keys = sorted(key for key in values if key.startswith(start) and "_ci_" not in key)
    return [(f"{100 * float(key.removeprefix(start).replace('_', '.', 1)):g} %", f"{values[key]:.3f}", limits(values, key))
            for key in keys]


def abroad(facts: dict) -> list[tuple[str, str, str]]:
    """Numbers on external pictures; empty where there are none."""
    values = facts["external"]
    if "auroc" not in values:
        return []
    names = {"sensitivity": "sensitivity", "specificity": "specificity", "auroc": "AUROC",
             "average_precision": "average precision", "mcc": "MCC", "brier": "Brier score, uncalibrated"}
    return [(words, f"{values[key]:.3f}", limits(values, key)) for key, words in names.items()]


def strata(facts: dict) -> list[dict]:
    """Rows of metrics/strata.csv, numbers shortened; empty cells are what was not reported."""
    def shown(row: dict, name: str) -> str:
        if not row[name]:
            return "not reported"
        return f"{float(row[name]):.3f} ({float(row[f'{name}_ci_low']):.3f} to {float(row[f'{name}_ci_high']):.3f})"

    return [row | {name: shown(row, name) for name in ("sensitivity", "specificity", "auroc")} for row in facts["strata_rows"]]


def checks(facts: dict) -> list[dict]:
    """Rows of metrics/audit.csv, numbers shortened."""
    return [row | {"value": f"{float(row['value']):.3f}" if row["value"] else "", "limit": f"{float(row['limit']):g}"}
            for row in facts["audit_rows"]]


def thresholds(facts: dict) -> pd.DataFrame:
    """fold, seed, threshold, temperature of each model, from the predictions."""
    kinds = {"fold": int, "seed": int, "threshold": float, "temperature": float}
    table = files.read_csv(METRICS / "predictions.csv", kinds)
    return table.groupby(["fold", "seed"], as_index=False)[["threshold", "temperature"]].first()
