"""What every test starts from: pinned kernels, a Git of its own, and one reproduced tiny pipeline a session."""

import os
import signal
import sys
from pathlib import Path

import pytest

from xrays import runtime

runtime.pin("portable", 2)  # before NumPy or torch is imported, as in every stage
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `make test &` ignores it, and children inherit that
for name in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[name]  # a hook's GIT_DIR would turn the tests on the repository they run in
for name in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"):
    os.environ.pop(name, None)  # of `make test`: a make that a test starts is a person's, with no word of the outer one
os.environ["GIT_CONFIG_GLOBAL"] = os.devnull
os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

from tests.phantoms import Archive, written  # noqa: E402
from tests.project import TINY, Project, copy_work_tree, made_once  # noqa: E402


# Files of minutes begin first, so that no process waits for the other's last one.
LONGEST = ["test_edits.py", "test_audit_on_phantoms.py", "test_checkpoints.py", "test_pipeline.py",
           "test_experiments.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", action="store_true", help="run the whole fault matrix, not its sample only")
    parser.addoption("--kept", metavar="FILE", help="with --faults: keep what passed there, and go on from what is in it")
    parser.addoption("--slow", action="store_true", help="run tests of minutes too: branches with real runs, each reviewed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
    if not config.getoption("--slow"):
        left = [item for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory) -> Project:
    """The tiny pipeline, run and committed. Tests leave it as they found it."""
    def make(folder: Path) -> None:
        project = copy_work_tree(folder)
        project.set(**{name.replace(".", "__"): value for name, value in TINY.items()})
        project.commit("code and params")
        project.repro()
        project.commit("lock and metrics")

    return Project(made_once(tmp_path_factory, "reproduced", make))


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    """A phantom of 16 study patients, of the clean preset, with pictures of another hospital."""
    folder = tmp_path_factory.mktemp("phantom") / "small"
    return written(folder, patients=16, seed=0, processes=2, external="elsewhere")


@pytest.fixture
def project(reproduced) -> Project:
    """The reproduced project on main; its work tree must be clean again after the test."""
    start = reproduced.git("rev-parse", "main").strip()
    yield reproduced
    reproduced.git("checkout", "--quiet", "--force", "main")
    reproduced.git("reset", "--quiet", "--hard", start)
    reproduced.git("clean", "--quiet", "--force")
    reproduced.dvc("checkout", "--quiet", "--force")
