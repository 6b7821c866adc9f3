"""Lines 12 to 14: a download is killed, or two run at once on one machine."""

import shutil
import threading

import pytest

from tests.faults.bench import Bench
from tests.faults.online import HOME, MARKER, PARTIAL, TREE, kill, wait_for
from tests.kaggle_server import stall

pytest_plugins = "tests.faults.clones"

UNFINISHED = "data/.raw.unfinished"


def begun(bench: Bench, folder: str, files: int) -> bool:
    """Whether a folder holds that many files."""
    return sum(1 for path in (bench.folder / folder).rglob("*") if path.suffix) >= files


def nothing_is_left_over(bench: Bench) -> bool:
    return not list(bench.folder.rglob("*.unfinished"))


@pytest.mark.line(12, "kill")
def test_a_download_that_was_killed_is_resumed(fresh, internet):
    internet.storage = [stall(2_000_000)]
    process = fresh.start("dvc", "repro", "download")
    partial = fresh.folder / PARTIAL
    wait_for(lambda: partial.is_file() and partial.stat().st_size == 1_048_576, process, fresh)
    kill(process)
    assert partial.stat().st_size == 1_048_576
    fresh.recovers("download")
    assert internet.log == ["api", "storage", "api", "storage", "storage bytes=1048576-", "github"]


@pytest.mark.line(13, "kill")
@pytest.mark.parametrize("files", [1, 500])
def test_what_the_client_had_unpacked_when_it_was_killed_is_not_trusted(fresh, internet, files):
    process = fresh.start("dvc", "repro", "download")
    wait_for(lambda: begun(fresh, TREE, files), process, fresh)
    kill(process)
    assert not (fresh.folder / MARKER).exists() and begun(fresh, TREE, files)
    (fresh.folder / TREE / "stale.csv").write_text("of another version, whose unpacking was killed too\n")
    fresh.recovers("download")
    assert not list(fresh.folder.rglob("stale.csv"))
    assert internet.log == ["api", "storage", "api", "storage", "github"]  # the zip was whole


@pytest.mark.line(13, "kill")
def test_a_copy_into_the_work_tree_that_was_killed_is_made_anew(fresh, internet):
    process = fresh.start("dvc", "repro", "download")
    wait_for(lambda: begun(fresh, UNFINISHED, 500), process, fresh)
    kill(process)
    assert not (fresh.folder / "data/raw").exists()
    (fresh.folder / UNFINISHED / "stale.csv").write_text("")
    fresh.recovers("download")
    assert nothing_is_left_over(fresh)
    assert internet.log == ["api", "storage", "github"]  # Kaggle's tree is kept


@pytest.mark.line(13, "kill")
def test_a_zip_whose_unpacking_was_killed_is_unpacked_anew(archive_bench):
    for folder in ("data/raw", ".dvc/cache"):
        shutil.rmtree(archive_bench.folder / folder)
    process = archive_bench.start("dvc", "repro", "download")
    wait_for(lambda: begun(archive_bench, UNFINISHED, 1), process, archive_bench)
    kill(process)
    assert not (archive_bench.folder / "data/raw").exists()
    (archive_bench.folder / UNFINISHED / "stale.csv").write_text("")
    archive_bench.recovers("download", "filter")
    assert nothing_is_left_over(archive_bench)


@pytest.mark.line(14, "fault")
def test_of_two_downloads_into_one_cache_one_waits_and_both_end_right(clone, internet, tmp_path):
    go_on = threading.Event()
    internet.storage = [stall(2_000_000, go_on)]
    first, second = clone("first"), clone("second")
    partial = tmp_path / "shared" / HOME.relative_to(".dvc") / PARTIAL.name
    processes = []
    for bench in (first, second):
        bench.run("dvc", "cache", "dir", "--local", str(tmp_path / "shared/cache"))
        bench.environment["XRAYS_PATIENCE"] = "1"  # the first is to be patient until the second has come
        processes.append(bench.start("dvc", "repro", "download"))
        wait_for(lambda: partial.is_file(), processes[-1], bench)
    wait_for(lambda: "another download from Kaggle is running on this machine: waiting for it" in second.log,
             processes[-1], second)
    go_on.set()
    assert [process.wait() for process in processes] == [0, 0], first.log + second.log
    for bench in (first, second):
        assert "didn't change, skipping" in bench.recovers("download")
    assert internet.log.count("storage") == 1
