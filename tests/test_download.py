"""The stage from each of its sources; what fails leaves one line and nothing under data/."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stages import download
from tests.kaggle_server import serve, status
from tests.test_patients import github  # noqa: F401  (a fixture)
from tests.tiny_coronahack import FOLDER, METADATA, PATIENTS, ROWS, contents, dvc_folder, zipped
from xrays import archive, console, kaggle, params, store

ROOT = Path(__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the committed params.yaml and a DVC repository of its own."""
    monkeypatch.chdir(tmp_path)
    dvc_folder()
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    params.save({"phantom.patients": 8})
    return tmp_path


def taken_in(body: bytes) -> str:
    Path("taken").write_bytes(body)
    return store.take_in(Path("taken"))


def use_archive(body: bytes, patients: str = PATIENTS) -> None:
    params.save({"data.source": "archive", "data.sha256": taken_in(body),
                 "data.patients_sha256": taken_in(patients.encode())})


def failure(capfd: pytest.CaptureFixture) -> str:
    """The one line with which the stage ends; checks the exit code and that nothing is left."""
    with pytest.raises(SystemExit) as end:
        console.run(download.main)
    assert not list(Path("data").glob("*")) and "Traceback" not in capfd.readouterr().err
    return str(end.value).removeprefix("error: ")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_phantom_has_the_layout_of_kaggles_archive(project, capfd):
    download.main()
    rows = archive.read_metadata(Path("data/raw"))
    assert rows["label_2"].eq("COVID-19").any()
    assert len(archive.missing(Path("data/raw"), rows)) < len(rows)
    assert len((Path("data/raw") / "patients.csv").read_text().splitlines()) > 1
    out = capfd.readouterr().out.splitlines()
    assert out[0].startswith("drawing phantoms: ") and out[-2].split()[2] == out[-2].split()[4]
    assert out[-1].startswith(f"data/raw: {len(rows)} rows, ")


def test_unpacks_the_archive_and_its_patients_byte_for_byte(project):
    use_archive(zipped(contents()), PATIENTS.replace("\n", "\r\n"))
    download.main()
    assert tree(Path("data/raw")) == contents() | {"patients.csv": PATIENTS.replace("\n", "\r\n").encode()}


def test_without_patients_the_table_is_a_header(project):
    use_archive(zipped(contents()))
    params.save({"data.patients": "none", "data.patients_sha256": ""})
    download.main()
    assert (Path("data/raw") / "patients.csv").read_text() == PATIENTS.splitlines()[0] + "\n"


def test_pictures_that_the_zip_lacks_are_left_to_filter(project, capfd):
    files_but_one = contents()
    del files_but_one[f"{FOLDER}/train/IM-0128-0001.jpeg"]
    use_archive(zipped(files_but_one))
    download.main()
    assert capfd.readouterr().out.endswith("data/raw: 6 rows, 5 of their pictures, 3 patients named\n")


def test_runs_as_a_program_and_fails_with_one_line(project):
    use_archive(b"<!DOCTYPE html><html>Sign in</html>")
    ran = subprocess.run([sys.executable, "-m", "stages.download"], capture_output=True, text=True,
                         env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1, "", "error: the zip is a web page, not a zip (a login page that was saved?): download the archive again\n")
    assert not list(Path("data").glob("*"))


@pytest.mark.parametrize("changes, said", [
    ({"data.sha256": ""}, "data.sha256 is empty: run `make coronahack ARCHIVE=path/to/zip PATIENTS=path/to/patie"),
    ({"data.sha256": "0" * 64}, "the file 000000000000… named by data.sha256 is not on this machine: run `make coron"),
    ({"data.patients_sha256": ""},
     "data.patients_sha256 is empty: run `make coronahack ARCHIVE=path/to/zip PATIENTS=path/to/patients.csv`, which "
     "takes both in, or write data.patients: none (then every number is too good)"),
])
def test_an_archive_that_is_not_on_this_machine(project, capfd, changes, said):
    use_archive(zipped(contents()))
    params.save(changes)
    assert failure(capfd).startswith(said)


@pytest.mark.parametrize("body, patients, said", [
    (zipped({"other/a.png": b"", "labels.csv": b"a,b\n"}), PATIENTS, f"{METADATA} is not in it: this is another data"),
    (zipped({METADATA: contents()[METADATA]}), PATIENTS, "none of the 6 pictures that "),
    (zipped(contents() | {"../evil.csv": b""}), PATIENTS, "the zip's entry '../evil.csv' would not stay in its folder"),
    (zipped(contents())[:-50], PATIENTS, "the zip is damaged or incomplete"),
    (zipped(contents()), "patient,image\n", "patients.csv: its columns are patient, image, not X_ray_image_name, "),
    (zipped(contents()), PATIENTS.replace("covid (1)", "covid"), "patients.csv names no patient for covid (1).png"),
    (zipped(contents()), "\xff", "patients.csv: its columns are"),
])
def test_a_foreign_archive(project, capfd, body, patients, said):
    use_archive(body, patients)
    assert failure(capfd).startswith(said)


def test_a_stage_that_fails_keeps_no_older_data_under_a_new_name(project, capfd):
    """data/raw of an earlier run stays whole until a new one is; DVC removes it before it runs the stage."""
    use_archive(zipped(contents()))
    download.main()
    before = tree(Path("data/raw"))
    params.save({"data.sha256": taken_in(b"no zip")})
    with pytest.raises(console.BadInput):
        download.main()
    assert tree(Path("data")) == {f"raw/{name}": content for name, content in before.items()}


@pytest.fixture
def online(github, project, monkeypatch):  # noqa: F811
    """Kaggle and GitHub on 127.0.0.1, and a data set of six rows."""
    monkeypatch.setattr(kaggle, "ROWS", len(ROWS))
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    params.save({"data.source": "kaggle"})
    with serve(zipped(contents())) as server:
        monkeypatch.setenv("http_proxy", server.url)
        server.md5 = False
        yield server


def test_kaggle_asks_for_each_hash_and_then_runs(online, capfd):
    expected = tree_of(contents())
    asked = failure(capfd)
    assert asked == ("data.sha256 is empty: Kaggle's data set came and looks right; to pin it, paste this line into "
                     f'params.yaml under data: and run the same command again\n  sha256: "{expected}"')
    params.save({"data.sha256": expected})
    asked = failure(capfd)
    assert asked.startswith("data.patients_sha256 is empty: ieee8023's patients table came and looks right; ")
    params.save({"data.patients_sha256": asked.split('"')[1]})
    download.main()
    assert tree(Path("data/raw")) == contents() | {"patients.csv": PATIENTS.encode()}
    assert online.log == ["api", "storage"]


def tree_of(content: dict[str, bytes]) -> str:
    folder = Path("expected")
    for name, body in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return archive.tree_sha256(folder)


def test_kaggles_data_set_has_changed(online, capfd):
    params.save({"data.sha256": "1" * 64})
    assert failure(capfd) == (
        f"Kaggle's data set has changed: data.sha256 expects {'1' * 64}, but {tree_of(contents())} came: see what "
        "changed and review it before you write the new hash into params.yaml")


def test_the_patients_table_has_changed(online, capfd):
    params.save({"data.sha256": tree_of(contents()), "data.patients_sha256": "1" * 64})
    assert failure(capfd).startswith(
        f"ieee8023's patients table has changed: data.patients_sha256 expects {'1' * 64}, but ")


def test_kaggles_own_archive_must_be_complete(online, capfd):
    files_but_one = contents()
    del files_but_one[f"{FOLDER}/train/covid (1).png"]
    online.body = zipped(files_but_one)
    assert failure(capfd).startswith("Kaggle's data set has 6 rows (6 expected), pictures missing: 1 (covid (1).png): "
                                     "download version 3 by hand at https://www.kaggle.com/")


def test_kaggle_is_not_asked_for_a_table_that_is_not_wanted(online, github):  # noqa: F811
    params.save({"data.sha256": tree_of(contents()), "data.patients": "none"})
    download.main()
    assert github.asked == 0 and len((Path("data/raw") / "patients.csv").read_text().splitlines()) == 1


def test_no_server_leaves_nothing(online, capfd):
    online.api = [status(404)]
    assert failure(capfd).startswith("Kaggle answered 404 (not found): praveengovi/coronahack-chest-xraydataset/v")
