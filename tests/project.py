"""A temporary repository with this work tree's code, and a phantom so small that the whole pipeline runs in a minute."""

import fcntl
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TINY = {
    "phantom.patients": 40, "filter.size": 64, "split.folds": 3, "split.min_positive": 1, "train.folds": [0, 1],
    "train.arch": "resnet18", "train.size": 32, "train.epochs": 1, "train.batch": 8, "evaluate.shown": 4,
    "evaluate.resamples": 200, "probe.permutations": 2,
    "train.threads": 1,  # two threads wait for each other: beside any load on two cores they are 5 to 50 times slower
}


class Project:
    """A temporary repository; run() is a person's shell in it."""

    def __init__(self, folder: Path):
        self.folder = folder

    def run(self, *command: str, code: int | None = 0, **environment: str) -> str:
        """Run a command, check its exit code (None: any), return what it printed."""
        done = subprocess.run(command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=os.environ | environment)
        assert code in (None, done.returncode), done.stdout
        return done.stdout

    def git(self, *words: str) -> str:
        return self.run("git", *words)

    def dvc(self, *words: str, code: int | None = 0) -> str:
        return self.run("dvc", *words, code=code)

    def repro(self, code: int = 0) -> str:
        return self.run("python", "-m", "commands.repro", code=code)

    def set(self, **changes: object) -> None:
        """Change params by dotted names written with two underscores: set(train__lr=0.1)."""
        changes = {name.replace("__", "."): value for name, value in changes.items()}
        self.run("python", "-c", f"from xrays import params; params.save({changes!r})")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def clone(self, folder: Path) -> "Project":
        subprocess.run(["git", "clone", "--quiet", self.folder, folder], check=True)
        return Project(folder)


def copy_work_tree(folder: Path) -> Project:
    """What Git would commit of this work tree, as a new repository without the lock and the metrics."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.split("\0")
    for name in listed:
        source = ROOT / name
        if name and source.is_file() and name != "dvc.lock" and not name.startswith("metrics/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(source.read_bytes())
    project = Project(folder)
    project.git("init", "--quiet", "--initial-branch", "main")
    project.git("config", "user.name", "Tester")
    project.git("config", "user.email", "tester@example.org")
    return project


def ran(output: str) -> list[str]:
    """The stages that DVC ran, in order, from what it printed."""
    start = "Running stage '"
    return [line.split("'")[1] for line in output.splitlines() if line.startswith(start)]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of one's own, filled by `make` in whichever of the run's processes comes first, and copied from there."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            making = shared / f"{name}.making"
            making.mkdir()
            make(making)
            making.rename(shared / name)
    own = factory.mktemp(name) / name
    subprocess.run(["cp", "-a", shared / name, own], check=True)  # with hard links between DVC's cache and the work tree
    return own
