"""External pictures: packed so that the same ones give the same hash, refused in one line, judged apart."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from commands import external as command
from stages import download
from stages import filter as stage
from tests.tiny_coronahack import dvc_folder
from xrays import external, files, packing, params, store
from xrays.console import BadInput


def picture(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (80, 90), dtype=np.uint8)).save(path)


@pytest.fixture
def hospital(tmp_path) -> Path:
    """Two pictures of each class in a folder."""
    for number, name in enumerate(["COVID-19/a.png", "COVID-19/deep/b.png", "Normal/c.jpg", "Normal/d.png"]):
        picture(tmp_path / "hospital" / name, number)
    return tmp_path / "hospital"


@given(order=st.permutations(range(4)), time=st.integers(0, 2**31 - 1))
@settings(max_examples=15, deadline=None)
def test_neither_order_nor_times_on_disk_change_the_hash(tmp_path_factory, order, time):
    hashes = set()
    for numbers, stamp in ((range(4), 0), (order, time)):
        folder = tmp_path_factory.mktemp("hospital")
        for number in numbers:
            path = folder / ("COVID-19" if number < 2 else "Normal") / f"{number}.png"
            picture(path, number)
            os.utime(path, (stamp, stamp))
        packing.pack(folder, folder / "packed.zip")
        hashes.add(files.sha256(folder / "packed.zip"))
    assert len(hashes) == 1


def test_a_table_says_the_same_as_a_folder_and_names_patients(hospital):
    rows = ["COVID-19/a.png,COVID-19,p", "COVID-19/deep/b.png,COVID-19,p", "Normal/c.jpg,Normal,", "Normal/d.png,Normal,q"]
    (hospital / "table.csv").write_text("image,label,patient\n" + "\n".join(rows) + "\n")
    packed = packing.pack(hospital / "table.csv", hospital.parent / "b.zip")
    assert packed["group"].tolist() == ["p", "p", "c.jpg", "q"]
    (hospital / "table.csv").write_text("image,label\n" + "\n".join(row.rpartition(",")[0] for row in rows) + "\n")
    packing.pack(hospital / "table.csv", hospital.parent / "c.zip")
    packing.pack(hospital, hospital.parent / "a.zip")
    assert files.sha256(hospital.parent / "a.zip") == files.sha256(hospital.parent / "c.zip")


def spoil(hospital: Path, how: str) -> Path:
    if how == "class":
        (hospital / "Normal").rename(hospital / "Healthy")
    elif how == "empty":
        for path in (hospital / "Normal").iterdir():
            path.unlink()
    elif how == "twice":
        picture(hospital / "Normal" / "A.PNG", 9)
    elif how == "name":
        picture(hospital / "Normal" / "a;b.png", 9)
    elif how == "link":
        (hospital / "Normal" / "e.png").symlink_to(hospital / "Normal" / "d.png")
    elif how in ("label", "absent", "columns"):
        text = {"label": "image,label\nNormal/d.png,Normal\nCOVID-19/a.png,covid\n",
                "absent": "image,label\nNormal/x.png,Normal\n", "columns": "file,class\nNormal/d.png,Normal\n"}[how]
        (hospital / "table.csv").write_text(text)
        return hospital / "table.csv"
    return hospital / "nowhere" if how == "nowhere" else hospital


@pytest.mark.parametrize("how, says", [
    ("nowhere", "is neither a folder nor a file: external pictures are a folder with COVID-19/ and Normal/"),
    ("class", "holds the folders COVID-19, Healthy: external pictures are"), ("empty", "holds no Normal picture"),
    ("twice", "have one name: rename one"), ("name", "rename it"), ("link", "is a link: give the picture itself"),
    ("label", "holds no COVID-19 picture"), ("absent", "line 2 names 'Normal/x.png', which is no file"),
    ("columns", "its columns are file, class, not image, label")])
def test_what_cannot_be_judged_is_refused_in_one_line_and_nothing_is_packed(hospital, how, says):
    with pytest.raises(BadInput, match=says) as refusal:
        packing.pack(spoil(hospital, how), hospital.parent / "packed.zip")
    assert "\n" not in str(refusal.value) and not (hospital.parent / "packed.zip").exists()


def test_from_a_persons_folder_to_data_external(hospital, tmp_path, monkeypatch):
    text = Path("params.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    dvc_folder()
    Path("params.yaml").write_text(text)
    picture(hospital / "COVID-19" / "same.png", 0)  # the bytes of a.png
    params.save(command.taken_in(str(hospital)))
    settings = params.load()
    raw = tmp_path / "raw"
    raw.mkdir()
    download.unpack_external(raw, settings)
    assert external.read_table(raw / "external")["image"].tolist() == ["a.png", "b.png", "c.jpg", "d.png", "same.png"]
    study = pd.DataFrame({"image": ["IM-1.jpeg"], "sha256": [files.sha256(hospital / "Normal" / "d.png")]})
    manifest, pictures = stage.read_external(study, raw, settings.filter)
    assert dict(zip(manifest["image"], manifest["reason"])) == {
        "a.png": "", "b.png": "", "c.jpg": "", "d.png": "same file as IM-1.jpeg of this data set",
        "same.png": "same file as a.png"}
    assert pictures.shape == (3, settings.filter.size, settings.filter.size)
    assert external.counts(manifest)["external_dropped"] == 2
    assert command.taken_in("none") == {command.KEY: ""}


def test_a_hash_that_is_not_on_this_machine_names_the_command(tmp_path, monkeypatch):
    text = Path("params.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    dvc_folder()
    Path("params.yaml").write_text(text)
    params.save({command.KEY: "0" * 64})
    with pytest.raises(BadInput, match="make external EXTERNAL=folder"):
        download.unpack_external(tmp_path, params.load())


def test_a_zip_made_by_hand_is_read_with_suspicion(hospital, tmp_path, monkeypatch):
    text = Path("params.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    dvc_folder()
    Path("params.yaml").write_text(text)
    for table, says in (("image,label,group\n../x.png,Normal,a\n", "no plain name"), ("image,label,group\nx.png,Normal,a\n",
                        "names x.png, which is not beside it"), ("image,label,group\nx.png,ill,a\n", "has label 'ill'")):
        with zipfile.ZipFile("made.zip", "w") as made:
            made.writestr("pictures.csv", table)
        params.save({command.KEY: store.take_in(Path("made.zip"))})
        raw = tmp_path / f"raw{len(table)}"
        raw.mkdir()
        with pytest.raises(BadInput, match=says):
            download.unpack_external(raw, params.load())


def test_without_external_pictures_everything_is_there_and_empty(tmp_path):
    manifest, pictures = stage.read_external(pd.DataFrame({"image": [], "sha256": []}), tmp_path, params.load().filter)
    assert list(manifest.columns) == external.MANIFEST and len(manifest) == 0 and len(pictures) == 0
