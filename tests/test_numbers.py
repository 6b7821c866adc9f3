"""metrics.json from predictions.csv alone: every number again by another library, in any order of rows."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve
from statsmodels.stats.proportion import proportion_confint

from tests.made_predictions import table
from xrays import files, numbers
from xrays.folds import COVID, NORMAL
from xrays.params import load

GOAL = load().evaluate.model_copy(update={"prevalences": [0.01, 0.2], "resamples": 300})
PREDICTIONS = table(60, 100)
HEADLINE = ["accuracy", "auroc", "average_precision", "balanced_accuracy", "brier", "calibrated_brier",
            "calibrated_log_loss", "f1", "log_loss", "mcc", "npv_at_prevalence_0_01", "npv_at_prevalence_0_2", "precision",
            "precision_at_prevalence_0_01", "precision_at_prevalence_0_2", "sensitivity", "specificity"]


def probabilities(truth, given, prefix):
    logit = np.log(given / (1 - given))
    seen, said = calibration_curve(truth, given, n_bins=10, strategy="quantile")
    brier, joint = metrics.brier_score_loss(truth, given), sm.Logit(truth, sm.add_constant(logit)).fit(disp=0)
    large = sm.GLM(truth, np.ones(len(truth)), family=sm.families.Binomial(), offset=logit).fit()
    return {f"{prefix}brier": brier, f"{prefix}log_loss": metrics.log_loss(truth, given),
            f"{prefix}brier_skill": 1 - brier / metrics.brier_score_loss(truth, np.full(len(truth), truth.mean())),
            f"{prefix}ece": np.abs(seen - said).mean(), f"{prefix}calibration_slope": joint.params[1],
            f"{prefix}calibration_intercept": large.params[0]}


def again(rows):
    """The numbers of one seed by scikit-learn and statsmodels."""
    truth, called = rows["label"].eq(COVID).astype(float).to_numpy(), rows["predicted"].eq(COVID).to_numpy()
    (tn, fp), (fn, tp) = metrics.confusion_matrix(truth, called)
    sensitivity, specificity = tp / (tp + fn), tn / (tn + fp)
    crowds = {f"{name}_at_prevalence_{share:g}".replace(".", "_"): value for share in (0.01, 0.2) for name, value in (
        ("precision", metrics.precision_score(truth, called, sample_weight=reweighted(truth, share))),
        ("npv", metrics.precision_score(truth, called, pos_label=0, sample_weight=reweighted(truth, share))))}
    return crowds | probabilities(truth, rows["probability"].to_numpy(), "") | probabilities(
        truth, rows["calibrated"].to_numpy(), "calibrated_") | {
        "tp": tp, "fn": fn, "fp": fp, "tn": tn, "sensitivity": sensitivity, "specificity": specificity,
        "precision": metrics.precision_score(truth, called), "f1": metrics.f1_score(truth, called),
        "accuracy": np.mean(truth == called), "balanced_accuracy": (sensitivity + specificity) / 2,
        "null_accuracy": 1 - truth.mean(), "mcc": np.corrcoef(truth, called)[0, 1],
        "auroc": metrics.roc_auc_score(truth, rows["probability"]),
        "average_precision": metrics.average_precision_score(truth, rows["probability"])}


def reweighted(truth, share):
    return np.where(truth == 1, share / truth.mean(), (1 - share) / (1 - truth.mean()))


def test_every_number_is_that_of_another_library():
    values, expected = numbers.of(PREDICTIONS, GOAL), again(PREDICTIONS)
    models = {f"{name}_fold_{fold}_seed_0" for name in ("threshold", "temperature") for fold in range(3)}
    assert {name for name in values if "_ci_" not in name} == expected.keys() | models
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-4)
    assert len(PREDICTIONS) % 10 == 0  # so that bins of equal mass are the same bins to all


def test_every_headline_number_has_an_interval_that_holds_it():
    values = numbers.of(PREDICTIONS, GOAL)
    assert sorted(name.removesuffix("_ci_low") for name in values if name.endswith("_ci_low")) == HEADLINE
    for name in HEADLINE:
        assert values[f"{name}_ci_low"] < values[name] < values[f"{name}_ci_high"], name


def test_with_one_picture_a_patient_rates_have_wilsons_interval_but_for_students_t():
    predictions = PREDICTIONS.drop_duplicates("group")
    values = numbers.of(predictions, GOAL)
    for name, label in (("sensitivity", COVID), ("specificity", NORMAL)):
        right = predictions.loc[predictions["label"] == label, "predicted"] == label
        low, high = proportion_confint(right.sum(), len(right), method="wilson")
        assert (values[f"{name}_ci_low"], values[f"{name}_ci_high"]) == pytest.approx((low, high), abs=5e-3)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=5)
def test_the_order_of_rows_changes_nothing(number):
    predictions = table(12, 20, seeds=2)
    order = np.random.default_rng(number).permutation(len(predictions))
    assert numbers.of(predictions.iloc[order], GOAL) == numbers.of(predictions, GOAL)


def test_with_several_seeds_a_number_is_the_mean_its_interval_holds_it_and_its_spread_stands_beside():
    predictions = table(30, 50, seeds=3)
    values = numbers.of(predictions, GOAL)
    each = [again(rows) for _, rows in predictions.groupby("seed")]
    for name in HEADLINE:
        assert values[name] == pytest.approx(np.mean([one[name] for one in each]))
        assert values[f"{name}_seed_sd"] == pytest.approx(np.std([one[name] for one in each], ddof=1))
        assert values[f"{name}_ci_low"] < values[name] < values[f"{name}_ci_high"]


@pytest.mark.parametrize("predictions", [
    table(5, 5, shift=30), table(5, 5, shift=-30), table(1, 1), table(6, 9).assign(predicted=NORMAL),
    table(6, 9).assign(predicted=COVID), table(6, 9).assign(probability=0.5, calibrated=0.5)],
    ids=["all right", "all wrong", "two patients", "none called", "all called", "all alike"])
def test_no_table_gives_a_number_that_json_cannot_hold(predictions, tmp_path):
    values = numbers.of(predictions, GOAL)
    files.write_json(tmp_path / "metrics.json", values)
    for name in HEADLINE:
        assert values[f"{name}_ci_low"] - 1e-9 <= values[name] <= values[f"{name}_ci_high"] + 1e-9, name
    if predictions["probability"].eq(0.5).sum() == 0 and (predictions["predicted"] == predictions["label"]).all():
        assert values["auroc_ci_low"] < 0.99 and values["average_precision_ci_low"] < 0.99 and values["mcc_ci_low"] < 0.9
