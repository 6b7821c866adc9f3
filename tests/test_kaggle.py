"""The wrapper around the unmodified kagglehub client, against Kaggle's protocol on 127.0.0.1."""

import io
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kaggle_server import KaggleServer, cut, hang, login_page, other, serve, stall, status
from tests.tiny_coronahack import contents, laid_out, zipped
from xrays import archive, kaggle, unpack
from xrays.console import BadInput

ROOT = Path(__file__).parent.parent
# Three pictures of 0.8 MB: the client writes 1 MiB at a time, so a smaller archive would leave nothing to resume.
ARCHIVE = zipped(contents(size=400_000))
PARTIAL = kaggle._places(Path())["archive"]
WRONG = random.Random(1).randbytes(len(ARCHIVE))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[KaggleServer]:
    with serve(ARCHIVE) as running:
        monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
        monkeypatch.setenv("http_proxy", running.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield running


@pytest.fixture
def honest(tmp_path: Path) -> str:
    """The hash of the tree that the archive holds."""
    for name, content in contents(size=400_000).items():
        path = tmp_path / "honest" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return archive.tree_sha256(tmp_path / "honest")


def fetch(cache: Path, sha256: str = "", quiet: float = 60) -> str:
    with kaggle.dataset(cache, sha256, pause=0.01, quiet=quiet) as (_, digest):
        return digest


def test_fetches_the_pinned_version_without_an_account(server, tmp_path, honest, monkeypatch):
    (tmp_path / ".kaggle").mkdir()
    (tmp_path / ".kaggle/kaggle.json").write_text("{this is no JSON")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "stale")
    assert fetch(tmp_path / "cache") == honest
    assert server.log == ["api", "storage"]


def test_does_not_fetch_again_what_it_holds(server, tmp_path, honest):
    fetch(tmp_path)
    assert fetch(tmp_path, honest) == honest
    assert server.log == ["api", "storage"]


@pytest.mark.parametrize("code, words", [(401, "not authorised"), (403, "forbidden"), (404, "not found")])
def test_does_not_repeat_a_request_that_was_refused(server, tmp_path, code, words):
    server.api = [status(code)]
    with pytest.raises(BadInput) as error:
        fetch(tmp_path)
    assert server.log == ["api"]
    assert str(error.value) == (
        f"Kaggle answered {code} ({words}): praveengovi/coronahack-chest-xraydataset/versions/3 should be public; see "
        "it in a browser, or download version 3 by hand at "
        "https://www.kaggle.com/datasets/praveengovi/coronahack-chest-xraydataset and run "
        "`make coronahack ARCHIVE=path/to/zip PATIENTS=path/to/patients.csv`")


def test_waits_as_long_as_retry_after_says(server, tmp_path, honest, capfd):
    server.api = [status(429, Retry_After="1")]
    begun = time.monotonic()
    assert fetch(tmp_path) == honest
    assert time.monotonic() - begun > 1
    assert capfd.readouterr().out == "Kaggle answered 429 Too Many Requests: try 2 of 5 in 1 s\n"


def test_gives_up_at_once_when_asked_to_wait_for_an_hour(server, tmp_path):
    server.api = [status(429, Retry_After="3600")]
    with pytest.raises(BadInput, match="asks to wait 60 minutes: run the same command again after that"):
        fetch(tmp_path)


def test_survives_two_failures_of_the_server(server, tmp_path, honest):
    server.api = [status(503), status(500)]
    assert fetch(tmp_path) == honest
    assert server.log == ["api", "api", "api", "storage"]


def test_gives_up_after_five_tries(server, tmp_path):
    server.api = [status(503)] * 9
    with pytest.raises(BadInput, match="503 Service Unavailable; gave up after 5 tries: run the same command again"):
        fetch(tmp_path)
    assert server.log == ["api"] * 5


def test_resumes_a_body_that_was_cut(server, tmp_path, honest):
    server.storage = [cut(2_000_000)]
    assert fetch(tmp_path) == honest
    assert server.log == ["api", "storage", "api", "storage", "storage bytes=1048576-"]


@pytest.mark.parametrize("md5", [True, False])
def test_ends_right_though_the_server_ignores_range(server, tmp_path, honest, md5):
    server.md5, server.ranges, server.storage = md5, False, [cut(2_000_000)]
    assert fetch(tmp_path) == honest


@pytest.mark.parametrize("md5", [True, False])
def test_fetches_again_when_the_bytes_are_wrong(server, tmp_path, honest, md5):
    server.md5, server.storage = md5, [other(WRONG)]
    assert fetch(tmp_path) == honest


def test_says_that_it_got_a_web_page(server, tmp_path):
    server.md5, server.storage = False, [login_page] * 9
    with pytest.raises(BadInput, match="^Kaggle sent a web page instead of the zip; gave up after 5 tries: "):
        fetch(tmp_path)


@pytest.mark.parametrize("silent", ["api", "storage"])
def test_ends_a_client_that_hears_nothing(server, tmp_path, honest, silent, capfd):
    setattr(server, silent, [hang])
    assert fetch(tmp_path, quiet=3) == honest
    assert capfd.readouterr().out.startswith("Kaggle sent nothing for 3 s: try 2 of 5")


def test_throws_away_a_poisoned_partial(server, tmp_path, honest):
    (tmp_path / PARTIAL).parent.mkdir(parents=True)
    (tmp_path / PARTIAL).write_bytes(WRONG)  # of the right size, so the client believes that it is complete
    assert fetch(tmp_path) == honest


def test_leaves_no_file_of_an_extraction_that_was_killed(server, tmp_path, honest):
    laid_out(kaggle._places(tmp_path)["tree"], ["0,stale.jpeg,Normal,TRAIN,,"])
    assert fetch(tmp_path) == honest


def fetch_elsewhere(cache: Path) -> subprocess.Popen:
    program = ("import sys; from pathlib import Path; from tests.test_kaggle import fetch\n"
               "if __name__ == '__main__': print(fetch(Path(sys.argv[1])))")
    return subprocess.Popen([sys.executable, "-c", program, cache], cwd=ROOT, text=True, stdout=subprocess.PIPE)


def test_two_at_once_end_right(server, tmp_path, honest):
    both = [fetch_elsewhere(tmp_path / "cache") for _ in range(2)]
    said = [process.communicate(timeout=60)[0].splitlines() for process in both]
    assert [lines[-1] for lines in said] == [honest, honest]
    assert server.log == ["api", "storage"]


def test_killed_it_takes_the_client_along_and_the_next_one_resumes(server, tmp_path, honest):
    server.storage = [stall(2_000_000)]
    killed = fetch_elsewhere(tmp_path)
    wait_for(lambda: (tmp_path / PARTIAL).is_file() and (tmp_path / PARTIAL).stat().st_size == 1_048_576)
    children = Path(f"/proc/{killed.pid}/task/{killed.pid}/children").read_text().split()
    killed.kill()
    killed.wait()
    wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    assert fetch(tmp_path) == honest
    assert server.log[-1] == "storage bytes=1048576-"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_fetches_again_when_its_copy_was_damaged(server, tmp_path, honest, capfd):
    fetch(tmp_path)
    (kaggle._places(tmp_path)["tree"] / archive.METADATA).write_text("damaged")
    assert fetch(tmp_path, honest) == honest
    assert "the copy of Kaggle's data set on this machine is not the one of data.sha256" in capfd.readouterr().out


def test_ends_the_client_while_it_unpacks_a_bomb(server, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("bomb.csv", bytes(15 * 10**8))  # seconds of unpacking, at a thousand to one
    server.body = buffer.getvalue()
    with pytest.raises(BadInput, match="unpacks to more than 200 times its own size: download version 3 by hand"):
        fetch(tmp_path, quiet=4)
    assert not kaggle._places(tmp_path)["tree"].exists() and not kaggle._places(tmp_path)["archive"].exists()


def test_refuses_more_than_the_disk_should_hold(server, tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MOST_BYTES", 100_000)
    with pytest.raises(BadInput, match="is larger than any version we know|fills more than"):
        fetch(tmp_path)


def test_names_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="file/cache cannot be written \\(Not a directory\\): make it a folder"):
        fetch(tmp_path / "file/cache")
