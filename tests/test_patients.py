"""The patients table: the canonical one, and ieee8023's own, fetched from a local server and converted."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from tests.kaggle_server import Fault, login_page, status
from tests.tiny_coronahack import IEEE8023, METADATA, PATIENTS, dvc_folder, metadata
from xrays import archive, files, ieee8023, patients, store
from xrays.console import BadInput


def table(folder: Path, text: str) -> pd.DataFrame:
    (folder / "patients.csv").write_text(text)
    return patients.read_patients(folder)


def metadata_rows(folder: Path) -> pd.DataFrame:
    (folder / METADATA).write_text(metadata())
    return archive.read_metadata(folder)


def test_reads_text_and_accepts_an_empty_table(tmp_path):
    assert list(table(tmp_path, PATIENTS).loc[0])[:5] == ["SARS-10.1148rg.jpeg", "9", "5", "F", "46"]
    assert len(table(tmp_path, PATIENTS.splitlines()[0] + "\n")) == 0


@pytest.mark.parametrize("text, said", [
    (PATIENTS.replace("patient,", "Patientid,"), "its columns are X_ray_image_name, Patientid, "),
    (PATIENTS + "covid (1).png,12,8,M,42,COVID-19,PA,X-ray,\n", "line 5 names 'covid \\(1\\).png' again"),
    (PATIENTS + ",12,8,M,42,COVID-19,PA,X-ray,\n", "line 5 names no picture"),
    (PATIENTS.replace(",CC BY-SA", ""), "line 3 has 8 fields, the header 9"),
])
def test_refuses_a_table_that_is_not_canonical(tmp_path, text, said):
    with pytest.raises(BadInput, match=f"^patients.csv.*: {said}"):
        table(tmp_path, text)


def test_names_the_pictures_without_a_patient(tmp_path):
    rows = metadata_rows(tmp_path)
    patients.check_cover(table(tmp_path, PATIENTS), rows)
    two_less = PATIENTS.replace("(1).png,12", "(1).png,").replace("SARS-10", "SARS-11")
    with pytest.raises(BadInput) as error:
        patients.check_cover(table(tmp_path, two_less), rows)
    assert str(error.value) == ("patients.csv names no patient for covid (1).png, SARS-10.1148rg.jpeg (2 in all): give "
                                "a table that does, or write data.patients: none (then every number is too good)")


def test_converts_ieee8023s_table_to_the_canonical_one(tmp_path):
    (tmp_path / "metadata.csv").write_text(IEEE8023)
    files.write_csv(tmp_path / "patients.csv", ieee8023.convert(tmp_path / "metadata.csv", metadata_rows(tmp_path)))
    assert (tmp_path / "patients.csv").read_text() == PATIENTS


def test_refuses_another_version_of_ieee8023s_table(tmp_path):
    (tmp_path / "metadata.csv").write_text(IEEE8023.replace("patientid,", "Patientid,", 1))
    with pytest.raises(BadInput, match="^metadata.csv: its columns are Patientid, offset, "):
        ieee8023.convert(tmp_path / "metadata.csv", metadata_rows(tmp_path))


class Github(ThreadingHTTPServer):
    """Gives ieee8023's table after the faults that are listed."""

    daemon_threads = True

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.faults, self.asked = faults, 0


class Answer(BaseHTTPRequestHandler):
    server: Github

    def do_GET(self) -> None:
        self.server.asked += 1
        fault = self.server.faults.pop(0) if self.server.faults else status(200, IEEE8023.encode())
        fault(self)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Github]:
    monkeypatch.chdir(tmp_path)
    dvc_folder()
    server = Github([])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    monkeypatch.setattr(ieee8023, "URL", f"http://127.0.0.1:{server.server_port}/metadata.csv")
    monkeypatch.delenv("http_proxy", raising=False)
    yield server
    server.shutdown()
    server.server_close()


def test_fetches_the_table_once_into_the_store(github):
    path, digest = ieee8023.fetch("")
    assert path.read_text() == IEEE8023 and path.name == digest == files.sha256(path)
    assert ieee8023.fetch(digest) == (path, digest) and github.asked == 1


def test_fetches_the_table_again_when_the_store_is_damaged(github):
    path, digest = ieee8023.fetch("")
    path.write_text("damaged")
    assert ieee8023.fetch(digest) == (path, digest) and path.read_text() == IEEE8023


def cut_off(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(b"patientid,")


@pytest.mark.parametrize("fault", [status(503), status(429, Retry_After="1"), login_page, cut_off])
def test_tries_again(github, fault):
    github.faults = [fault]
    assert ieee8023.fetch("", pause=0.01)[0].read_text() == IEEE8023


def test_does_not_ask_again_for_what_is_not_there(github):
    github.faults = [status(404)]
    with pytest.raises(BadInput) as error:
        ieee8023.fetch("")
    assert str(error.value) == (
        "GitHub (ieee8023's patients table) answered 404 (not found): see whether this machine may fetch "
        f"https://raw.githubusercontent.com/ieee8023/covid-chestxray-dataset/{ieee8023.COMMIT}/metadata.csv, or write "
        "data.patients: none (then every number is too good)")
    assert github.asked == 1 and list(store.folder().glob("*")) == []


def test_ends_a_trickle(github, monkeypatch):
    monkeypatch.setattr(ieee8023, "DEADLINE", -1.0)
    with pytest.raises(BadInput, match="sent only 1 kB in -1 s; gave up after 5 tries: see whether this machine may"):
        ieee8023.fetch("", pause=0.01)
    assert github.asked == 5
