"""The numbers that Git holds in metrics/, each recomputed from the committed predictions without the project's code.

Points agree to the last decimal published. Limits of intervals are held against a percentile bootstrap over patients of
another seed, to a share of the interval's width: a bootstrap over pictures is further off, and a test sees that.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from statsmodels.stats.proportion import proportion_confint

from tests import recomputed

ROOT = Path(__file__).parent.parent
METRICS, MODELS, FILTERED = ROOT / "metrics", ROOT / "models", ROOT / "data/filtered/manifest.csv"
SETTINGS = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]["evaluate"]["params"]["params.yaml"]["evaluate"]
SHARES = SETTINGS["prevalences"]
PREDICTIONS = pd.read_csv(METRICS / "predictions.csv")
ABROAD = pd.read_csv(METRICS / "external_predictions.csv").assign(seed=0)
PUBLISHED, ELSEWHERE = (json.loads((METRICS / f"{name}.json").read_text()) for name in ("metrics", "external"))
CLOSE, CLOSE_TO_ONE = 0.12, 0.3  # of an interval's width; near 1 and of 110 patients the bootstrap is too narrow
LAST = 1.01e-6  # metrics.json and the tables have six decimals

points = cache(lambda: recomputed.points(PREDICTIONS, SHARES))
intervals = cache(lambda: recomputed.intervals(PREDICTIONS, SHARES))


def chosen():
    """threshold_… and temperature_… of each model, as the table of predictions has them."""
    return {f"{name}_fold_{fold}_seed_{seed}": rows[name].unique() for (fold, seed), rows in PREDICTIONS.groupby(
        ["fold", "seed"]) for name in ("threshold", "temperature")}


def apart(published, found):
    """How far the limits lie from the recomputed ones, the worse of both, in widths."""
    return {name: max(abs(published[f"{name}_ci_{end}"] - limit) for end, limit in zip(("low", "high"), limits))
            / (limits[1] - limits[0]) for name, limits in found.items() if f"{name}_ci_low" in published}


def with_few_errors(published):
    """Wilson's intervals, by statsmodels, of what under five errors decide: of those a percentile bootstrap knows too little."""
    shares = [("specificity", "fp", "tn"), ("precision", "fp", "tp"), ("sensitivity", "fn", "tp")]
    return {name: np.array(proportion_confint(published[right], published[right] + published[wrong], method="wilson"))
            for name, wrong, right in shares if published[wrong] < 5}


def needs_room(published):
    if published["auroc"] > 0.97:
        pytest.skip("so near 1 a percentile bootstrap knows too little (docs/statistics.md)")


def test_every_key_of_metrics_json_is_recomputed_here():
    limits = {f"{name}_ci_{end}" for name in intervals() for end in ("low", "high")}
    assert PUBLISHED.keys() == points().keys() | limits | chosen().keys()


def test_every_number_of_metrics_json_follows_from_predictions_csv():
    assert {name: PUBLISHED[name] for name in points()} == pytest.approx(points(), abs=LAST)


def test_every_interval_of_metrics_json_is_that_of_a_bootstrap_over_patients():
    needs_room(PUBLISHED)
    assert {name: share for name, share in apart(PUBLISHED, intervals()).items() if share > CLOSE} == {}


def test_a_bootstrap_over_pictures_would_not_pass_for_one_over_patients():
    needs_room(PUBLISHED)
    far = apart(PUBLISHED, recomputed.intervals(PREDICTIONS.assign(group=PREDICTIONS["image"]), SHARES))
    names = ("auroc", "average_precision", "sensitivity", "f1", "mcc", "brier", "log_loss")
    assert {name: far[name] for name in names if far[name] <= CLOSE} == {}


def test_calls_and_calibrated_probabilities_follow_from_probability_threshold_and_temperature():
    rows, logit = PREDICTIONS, np.log(PREDICTIONS["probability"]) - np.log1p(-PREDICTIONS["probability"])
    assert np.array_equal(rows["predicted"] == "COVID-19", rows["probability"] >= rows["threshold"])
    inside = rows["probability"].between(1e-4, 1 - 1e-4)  # beyond, nine decimals no longer hold the logit
    assert rows["calibrated"][inside].to_numpy() == pytest.approx(
        (1 / (1 + np.exp(-logit / rows["temperature"])))[inside].to_numpy(), abs=1e-5)
    assert {name: len(values) for name, values in chosen().items() if len(values) > 1} == {}
    assert {name: PUBLISHED[name] for name in chosen()} == pytest.approx(
        {name: values[0] for name, values in chosen().items()}, abs=LAST)


def test_thresholds_and_temperatures_follow_from_the_inner_pictures_alone():
    if not list(MODELS.glob("*.logits.csv")):
        pytest.skip("models/ is not here: dvc pull, or make repro")
    label = pd.read_csv(METRICS / "manifest.csv").query("role == 'study'").set_index("image")["label"]
    for fold, seed in PREDICTIONS[["fold", "seed"]].drop_duplicates().to_numpy():
        rows = pd.read_csv(MODELS / f"fold-{fold}-seed-{seed}.logits.csv").query("part == 'inner'")
        truth, logit = rows["image"].map(label).eq("COVID-19").to_numpy(float), rows["logit"].to_numpy()
        cut = recomputed.threshold(truth, np.round(1 / (1 + np.exp(-logit)), 9), SETTINGS["threshold"],
                                   SETTINGS["target_sensitivity"])
        assert PUBLISHED[f"threshold_fold_{fold}_seed_{seed}"] == pytest.approx(cut, abs=LAST)
        assert PREDICTIONS.query("fold == @fold and seed == @seed")["target_threshold"].unique() == pytest.approx(
            recomputed.threshold(truth, np.round(1 / (1 + np.exp(-logit)), 9), "target", SETTINGS["target_sensitivity"]),
            abs=1e-9)
        assert PUBLISHED[f"temperature_fold_{fold}_seed_{seed}"] == pytest.approx(
            recomputed.temperature(truth, logit), abs=1e-5)


def test_every_key_and_number_of_external_json_follows_from_external_predictions_csv():
    if ABROAD["label"].nunique() < 2:
        pytest.skip("external pictures of two classes are not here")
    covid = int(ABROAD["label"].eq("COVID-19").sum())
    again = recomputed.points(ABROAD, SHARES) | {
        "pictures": len(ABROAD), "patients": ABROAD["group"].nunique(), "n_covid": covid, "n_normal": len(ABROAD) - covid,
        "threshold": ABROAD["threshold"].iloc[0]}
    wanted = {name: value for name, value in ELSEWHERE.items() if "_ci_" not in name}
    assert {name: again[name] for name in wanted} == pytest.approx(wanted, abs=LAST)
    assert np.array_equal(ABROAD["predicted"] == "COVID-19", ABROAD["probability"] >= ABROAD["threshold"])
    cuts = PREDICTIONS.groupby(["fold", "seed"])["threshold"].first()
    assert ABROAD["threshold"].to_numpy() == pytest.approx(cuts.mean(), abs=1e-9)
    needs_room(ELSEWHERE)
    far = apart(ELSEWHERE, recomputed.intervals(ABROAD, SHARES) | with_few_errors(ELSEWHERE))
    assert wanted.keys() | {f"{name}_ci_{end}" for name in far for end in ("low", "high")} == ELSEWHERE.keys()
    if min(ELSEWHERE["fp"], ELSEWHERE["fn"]) < 5:  # so few errors say too little to a percentile bootstrap
        far = {name: share for name, share in far.items() if "_at_prevalence_" not in name}
    assert {name: share for name, share in far.items() if share > CLOSE_TO_ONE} == {}
