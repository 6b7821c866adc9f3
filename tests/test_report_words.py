"""The sentences and the flow of the report follow params and counts: what is not so is not said."""

import pandas as pd
import pytest

from xrays import external, params, pictures, reliance
from xrays.folds import COVID, NORMAL
from xrays.report import facts, participants, sentences

DATA = {"rows": 20.0, "orphan_files": 0.0, "synthetic": 0.0, "covid_source_added": 0.0, "normal_source_added": 0.0,
        "added_dropped": 0.0, "role_other": 2.0, "role_control": 1.0, "role_study": 15.0, "covid_pictures": 7.0,
        "covid_patients": 5.0, "normal_pictures": 8.0, "normal_patients": 6.0, "external_dropped": 0.0,
        **dict.fromkeys(participants.STEPS, 0.0)}
NONE = {"pictures": 0.0, "patients": 0.0, "n_covid": 0.0, "n_normal": 0.0}
JUDGED = {"tp": 6.0, "fn": 1.0, "tn": 8.0, "fp": 0.0}


def run(rows: list[dict] = (), values: dict = JUDGED, abroad: dict = NONE, **data: float) -> dict:
    return {"data": DATA | data, "metrics": values, "external": abroad, "manifest_rows": list(rows)}


def with_params(**sections: dict) -> params.Params:
    given = params.load().model_dump()
    return params.Params.model_validate({name: one | sections.get(name, {}) for name, one in given.items()})


@pytest.mark.parametrize("values, said", [
    ((0.338, 0.341, 0.037, 0.045), "worse by log-loss (0.341 against 0.338) and worse by expected calibration error"),
    ((0.400, 0.341, 0.037, 0.045), "better by log-loss (0.341 against 0.400) and worse by"),
    ((0.34101, 0.34099, 0.05, 0.04), "no better by log-loss (0.341 against 0.341) and better by"),
])
def test_whether_calibration_helped_is_said_by_the_numbers_as_shown(values, said):
    names = ("log_loss", "calibrated_log_loss", "ece", "calibrated_ece")
    assert said in sentences.calibrated({"metrics": dict(zip(names, values))})


def test_the_threshold_is_said_to_be_chosen_only_where_it_was():
    said = {goal: sentences.threshold(with_params(evaluate={"threshold": goal, "target_sensitivity": 0.85}))
            for goal in ("inner", "target", "half")}
    assert "balanced accuracy" in said["inner"] and "reaches sensitivity 0.85" in said["target"]
    assert "chosen on no picture" in said["half"] and "is 0.5 for each model" in said["half"]
    assert all("uncalibrated probability" in text and "temperature comes from inner" in text for text in said.values())


@pytest.mark.parametrize("low, high, far", [(0.7, 0.89, "below it."), (0.91, 0.99, "above it."), (0.7, 0.95, "the goal.")])
def test_the_page_says_whether_the_stated_sensitivity_was_reached_on_held_out_pictures(low, high, far):
    values = dict(zip(("sensitivity_at_target", "sensitivity_at_target_ci_low", "sensitivity_at_target_ci_high"),
                      (0.8, low, high)))
    said = sentences.goal({"metrics": values}, with_params(evaluate={"target_sensitivity": 0.9}))
    assert "a sensitivity of 0.9 " in said and "0.800" in said and said.endswith(far)


def test_the_losses_intervals_are_doubted_only_near_an_auroc_of_1():
    assert [bool(sentences.narrow({"metrics": {"auroc": auroc}})) for auroc in (0.95, 0.99)] == [False, True]


def test_patients_are_called_others_only_where_they_are_kept_apart():
    assert sentences.parted(with_params()) == "Same source, other patients"
    assert "the same patients" in sentences.parted(with_params(split={"method": "article"}, train={"folds": [0]}))
    assert "not known" in sentences.parted(with_params(data={"patients": "none"}))


def test_the_cells_of_a_map_are_counted_from_the_size():
    assert [f"{cells} x {cells} cells" in sentences.cells(with_params(train={"size": size}))
            for size, cells in ((64, 2), (96, 3), (100, 4), (128, 4))] == [True] * 4


def test_added_cases_and_external_pictures_are_in_title_and_sources_where_there_are_any():
    plain, settings = run(), with_params()
    assert "Development and internal evaluation of" in sentences.title(plain, settings)
    assert "added" not in sentences.sources(plain) + sentences.title(plain, settings)
    more = run(covid_source_added=2.0, normal_source_added=1.0, abroad=NONE | {"pictures": 9.0})
    assert "internal and external evaluation" in sentences.title(more, settings)
    assert sentences.title(more, settings).endswith("with added cases")
    assert "3 added cases" in sentences.sources(more) and "9 pictures that are no part" in sentences.sources(more)


def test_the_flow_adds_up_with_added_cases_and_folds_that_were_not_held_out():
    dropped = [{"role": "dropped", "group": "added-1", "reason": reason}
               for reason in ("unreadable", "one grey value only")]
    values = {"tp": 3.0, "fn": 1.0, "tn": 4.0, "fp": 0.0}
    steps = participants.flow(run(dropped, values, covid_source_added=3.0, added_dropped=2.0))
    assert [step[:2] for step in steps] == [
        ("15", "rows in the metadata"), ("+ 5", "added cases"), ("- 1", "unusable"), ("- 1", "unusable"),
        ("- 2", "other pneumonias"), ("- 1", "same-source controls"), ("15", "study pictures"),
        ("- 7", "in folds that were not held out"), ("8", "judged")]
    assert {step[2] for step in steps if step[1] == "unusable"} == {"unreadable", "one grey value only"}
    assert "not held out" not in str(participants.flow(run())) and "added" not in str(participants.flow(run()))


def test_external_pictures_are_dropped_each_for_its_own_reason():
    rows = pd.DataFrame({"image": ["a.png", "b.png", "c.png", "d.png", "e.png"], "label": COVID, "group": list("abcde"),
                         "sha256": ["1", "1", "3", "4", "5"], "width": 99, "height": 99, "bytes": 9, "mode": "L",
                         "unusable": ["", "", "", pictures.TOO_MANY, ""]})
    study = pd.DataFrame({"image": ["s.png"], "sha256": ["3"], "group": ["s"], "role": ["study"]})
    judged = external.judged(rows, study)
    kept = NONE | {"pictures": 2.0, "patients": 2.0, "n_covid": 2.0}
    steps = participants.flow(run(judged.to_dict("records"), abroad=kept, external_dropped=3.0))
    assert [step[1:] for step in steps if "external, dropped" in step] == [
        ("external, dropped", pictures.TOO_MANY), ("external, dropped", "the same file as one of the study"),
        ("external, dropped", "the same file once more")]
    assert ("5", "external pictures") in [step[:2] for step in steps] and steps[-1][:2] == ("2", "external, judged")
    assert "unusable" not in [step[1] for step in steps]


def test_age_and_sex_are_counted_by_patient_where_they_are_known():
    study = pd.DataFrame([("p", COVID, "study", "", ""), ("p", COVID, "study", "F", "60"),
                          ("q", COVID, "study", "M", "40"), ("r", COVID, "control", "M", "10"), ("n", NORMAL, "study", "", "")],
                         columns=["group", "label", "role", "sex", "age"])
    assert participants.people({"study": study}) == [
        (COVID, "2", "1 F, 1 M", "median 50 (quartiles 45 to 55), known of 2"), (NORMAL, "1", "1 unknown", "unknown")]


def test_each_analysis_counts_the_other_folds_and_its_own():
    data = {f"{name}_{what}_fold_{fold}": float(base + 10 * fold) for fold in range(3)
            for name, what, base in (("covid", "pictures", 2), ("covid", "patients", 1), ("normal", "pictures", 4),
                                     ("normal", "patients", 3))}
    assert participants.analyses({"data": data}, [1]) == [("1", "24 (22)", "28 (26)", "12 (11)", "14 (13)")]


def test_every_change_that_is_measured_is_shown():
    assert list(facts.BENT) == reliance.BENT
    values = {f"{name}_{what}": -0.0125 for name in facts.BENT for what in ("mean_change", "mean_size_of_change")}
    values |= {f"{name}_flip_rate": 0.25 for name in facts.BENT}
    assert facts.bent({"audit": values})[0] == ("letters painted over", "-0.013", "-0.013", "25.0 %")
