"""The tables that Git holds in metrics/, recomputed from the committed predictions without the project's code."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests import recomputed
from tests.test_committed_numbers import FILTERED, LAST, METRICS, PREDICTIONS, PUBLISHED

SEEDS = {seed: recomputed.arrays(rows) for seed, rows in PREDICTIONS.groupby("seed")}
KINDS = {"uncalibrated": "", "calibrated": "calibrated_"}
BANDS = {"age, years": ([0, 18, 40, 60, 80], ["0 to 17", "18 to 39", "40 to 59", "60 to 79", "80 and over"]),
         "shorter side, pixels": ([0, 500, 1000, 2000], ["under 500", "500 to 999", "1000 to 1999", "2000 and over"])}
LEAST = 10  # pictures; a number of fewer is left empty


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(METRICS / f"{name}.csv")


def test_net_benefit_is_true_finds_less_the_price_of_false_ones():
    table = read("decision").set_index(["model", "threshold"])["net_benefit"]
    expected = {}
    for cut in (number / 100 for number in range(1, 100)):
        price = cut / (1 - cut)
        for seed, (truth, _, scores, _) in SEEDS.items():
            called = scores["calibrated_"] >= cut
            worth = np.where(truth == 1, 1, -price)
            expected[f"seed {seed}, calibrated", cut] = np.sum(worth[called]) / len(truth)
        share = np.mean(truth)
        expected |= {("treat all", cut): share - (1 - share) * price, ("treat none", cut): 0.0}
    assert table.to_dict() == pytest.approx(expected, abs=LAST)


def test_each_bin_holds_a_tenth_of_the_pictures_with_their_mean_said_and_share_seen():
    expected = {}
    for seed, (truth, _, scores, _) in SEEDS.items():
        for kind, prefix in KINDS.items():
            place = recomputed.bins(scores[prefix])
            expected |= {(f"seed {seed}, {kind}", int(one)): (np.sum(place == one), scores[prefix][place == one].mean(),
                                                              truth[place == one].mean()) for one in np.unique(place)}
    table = read("calibration").set_index(["model", "bin"])
    assert set(table.index) == expected.keys()
    for key, values in expected.items():
        assert table.loc[key, ["pictures", "said", "seen"]].tolist() == pytest.approx(values, abs=LAST), key
    assert (table["low"] <= table["seen"]).all() and (table["seen"] <= table["high"]).all()


def test_the_curves_are_steps_of_the_table_and_their_areas_are_those_published():
    roc, curve, areas = read("roc"), read("precision_recall"), []
    for seed, (truth, _, scores, _) in SEEDS.items():
        cuts = [np.inf, *np.unique(scores[""])]
        called = [(scores[""] >= cut) for cut in cuts]
        steps = {(round(one[truth == 0].mean(), 6), round(one[truth == 1].mean(), 6)) for one in called}
        points = roc[roc["model"] == f"seed {seed}"]
        assert set(zip(points["fpr"], points["tpr"])) <= steps
        steps = {(round(truth[one].mean() if one.any() else 1, 6), round(one[truth == 1].mean(), 6)) for one in called}
        found = curve[curve["model"] == f"seed {seed}"]
        assert set(zip(found["precision"], found["recall"])) <= steps
        areas.append(np.trapezoid(points["tpr"], points["fpr"]))
    assert np.mean(areas) == pytest.approx(PUBLISHED["auroc"], abs=1e-5)


def test_the_pairs_confused_are_those_of_the_matrix():
    table = read("most_confused").set_index(["label", "predicted"])
    expected = {("COVID-19", "Normal"): PUBLISHED["fn"], ("Normal", "COVID-19"): PUBLISHED["fp"]}
    assert table["count"].to_dict() == pytest.approx(expected) and table["count"].is_monotonic_decreasing
    assert table["share"].to_dict() == pytest.approx({
        ("COVID-19", "Normal"): 1 - PUBLISHED["sensitivity"],
        ("Normal", "COVID-19"): 1 - PUBLISHED["specificity"]}, abs=2 * LAST)


def strata(manifest: pd.DataFrame) -> dict[str, pd.Series]:
    """The group of each picture, for each way to divide them."""
    values = {"age, years": manifest["age"], "shorter side, pixels": manifest[["width", "height"]].min(axis=1)}
    cut = {name: pd.cut(values[name], [*edges, np.inf], right=False, labels=names).astype(object)
           for name, (edges, names) in BANDS.items()}
    return {name: found.fillna("unknown") for name, found in
            ({name: manifest[name] for name in ("source", "view", "sex")} | cut).items()}


def one_stratum(rows: pd.DataFrame) -> dict[str, float]:
    first = rows.drop_duplicates("image")
    covid, found = int(first["label"].eq("COVID-19").sum()), []
    for _, part in rows.groupby("seed"):
        truth, called, scores, _ = recomputed.arrays(part)
        enough = np.array([np.sum(truth == one) >= LEAST for one in (1, 0)])
        rates = [np.mean(called[truth == one] == one) if enough[1 - one] else np.nan for one in (1, 0)]
        found.append([*rates, recomputed.auroc(truth, scores[""]) if enough.all() else np.nan])
    return {"pictures": len(first), "patients": first["group"].nunique(), "covid": covid, "normal": len(first) - covid,
            **dict(zip(("sensitivity", "specificity", "auroc"), np.mean(found, axis=0)))}


def test_counts_rates_and_auroc_of_every_stratum_follow_from_its_pictures():
    if not Path(FILTERED).exists():
        pytest.skip("data/filtered is not here: dvc pull, or make repro")
    table = read("strata").set_index(["stratum", "value"])
    manifest = pd.read_csv(FILTERED, keep_default_na=True).set_index("image")
    expected = {(name, value): one_stratum(rows) for name, groups in strata(manifest).items()
                for value, rows in PREDICTIONS.groupby(PREDICTIONS["image"].map(groups))}
    assert set(table.index) == expected.keys()
    for key, values in expected.items():
        assert table.loc[key, list(values)].to_dict() == pytest.approx(values, abs=LAST, nan_ok=True), key


def test_each_way_to_divide_the_pictures_counts_every_one_of_them_once():
    sums = read("strata").groupby("stratum")[["pictures", "covid", "normal"]].sum()
    label = PREDICTIONS.drop_duplicates("image")["label"].eq("COVID-19")
    assert (sums == [len(label), label.sum(), (~label).sum()]).to_numpy().all()
