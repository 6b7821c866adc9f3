"""External pictures on their way from a person's folder to data/external: judged apart, or dropped with a reason."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from commands import external as command
from stages import download
from stages import filter as stage
from tests import hospital as other
from tests.tiny_coronahack import dvc_folder
from xrays import cohort, external, files, lungs, params, pictures, store
from xrays.console import BadInput
from xrays.verification import content

ROOT = Path(__file__).parent.parent
TINY = {"phantom.patients": 8, "filter.size": 64, "split.folds": 2, "split.min_positive": 1, "train.size": 32,
        "train.folds": [0, 1], "filter.max_bad": 0.5}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Path:
    """A project in which download and filter have run on a phantom with a hospital of its own."""
    folder = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        settle(folder)
        download.main()
        stage.main()
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project in which nothing has run."""
    monkeypatch.chdir(tmp_path)
    settle(tmp_path)
    return tmp_path


def settle(folder: Path) -> None:
    dvc_folder()
    (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    params.save(TINY)


def manifest() -> pd.DataFrame:
    return files.read_csv(Path("data/external/manifest.csv")).set_index("image", drop=False)


def test_the_phantoms_own_hospital_is_prepared_with_its_true_masks(drawn, monkeypatch):
    monkeypatch.chdir(drawn)
    rows = manifest()
    grey, found = np.load("data/external/pictures.npy"), np.load("data/external/lungs.npy")
    assert set(rows["role"]) == {"external"} and grey.dtype == np.uint8 and found.dtype == bool
    assert grey.shape == found.shape == (len(rows), 64, 64)
    assert not (found == lungs.box(64)).all(axis=(1, 2)).any() and found.any(axis=(1, 2)).all()
    original = pictures.decode(Path("data/raw/external/pictures") / rows["image"].iloc[3])[0]
    assert np.array_equal(grey[3], pictures.prepare(original, 64, "crop"))
    study = files.read_csv(Path("data/filtered/manifest.csv"))
    assert not set(study["group"]) & set(rows["group"]) and not set(study["sha256"]) & set(rows["sha256"])


def test_masks_and_external_pictures_are_counted_and_are_no_orphans(drawn, monkeypatch):
    monkeypatch.chdir(drawn)
    data, rows = json.loads(Path("metrics/data.json").read_text()), manifest()
    assert data["orphan_files"] == 1  # the phantom's own
    assert data["external_covid_pictures"] + data["external_normal_pictures"] == len(rows) > 0
    assert data["external_patients"] == rows["group"].nunique() and data["external_dropped"] == 0
    kept = cohort.prepared(files.read_csv(Path("data/filtered/manifest.csv")))
    assert data["masks_true"] + data["masks_box"] == len(kept) == len(np.load("data/filtered/lungs.npy"))
    assert data["masks_true"] > 0 and np.load("data/filtered/lesions.npy").any()
    assert not (np.load("data/filtered/lesions.npy") & ~np.load("data/filtered/lungs.npy")).any()


def test_from_a_persons_folder_through_the_store_to_data_external(project, capsys):
    """The phantom's own hospital gives way; a picture without a mask gets the box."""
    hospital = other.make(project / "hospital")
    other.picture(hospital / "COVID-19" / "same.png", 0)  # the bytes of a.png
    other.picture(hospital / "Normal" / "x.png", 5)
    other.picture(hospital / "COVID-19" / "y.png", 5)  # the bytes of x.png
    (hospital / "Normal" / "cut.jpg").write_bytes((hospital / "Normal" / "c.jpg").read_bytes()[:700])
    params.save(command.taken_in(str(hospital)))
    assert "4 COVID-19, 4 Normal, of 8 patients; 8 pictures name no patient" in capsys.readouterr().out
    shutil.rmtree(hospital)  # nothing is read by path any more
    download.main()
    stage.main()
    rows = manifest()
    assert dict(zip(rows["image"], rows["reason"])) == {
        "a.png": "", "b.png": "", "c.jpg": "", "cut.jpg": "unreadable", "d.png": "", "same.png": "same file as a.png",
        "x.png": "same file under two labels", "y.png": "same file under two labels"}
    assert rows.loc["b.png", "group":"height"].tolist() == ["external-b.png", "external", "", "90", "80"]
    assert np.array_equal(np.load("data/external/lungs.npy"), np.repeat(lungs.box(64)[None], 4, axis=0))
    assert "external pictures: 4 to judge, of 4 patients, 4 dropped: cut.jpg (unreadable), " in capsys.readouterr().out
    assert json.loads(Path("metrics/data.json").read_text())["external_dropped"] == 4
    assert content.abroad() == "" and command.taken_in("none") == {command.KEY: ""}


def test_make_verify_sees_what_is_wrong_with_data_external_and_the_masks(drawn, tmp_path, monkeypatch):
    shutil.copytree(drawn, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    assert content.filtered() == content.abroad() == ""
    one = next(Path("data/raw/external/pictures").iterdir())
    whole = one.read_bytes()
    one.write_bytes(whole + b"\0")
    assert "1 pictures of its manifest are not those of data/raw/external" in content.abroad()
    one.write_bytes(whole)
    for folder, check in (("filtered", content.filtered), ("external", content.abroad)):
        path = Path("data", folder, "lungs.npy")
        np.save(path, np.load(path)[1:])
        assert check().startswith("lungs.npy is (")


def test_without_external_pictures_everything_is_there_and_empty(project):
    params.save({"phantom.external": "none"})
    download.main()
    stage.main()
    assert list(manifest().columns) == external.MANIFEST and not len(manifest())
    assert np.load("data/external/pictures.npy").shape == np.load("data/external/lungs.npy").shape == (0, 64, 64)
    assert json.loads(Path("metrics/data.json").read_text())["external_patients"] == 0
    assert content.abroad() == ""


ROWS = pd.DataFrame({"image": ["a.png", "b.png", "IM-1.JPEG", "d.png", "e.png"], "label": "Normal", "unusable": "",
                     "group": ["p", "p", "q", "kermany-IM-1", "ieee8023-7"], "sha256": list("abcde"), "width": 80,
                     "height": 80, "bytes": 9, "mode": "L"})
STUDY = pd.DataFrame({"image": ["IM-1.jpeg", "z.png"], "sha256": ["b", ""], "group": ["kermany-IM-1", "ieee8023-7"],
                      "role": ["study", "dropped"]})


def test_what_a_model_may_have_been_trained_on_is_dropped_by_bytes_name_and_patient():
    judged = external.judged(ROWS, STUDY)
    assert judged["reason"].tolist() == ["", "same file as IM-1.jpeg of this data set", "named like a picture of this "
                                         "data set", "its patient is in this data set", ""]
    assert judged["role"].tolist() == ["external", "dropped", "dropped", "dropped", "external"]


def test_a_hash_that_is_not_on_this_machine_names_the_command(project):
    params.save({command.KEY: "0" * 64})
    with pytest.raises(BadInput, match="named by data.external_sha256 is not on this machine: run `make external EXT"):
        download.unpack_external(project, params.load())


@pytest.mark.parametrize("entries, says", [
    ({"pictures.csv": "image,label,group\n../x.png,Normal,a\n"}, "no plain name"),
    ({"pictures.csv": "image,label,group\nx.png,Normal,a\n"}, "names x.png, which is not beside it"),
    ({"pictures.csv": "image,label,group\nx.png,ill,a\n"}, "has label 'ill'"),
    ({"pictures/x.png": "x"}, "holds no pictures.csv, so it is not one that was packed here: run `make external"),
    ({"../x.png": "x"}, "the zip's entry '../x.png' would not stay in its folder: run `make external"),
    ({}, "the zip is damaged or incomplete .*: run `make external")])
def test_a_zip_made_by_hand_is_read_with_suspicion(project, entries, says):
    with zipfile.ZipFile("made.zip", "w") as made:
        for name, text in entries.items():
            made.writestr(name, text)
    if not entries:
        Path("made.zip").write_bytes(b"PK and no more")
    params.save({command.KEY: store.take_in(Path("made.zip"))})
    Path("raw").mkdir()
    with pytest.raises(BadInput, match=says):
        download.unpack_external(Path("raw"), params.load())


def test_an_archive_with_external_pictures_of_its_own_is_not_mixed_with_others(project):
    params.save(command.taken_in(str(other.make(project / "hospital"))))
    Path("raw/external").mkdir(parents=True)
    with pytest.raises(BadInput, match="brings a folder external/ of its own"):
        download.unpack_external(Path("raw"), params.load())


def test_what_exif_says_of_a_patient_reaches_no_picture_that_is_prepared(project):
    """The orientation is applied; the text stays in the file, in data/raw."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "Jane Doe", 6  # description, orientation: turned by 90 degrees
    hospital = other.make(project / "hospital")
    Image.open(hospital / "Normal" / "c.jpg").save(hospital / "Normal" / "c.jpg", exif=exif)
    params.save(command.taken_in(str(hospital)) | {"filter.fit": "squash"})
    download.unpack_external(project, params.load())
    rows, grey = stage.read_external(STUDY, project, params.load().filter)
    assert rows.set_index("image").loc["c.jpg", ["width", "height"]].tolist() == [80, 90]
    stage.write(Path("data/external"), rows, grey, {})
    held = b"".join(path.read_bytes() for path in Path("data/external").iterdir())
    assert b"Jane Doe" in (project / "external/pictures/c.jpg").read_bytes() and b"Jane Doe" not in held
