"""filter on a small phantom and on hand-made rows: what is kept, what stops the run."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import filter as stage
from xrays import cohort, files, params, phantom
from xrays.archive import read_metadata
from xrays.console import BadInput
from xrays.folds import COVID, NORMAL
from xrays.patients import read_patients

SETTINGS = params.load()


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    phantom.write(folder, "clean", 24, 0, 2, lambda done, total: None)
    return folder


@pytest.fixture(scope="module")
def read(raw) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    rows = cohort.select(read_metadata(raw), read_patients(raw), True)
    return stage.read_study(rows, raw, SETTINGS.filter.model_copy(update={"size": 64}))


def test_each_row_has_its_own_picture_and_hash(raw, read):
    rows, prepared = read
    usable = rows[(rows["unusable"] == "") & (rows["wanted"] != "other")]
    assert list(prepared) == usable["image"].tolist()
    one = usable.iloc[3]
    path = next(raw.rglob(one["image"]))
    assert one["sha256"] == files.sha256(path) and one["bytes"] == path.stat().st_size
    assert np.array_equal(prepared[one["image"]], stage.read_picture(path, 64, "crop")[1])


def test_what_cannot_be_read_is_quarantined_with_its_reason(read):
    rows = cohort.drop(read[0])
    bad = rows[rows["unusable"] != ""]
    assert set(bad["reason"]) == {"unreadable", "file missing"} and set(bad["role"]) == {"dropped"}
    assert rows["reason"].str.startswith("same file as").sum() >= 1


def test_too_many_bad_pictures_stop_the_run_and_are_named(read):
    rows = read[0].copy()
    stage.check_bad(rows, 0.2)
    broken = rows.index[rows["wanted"] == "study"][:20]
    rows.loc[broken, "unusable"] = "unreadable"
    with pytest.raises(BadInput, match=r"study pictures are missing or unusable, more than filter.max_bad 0.05 .*unreadable"):
        stage.check_bad(rows, 0.05)


def test_a_fold_with_too_few_covid_patients_stops_with_advice():
    rows = pd.DataFrame({"role": "study", "label": [COVID, COVID, NORMAL], "group": ["a", "a", "b"], "fold": [0, 0, 1]})
    split = SETTINGS.split.model_copy(update={"folds": 2, "min_positive": 1})
    with pytest.raises(BadInput, match="fold 1 has 0 COVID-19 patients, fewer than split.min_positive 1: try another"):
        stage.check_folds(rows, split)


def test_a_fold_without_a_normal_picture_stops_with_advice():
    rows = pd.DataFrame({"role": "study", "label": [COVID, COVID, NORMAL], "group": ["a", "c", "b"], "fold": [0, 1, 1]})
    split = SETTINGS.split.model_copy(update={"folds": 2, "min_positive": 1})
    with pytest.raises(BadInput, match="fold 0 has no Normal picture to judge by: try another split.seed"):
        stage.check_folds(rows, split)


def test_only_folds_that_exist_are_counted(capsys):
    rows = pd.DataFrame({"role": "study", "label": [COVID, COVID, NORMAL], "group": ["a", "c", "b"], "fold": [0, 1, 0]})
    stage.check_folds(rows, SETTINGS.split.model_copy(update={"method": "article", "folds": 3}))
    assert capsys.readouterr().out == "COVID-19 patients a fold: 0: 1\n"


@pytest.mark.parametrize("left", [COVID, NORMAL])
def test_a_class_that_is_gone_stops_the_run(left):
    rows = pd.DataFrame({"role": "study", "label": [left], "group": ["a"], "fold": [0]})
    with pytest.raises(BadInput, match="is left to study"):
        stage.check_folds(rows, SETTINGS.split)


def test_counts_add_up(raw, read):
    rows = cohort.drop(read[0])
    rows["fold"] = stage.assign_folds(rows, SETTINGS.split)
    counts = cohort.counts(rows, SETTINGS, cohort.orphans(read_metadata(raw), raw))
    roles = ("role_study", "role_control", "role_other", "role_dropped")
    assert sum(counts[role] for role in roles) == counts["rows"] == len(rows)
    assert sum(value for name, value in counts.items() if name.startswith("dropped_")) == counts["role_dropped"]
    assert counts["covid_pictures"] + counts["normal_pictures"] == counts["role_study"]
    assert counts["orphan_files"] >= 1 and counts["synthetic"] == 1
    assert sum(counts[f"covid_pictures_fold_{fold}"] for fold in range(SETTINGS.split.folds)) == counts["covid_pictures"]
