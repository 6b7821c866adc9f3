"""Line 62: a disk that is full while DVC caches what was trained."""

import subprocess
from pathlib import Path

import pytest

from tests.faults.bench import Bench


@pytest.mark.line(62, "fault")
def test_a_full_disk_while_dvc_caches_leaves_the_lock_and_the_next_run_succeeds(untrained, small_disk):
    untrained.dvc("cache", "dir", "--local", str(small_disk(40)))  # MB: the inputs fit, a ResNet18 more does not
    fill(untrained)
    output = untrained.run("dvc", "repro", "train@0-0", code=255)
    said = [line for line in output.splitlines() if line.startswith("ERROR: ")]  # DVC's own; which write fails first is chance
    assert said[-1] == "ERROR: failed to reproduce 'train@0-0': [Errno 28] No space left on device"
    assert all("No space left on device" in line for line in said) and "Traceback" not in output
    assert untrained.entry("train@0-0") is None
    untrained.nothing_partial("train@0-0")
    subprocess.run(["mount", "-o", "remount,size=900m", str(small_disk.folder)], check=True)
    untrained.recovers("train@0-0")
    untrained.run("python", "-m", "commands.repro")
    left = untrained.run("python", "-m", "commands.verify", code=None).splitlines()[:-1]
    assert all(": partial, left by an interrupted dvc: rm -f " in line for line in left), left  # DVC does not tidy up
    for line in left:
        untrained.run("sh", "-c", line.rpartition(": ")[2])
    untrained.run("python", "-m", "commands.verify")


def fill(bench: Bench) -> None:
    """Move the present cache to the new place, as a person does who changes it."""
    place = Path(bench.dvc("cache", "dir").strip())
    subprocess.run(["cp", "-r", f"{bench.folder}/.dvc/cache/.", str(place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path):
    """A real file system of so many MB."""
    class Disk:
        folder = tmp_path / "disk"

        def __call__(self, megabytes: int) -> Path:
            self.folder.mkdir()
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder])
            if mounted.returncode:
                pytest.skip("no permission to mount a small disk")
            return self.folder / "cache"

    disk = Disk()
    yield disk
    subprocess.run(["umount", "--lazy", disk.folder])
