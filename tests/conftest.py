"""A clone of this work tree, with a phantom so small that the whole pipeline runs in half a minute."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from xrays import runtime

runtime.pin("portable", 2)  # before NumPy or torch is imported, as in every stage
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]  # a hook's GIT_DIR would turn the tests on the repository they run in
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

ROOT = Path(__file__).parent.parent
TINY = {
    "phantom.patients": 40, "filter.size": 64, "split.folds": 3, "split.min_positive": 1, "train.folds": [0, 1],
    "train.arch": "resnet18", "train.size": 32, "train.epochs": 1, "train.batch": 8, "evaluate.shown": 4,
}


class Project:
    """A temporary repository; run() is a person's shell in it."""

    def __init__(self, folder: Path):
        self.folder = folder

    def run(self, *command: str, code: int = 0, **environment: str) -> str:
        """Run a command, check its exit code, return what it printed."""
        done = subprocess.run(command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=os.environ | environment)
        assert done.returncode == code, done.stdout
        return done.stdout

    def git(self, *words: str) -> str:
        return self.run("git", *words)

    def dvc(self, *words: str, code: int = 0) -> str:
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


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory) -> Project:
    """The tiny pipeline, run and committed. Tests leave it as they found it."""
    project = copy_work_tree(tmp_path_factory.mktemp("project"))
    project.set(**{name.replace(".", "__"): value for name, value in TINY.items()})
    project.commit("code and params")
    project.repro()
    project.commit("lock and metrics")
    return project


@pytest.fixture
def project(reproduced) -> Project:
    """The reproduced project on main; its work tree must be clean again after the test."""
    start = reproduced.git("rev-parse", "main").strip()
    yield reproduced
    reproduced.git("checkout", "--quiet", "--force", "main")
    reproduced.git("reset", "--quiet", "--hard", start)
    reproduced.git("clean", "--quiet", "--force")
    reproduced.dvc("checkout", "--quiet", "--force")
