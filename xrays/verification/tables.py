"""Tables that Git holds, computed anew from those they came from: rows that were cut off at a line's end show.

Each check returns what is wrong, or "". What follows from logits and maps by more than a call is not computed here.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from xrays import calibration, decision, elsewhere, files, models, params, probes, scores, strata, verdict
from xrays.report import facts, page

FILTERED, EXTERNAL, PROBES = Path("data/filtered"), Path("data/external"), Path("data/probes")
MODELS, METRICS = Path("models"), Path("metrics")
CARD = Path("reports/model_card.md")
PREDICTIONS, ABROAD = METRICS / "predictions.csv", METRICS / "external_predictions.csv"
NEAR = 2e-6  # published with six decimals; another machine may round the last one otherwise

Checks = Iterator[tuple[Path, Callable[[], str]]]
Trained = list[tuple[int, int]]


def of_evaluate(trained: Trained) -> Checks:
    """The tables that follow from predictions.csv, and the learning curves of all models."""
    for name, again in {"roc": scores.roc, "precision_recall": scores.precision_recall, "decision": decision.curve,
                        "calibration": calibration.reliability, "strata": stratified,
                        "most_confused": lambda rows: scores.most_confused(scores.confusion(rows))}.items():
        path = METRICS / f"{name}.csv"
        yield path, partial(unlike, path, lambda again=again: again(read_predictions()), PREDICTIONS)
    path = METRICS / "curves.csv"
    yield path, partial(unlike, path, partial(curves, trained), MODELS)


def of_audit(trained: Trained) -> Checks:
    """The verdict's rules, and the external pictures' predictions and numbers."""
    path = METRICS / "audit.csv"
    yield path, partial(unlike, path, rules, METRICS / "audit.json")
    yield ABROAD, partial(unlike, ABROAD, partial(predicted_elsewhere, trained), PROBES)
    path = METRICS / "external.json"
    yield path, lambda: unequal(path, elsewhere.numbers(read_elsewhere(), params.load().evaluate), ABROAD)


def of_report() -> Checks:
    """The model card, which is text made of numbers alone; of the page it is enough that it reaches its end."""
    yield CARD, card


def unlike(path: Path, again: Callable[[], pd.DataFrame], source: Path) -> str:
    """A table that is not the one computed anew."""
    given, wanted = files.read_csv(path), again()
    if list(given) != list(wanted) or len(given) != len(wanted):
        return f"its {len(given)} rows are not the {len(wanted)} computed from {source}"
    wrong = [name for name in wanted if not _equal(given[name], wanted[name])]
    return f"{', '.join(wrong)} not as computed from {source}" if wrong else ""


def unequal(path: Path, again: dict[str, float], source: Path) -> str:
    """Numbers of a JSON file that are not those computed anew."""
    given = json.loads(path.read_text(encoding="utf-8"))
    wrong = sorted(name for name in given.keys() | again.keys()
                   if not abs(given.get(name, np.inf) - again.get(name, np.inf)) < NEAR)
    return f"{', '.join(wrong[:5])} not as computed from {source}" if wrong else ""


def _equal(given: pd.Series, wanted: pd.Series) -> bool:
    """given: as text, a blank where there is no number."""
    if not pd.api.types.is_numeric_dtype(wanted):
        return list(given) == list(wanted.astype(str))
    return np.allclose(pd.to_numeric(given).to_numpy(float), wanted.to_numpy(float), rtol=0, atol=NEAR, equal_nan=True)


def read_predictions() -> pd.DataFrame:
    """As published; those of an earlier commit may lack a column."""
    kinds = {"fold": int, "seed": int} | dict.fromkeys(
        ["probability", "threshold", "calibrated", "temperature", "target_threshold"], float)
    rows = files.read_csv(PREDICTIONS)
    return rows.astype({name: kind for name, kind in kinds.items() if name in rows})


def read_elsewhere() -> pd.DataFrame:
    return files.read_csv(ABROAD, dict.fromkeys(["probability", "threshold", "calibrated"], float))


def card() -> str:
    again = page.card(page.said(facts.read(METRICS, FILTERED), params.load()))
    return "" if CARD.read_text(encoding="utf-8") == again else f"it is not the one written from {METRICS}"


def stratified(predictions: pd.DataFrame) -> pd.DataFrame:
    return strata.table(predictions, files.read_csv(FILTERED / "manifest.csv"))


def curves(trained: Trained) -> pd.DataFrame:
    """The learning curves of these models, one below the other, as text."""
    return pd.concat([files.read_csv(MODELS / f"{models.stem(fold, seed)}.curves.csv")
                      .assign(model=f"fold {fold}, seed {seed}") for fold, seed in trained])


def rules() -> pd.DataFrame:
    """The rules with the states that audit.json has: its numbers are rounded, and a limit may lie in between."""
    values = json.loads((METRICS / "audit.json").read_text(encoding="utf-8"))
    rows = pd.DataFrame(verdict.rows(values))
    return rows.assign(state=rows["check"].map(lambda name: values[f"rule_{name}"]))


def predicted_elsewhere(trained: Trained) -> pd.DataFrame:
    manifest = files.read_csv(EXTERNAL / "manifest.csv")
    return elsewhere.predict(probes.logits(PROBES, trained), manifest, read_predictions())
