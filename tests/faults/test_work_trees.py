"""Lines 74 and 75: unlike places and shells give the same bytes; a read-only place and other versions are told."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.bench import Bench, compared, one_line
from tests.faults.repairs import Verified, linked

REPRO = ("python", "-m", "commands.repro")


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    return linked(reproduced, tmp_path / "bench")


def is_reproduced(clone: Bench, *prefix: str, **environment: str) -> None:
    """From an empty cache and without the metrics, or audit, whose outs Git holds, would count as made.

    The last line compares every md5 with the committed lock.
    """
    for path in (clone.folder / "metrics").iterdir():
        path.unlink()
    output = clone.run(*prefix, *REPRO, **environment)
    assert output.count("Running stage") == len(clone.stages())
    last = output.splitlines()[-1]
    assert last == f"all {len(clone.reference)} outs equal the committed dvc.lock, and metrics/ is as in Git"
    compared.extend([True] * len(clone.reference))
    clone.run(*prefix, "python", "-m", "commands.verify", **environment)


@pytest.mark.line(74, "variation")
def test_a_folder_with_spaces_and_umlauts_gives_the_same_bytes(reproduced, tmp_path):
    is_reproduced(Bench(reproduced.clone(tmp_path / "Röntgen bilder 胸部 'x'").folder))


@pytest.mark.line(74, "variation")
def test_a_folder_reached_by_a_link_gives_the_same_bytes(reproduced, tmp_path):
    reproduced.clone(tmp_path / "elsewhere")
    (tmp_path / "linked").symlink_to("elsewhere")
    is_reproduced(Bench(tmp_path / "linked"), PWD=str(tmp_path / "linked"))


@pytest.mark.line(74, "variation")
def test_a_strict_umask_gives_the_same_bytes(reproduced, tmp_path):
    is_reproduced(Bench(reproduced.clone(tmp_path / "clone").folder), "sh", "-c", 'umask 077; exec "$@"', "sh")


@pytest.mark.line(74, "variation")
def test_another_locale_time_zone_and_hash_seed_give_the_same_bytes(reproduced, tmp_path):
    is_reproduced(Bench(reproduced.clone(tmp_path / "clone").folder), LC_ALL="C", LANG="tr_TR.UTF-8", PYTHONUTF8="0",
                  PYTHONCOERCECLOCALE="0", TZ="Pacific/Kiritimati", PYTHONHASHSEED="4242")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that even root cannot write to."""
    try:
        subprocess.run(["mount", "--bind", folder, folder], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no folder can be mounted here: {error}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.line(74, "fault")
def test_a_read_only_work_tree_is_told_in_one_line_and_can_still_be_verified(bench):
    with read_only(bench.folder):
        line = one_line(bench.run(*REPRO, code=1))
        assert str(bench.folder) in line and "Read-only file system: use a folder that can be written to" in line
        bench.run("python", "-m", "commands.verify")
        bench.is_the_reference()
    bench.run(*REPRO)
    bench.is_the_reference()


def pretend(folder: Path, library: str, version: str) -> str:
    """A folder for PYTHONPATH in which a library is installed in another version."""
    about = folder / f"{library}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: {version}\n")
    return str(folder)


@pytest.mark.line(75, "fault")
@pytest.mark.parametrize("library, version", [
    pytest.param("pillow", "12.0.0", marks=pytest.mark.sample), ("torch", "2.16.0"), ("dvc", "3.66.0"),
    ("dvc", "4.0.0")])
def test_another_version_of_a_library_or_of_dvc_is_refused_by_every_command(bench, tmp_path, library, version):
    path = pretend(tmp_path, library, version)
    for name in ("repro", "verify", "prune"):
        line = one_line(bench.run("python", "-m", f"commands.{name}", code=1, PYTHONPATH=path))
        assert f"error: {library} " in line and f"is wanted, {version} is installed for " in line
        assert "put .venv/bin first on PATH" in line
    bench.run(*REPRO)
    bench.is_the_reference()


@pytest.mark.line(75, "fault")
@pytest.mark.parametrize("library, version", [("pillow", "12.0.0"), ("dvc", "3.66.0")])
def test_another_version_is_refused_by_a_stage_that_dvc_starts(bench, tmp_path, library, version):
    bench.environment = {"PYTHONPATH": pretend(tmp_path, library, version)}
    bench.fails("filter", f"{library} .* is wanted, {version} is installed", command=(
        "dvc", "repro", "--force", "--single-item", "filter"))
    bench.environment = {}
    bench.recovers("filter")
