"""Fills the templates: reports/report.html and reports/model_card.md."""

from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from xrays import files, stamps
from xrays.params import Params
from xrays.report import facts, overlays, participants, sentences

HERE = Path(__file__).parent
PLOTS = {
    "roc": "ROC curve: sensitivity against false alarms at every threshold",
    "precision_recall": "Precision and recall at every threshold",
    "calibration": "Calibration: probability said against share seen, before and after the temperature",
    "decision": "Decision curve: net benefit of acting on the calibrated probability",
    "curves": "Learning curves of each model",
    "audit": "What the headline is worth: AUROC of trivial regressions and of the network's variants",
}


def said(run: dict, settings: Params) -> dict:
    """Everything that both templates may use."""
    return {
        "stamps": stamps.of(settings), "headline": sentences.headline(run), "run": run, "matrix": facts.matrix(run["metrics"]),
        "goal": sentences.goal(run, settings), "narrow": sentences.narrow(run),
        "scores": facts.scores(run["metrics"]), "prevalences": facts.prevalences(run), "strata": facts.strata(run),
        "checks": facts.checks(run), "bent": facts.bent(run), "thresholds": facts.thresholds(run).to_dict("records"),
        "calibration": facts.calibration(run), "calibrated": sentences.calibrated(run),
        "threshold": sentences.threshold(settings), "cells": sentences.cells(settings),
        "parted": sentences.parted(settings),
        "title": sentences.title(run, settings), "sources": sentences.sources(run),
        "abroad": facts.scores(run["external"]), "abroad_matrix": facts.matrix(run["external"]),
        "abroad_said": sentences.abroad(run),
        "flow": participants.flow(run), "people": participants.people(run),
        "analyses": participants.analyses(run, settings.train.folds),
        "ratio": f"{run['audit']['shortcut_ratio']:.2f} ({facts.limits(run['audit'], 'shortcut_ratio', 2)})",
        "settings": settings, "params": yaml.safe_dump(settings.model_dump(), sort_keys=False, default_flow_style=None),
    }


def templates(autoescape: bool) -> Environment:
    return Environment(loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                       keep_trailing_newline=True, autoescape=autoescape)


def html(words: dict, metrics: Path, shown: dict[str, list[dict[str, str]]]) -> str:
    """The page: one file, nothing fetched from anywhere."""
    plots = {name: {"uri": overlays.data_uri((metrics / f"{name}.png").read_bytes()), "alt": alt}
             for name, alt in PLOTS.items()}
    style = (HERE / "style.css").read_text(encoding="utf-8")
    return templates(True).get_template("page.html.jinja").render(**words, plots=plots, shown=shown, style=style)


def card(words: dict) -> str:
    """The model card, with TRIPOD+AI's items."""
    return templates(False).get_template("card.md.jinja").render(**words)


def read_predictions(metrics: Path) -> pd.DataFrame:
    kinds = {"fold": int, "seed": int} | dict.fromkeys(["probability", "threshold", "calibrated", "temperature"], float)
    return files.read_csv(metrics / "predictions.csv", kinds)
