"""Lines 19 and 20: a disk that is full, or that cannot be written."""

import shutil
import threading
from pathlib import Path

import pytest

from tests.faults import online
from tests.faults.bench import Bench
from tests.kaggle_server import stall

pytest_plugins = "tests.faults.clones"

FREE = r"free some space \(`dvc gc --workspace --all-branches --all-tags` removes what no branch and no tag needs\)"
FULL = f": No space left on device: {FREE} and run the same command again$"
MANY = "size=5g,nr_inodes=20000"  # no memory is taken before it is written to
FEW = "size=5g,nr_inodes=3000"  # of 5,912 files: full in the midst of them


def cache_on(bench: Bench, folder: Path) -> Path:
    """Have the bench keep its cache, and the store beside it, in a folder; returns where the client's files lie."""
    bench.run("dvc", "cache", "dir", "--local", str(folder / "cache"))
    return folder / online.HOME.relative_to(".dvc")


@pytest.mark.line(19, "fault")
def test_a_disk_too_small_for_kaggles_pictures_is_named_before_they_are_asked_for(fresh, internet, disk, tmp_path):
    cache_on(fresh, tmp_path / "small")
    disk(tmp_path / "small", "size=8m")
    fresh.fails("download", rf"4\.0 GB are needed on the disk of {tmp_path}/small/inputs/kagglehub, 8\.\d MB are free")
    assert internet.log == []
    disk(tmp_path / "small", "size=5g")
    fresh.recovers("download")


@pytest.mark.line(19, "fault")
def test_a_disk_that_fills_up_while_kaggle_sends_is_named_and_the_download_resumes(fresh, internet, disk, tmp_path):
    client, go_on = cache_on(fresh, tmp_path / "disk"), threading.Event()
    disk(tmp_path / "disk", "size=5g")
    internet.storage = [stall(2_000_000, go_on)]
    fresh.environment["XRAYS_PATIENCE"] = "1"  # the silence is ours to end

    def fill() -> None:
        online.until(lambda: (client / "3.archive").is_file() and (client / "3.archive").stat().st_size == 1_048_576)
        disk(tmp_path / "disk", "size=1100k")
        go_on.set()

    filling = threading.Thread(target=fill)
    filling.start()
    fresh.fails("download", rf"^error: {tmp_path}/disk/inputs/kagglehub{FULL}")
    filling.join()
    disk(tmp_path / "disk", "size=5g")
    fresh.recovers("download")
    assert internet.log[:-2] == ["api", "storage", "api", "storage"]
    assert internet.log[-2] in ("storage bytes=1048576-", "storage bytes=1126400-")  # before and after it was full


@pytest.mark.line(19, "fault")
def test_a_disk_that_fills_up_while_the_client_unpacks_is_named_and_freed(fresh, disk, tmp_path):
    client = cache_on(fresh, tmp_path / "disk")
    disk(tmp_path / "disk", FEW)
    fresh.fails("download", rf"^error: {tmp_path}/disk/inputs/kagglehub{FULL}")
    assert sorted(path.name for path in client.rglob("*") if path.is_file()) == ["3.archive"]
    disk(tmp_path / "disk", MANY)
    fresh.recovers("download")


@pytest.mark.line(19, "fault")
def test_a_work_tree_too_small_for_the_pictures_is_named_before_they_are_copied(fresh, disk):
    disk(fresh.folder / "data", "size=1m")
    fresh.fails("download", rf"2\.0 MB are needed on the disk of {fresh.folder}/data/\.raw\.unfinished, 1\.0 MB")
    disk(fresh.folder / "data", "size=5g")
    fresh.recovers("download")


@pytest.mark.line(19, "fault")
def test_a_work_tree_that_fills_up_while_the_pictures_are_copied_is_named(fresh, disk):
    disk(fresh.folder / "data", FEW)
    fresh.fails("download", rf"^error: \S*data/\.raw\.unfinished/\S+\.jpeg{FULL}")
    assert list((fresh.folder / "data").iterdir()) == []
    disk(fresh.folder / "data", MANY)
    fresh.recovers("download")


@pytest.mark.line(19, "fault")
@pytest.mark.parametrize("options, says", [
    ("size=64k", r"\d\.\d MB are needed on the disk of \S+/data/\.raw\.unfinished, 0\.1 MB are free: "),
    ("size=5g,nr_inodes=20", rf"^error: \S*data/\.raw\.unfinished/\S+{FULL}")], ids=["before", "while"])
def test_a_work_tree_too_small_for_a_zip_is_named(archive_bench, disk, options, says):
    shutil.rmtree(archive_bench.folder / ".dvc/cache")  # or DVC would put the pictures back from there
    disk(archive_bench.folder / "data", options)
    archive_bench.fails("download", says)
    assert list((archive_bench.folder / "data").iterdir()) == []
    disk(archive_bench.folder / "data", MANY)
    archive_bench.recovers("download", "filter")


@pytest.mark.line(20, "fault")
def test_a_cache_that_is_read_only_is_named(fresh, internet, disk, tmp_path):
    cache_on(fresh, tmp_path / "disk")
    disk(tmp_path / "disk", "ro")
    fresh.fails("download", rf"{tmp_path}/disk/inputs/kagglehub cannot be written \(Read-only file system\): make it",
                "a folder that you may write to, or set another cache with `dvc cache dir`")
    assert internet.log == []
    disk(tmp_path / "disk", "rw,size=5g")
    fresh.recovers("download")


@pytest.mark.line(20, "fault")
def test_a_file_where_the_store_should_be_is_named(fresh, internet):
    store = fresh.folder / online.INPUTS
    store.write_text("")
    fresh.fails("download", rf"{store}/kagglehub cannot be written \(Not a directory\): make it a folder")
    assert internet.log == []
    store.unlink()
    fresh.recovers("download")


@pytest.mark.line(20, "input")
def test_a_bad_cache_of_the_clients_own_is_not_used(fresh, internet):
    fresh.environment |= {"KAGGLEHUB_CACHE": "/dev/null/nowhere", "DISABLE_KAGGLE_CACHE": "true"}
    fresh.recovers("download")
    assert internet.log == ["api", "storage", "github"]
