"""Cases on their way from a person's folder into the study: named, in folds of their own, and nobody else moves."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import cases as command
from stages import download
from stages import filter as stage
from tests import hospital as other
from tests.test_external import settle
from xrays import cases, cohort, files, folds, params, patients, phantom, store
from xrays.console import BadInput
from xrays.verification import content, source

MANIFEST = Path("data/filtered/manifest.csv")


@pytest.fixture(scope="module")
def zipped(tmp_path_factory) -> tuple[Path, Path]:
    """A phantom as somebody would have it from Kaggle: a zip, and the table of its patients."""
    folder = tmp_path_factory.mktemp("zipped")
    phantom.write(folder / "raw", "clean", 16, 0, 2, lambda done, total: None)
    shutil.copy(folder / "raw" / patients.TABLE, folder / patients.TABLE)
    (folder / "raw" / patients.TABLE).unlink()
    return Path(shutil.make_archive(str(folder / "pictures"), "zip", folder / "raw")), folder / patients.TABLE


@pytest.fixture
def project(tmp_path, monkeypatch, zipped) -> Path:
    """A project on an archive, in which nothing has run."""
    monkeypatch.chdir(tmp_path)
    settle(tmp_path)
    pictures, table = zipped
    params.save({"data.source": "archive", "data.sha256": store.take_in(pictures),
                 "data.patients_sha256": store.take_in(table)})
    return tmp_path


def run() -> pd.DataFrame:
    """download and filter; the manifest by name."""
    download.main()
    stage.main()
    return files.read_csv(MANIFEST).set_index("image", drop=False)


def add(given: Path) -> None:
    params.save(command.taken_in(str(given), params.load().data.cases))


def test_lot_after_lot_is_studied_in_folds_of_its_own_and_every_old_picture_stays_where_it_was(project, capsys):
    before = run()
    assert "added" not in capsys.readouterr().out
    ill = before[before["role"].eq("study") & before["group"].str.startswith("ieee8023")].iloc[0]
    add(other.make(project / "first"))
    table = project / "second" / "new.csv"
    other.picture(project / "second" / "e.png", 20)
    other.picture(project / "second" / "f.png", 21)
    other.picture(project / "second" / "again.png", 0)  # the bytes of a.png in the first lot
    table.write_text(f"image,label,patient\ne.png,COVID-19,{ill['group']}\nf.png,COVID-19,7\nagain.png,COVID-19,7\n")
    add(table)
    shutil.rmtree(project / "first")  # nothing is read by path any more
    shutil.rmtree(project / "second")
    after = run()
    assert "added cases: 6 to study, of 6 patients, 1 dropped: again.png (same file as a.png)" in capsys.readouterr().out
    assert after.loc[before.index].equals(before)
    new = after.drop(index=before.index)
    assert new["role"].to_dict() == dict.fromkeys("a.png b.png c.jpg d.png e.png f.png".split(), "study") | {"again.png": "dropped"}
    assert new.loc["e.png", "group"] == ill["group"] and new.loc["e.png", "fold"] == ill["fold"]
    assert new.loc["f.png", "group"] == "added-7" and set(new["source"]) == {"added"}
    assert all(int(row.fold) == folds.grouped(row.group, 0, 2) for row in new.itertuples() if row.role == "study")
    kept = cohort.prepared(files.read_csv(MANIFEST))
    assert len(np.load("data/filtered/pictures.npy")) == len(kept)
    data = json.loads(Path("metrics/data.json").read_text())
    assert (data["covid_source_added"], data["normal_source_added"], data["added_dropped"]) == (4, 2, 1)
    assert content.filtered() == ""


def test_make_verify_misses_no_picture_of_a_lot(project):
    add(other.make(project / "lot"))
    run()
    wanted = {name: value for section, values in params.load().model_dump().items() for name, value in
              ((f"{section}.{key}", value) for key, value in values.items())}
    assert source.fault(Path("data/raw"), wanted) == ""
    (Path("data/raw") / cases.lot(0) / "pictures" / "b.png").unlink()
    assert "1 of " in source.fault(Path("data/raw"), wanted) and "b.png" in content.filtered()


def test_one_class_is_enough_and_the_same_lot_again_is_refused(project, tmp_path):
    lot = other.make(tmp_path / "lot")
    shutil.rmtree(lot / "Normal")
    add(lot)
    with pytest.raises(BadInput, match="just these pictures were added before, as lot 1 of data.cases"):
        add(lot)
    assert len(params.load().data.cases) == 1


@pytest.mark.parametrize("entries, said", [
    ({}, "holds the folders (none): cases are a folder with"),
    ({"Covid/x.png": 1}, "holds the folders Covid: cases are a folder with COVID-19/ or Normal/ or both"),
    ({"COVID-19/notes.txt": None}, "holds no picture"),
])
def test_what_holds_no_cases_is_refused(project, tmp_path, entries, said):
    folder = tmp_path / "given"
    folder.mkdir()
    for name, seed in entries.items():
        if seed is None:
            (folder / name).parent.mkdir()
            (folder / name).write_text("nothing")
        else:
            other.picture(folder / name, seed)
    with pytest.raises(BadInput) as refused:
        add(folder)
    assert said in str(refused.value) and "\n" not in str(refused.value) and params.load().data.cases == []


def test_a_name_that_the_data_set_has_is_refused_before_and_after_it_is_taken_in(project, tmp_path):
    rows = run()
    metrics = Path("metrics/manifest.csv")
    files.write_csv(metrics, rows)
    other.picture(tmp_path / "lot" / "COVID-19" / rows["image"].iloc[0].upper().replace("JPEG", "jpeg"), 3)
    with pytest.raises(BadInput, match="a picture of that name is in the data set already .1 such"):
        add(tmp_path / "lot")
    metrics.unlink()
    add(tmp_path / "lot")
    with pytest.raises(BadInput, match="is the name of two pictures of this data set: take the last hash out of data.cases"):
        run()


def test_synthetic_pictures_and_real_ones_are_not_mixed(project):
    with pytest.raises(BadInput, match=r"data.cases: must be \[\] with data.source: phantom"):
        params.save({"data.source": "phantom", "data.cases": ["0" * 64]})


def test_a_lot_that_is_not_on_this_machine_names_the_command(project):
    params.save({"data.cases": ["0" * 64]})
    with pytest.raises(BadInput, match="named by data.cases is not on this machine: run `make cases CASES=folder`"):
        download.unpack_cases(project, params.load())


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6, unique=True), st.data())
def test_the_order_of_lots_sets_no_fold(tmp_path_factory, numbers, data):
    """Any partition into lots, in any order, gives the same rows."""
    raw, rows = tmp_path_factory.mktemp("raw"), pd.DataFrame(columns=[
        "image", "group", "part", "label", "source", "label_1", "label_2", "view", "sex", "age", "wanted", "excluded"], dtype=str)

    def added(order: list[int], cut: int) -> pd.DataFrame:
        shutil.rmtree(raw / cases.FOLDER, ignore_errors=True)
        for place, lot in enumerate(filter(None, (order[:cut], order[cut:]))):
            table = pd.DataFrame({"image": [f"{one}.png" for one in lot], "label": folds.COVID,
                                  "group": [f"p{one % 5}" for one in lot]})
            files.write_csv(raw / cases.lot(place) / "pictures.csv", table)
        return cases.add(rows, raw).drop(columns="part")

    order, cut = data.draw(st.permutations(numbers)), data.draw(st.integers(0, len(numbers)))
    assert added(numbers, len(numbers)).equals(added(list(order), cut))
