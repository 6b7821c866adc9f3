"""Projects to break, the option --faults, and the table that `make faults` prints.

A test carries `@pytest.mark.line(NUMBER, KIND)`: KIND is `fault` (something fails around the pipeline), `input` (what a
person gives is bad), `accepted` (what a person gives looks odd and is good), `kill` (a process is killed; the next run
must end in the same bytes), `variation` (nothing is wrong, something is otherwise: the bytes must be the same). Each
case of a parametrized test counts. Without --faults only tests that are also marked `sample` run.
"""

from pathlib import Path

import pytest

from tests.project import TINY, Project, copy_work_tree, made_once
from tests.faults import table
from tests.faults.bench import Bench, compared, copy

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            marker = item.get_closest_marker("line")
            known = marker is not None and marker.args[1] in table.KINDS
            assert known or item.get_closest_marker("about_the_matrix"), item.nodeid
    if not config.getoption("--faults"):
        left = [item for item in items if HERE in item.path.parents and not item.get_closest_marker("sample")
                and not item.get_closest_marker("about_the_matrix")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)
    if kept := config.getoption("--kept"):
        passed = table.read(Path(kept))
        items[:] = [item for item in items if item.nodeid not in passed]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Write the line into the report, for with several workers only reports reach the process that prints the table.

    A bad input whose test does not hold may have been accepted; one that was skipped, timed out or broke was not tried.
    """
    report = (yield).get_result()
    marker = item.get_closest_marker("line")
    if not marker or report.when != "call" and report.passed:
        return
    report.user_properties.append(("line", list(marker.args)))
    if report.when != "call":
        return
    if marker.args[1] == "variation":
        report.user_properties.append(("hashes", [sum(compared), len(compared)]))
    if marker.args[1] == "input" and report.failed and call.excinfo.errisinstance(AssertionError):
        report.user_properties.append(("silent", True))


def pytest_runtest_setup() -> None:
    compared.clear()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Keeper(None if hasattr(config, "workerinput") else config.getoption("--kept")))


class Keeper:
    """Counts each report, and keeps it for a later run where a file is named and this process prints the table."""

    def __init__(self, kept: str | None):
        self.kept = kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = dict(report.user_properties)
        if "hashes" in told:
            table.record_hashes(report.nodeid, *told["hashes"])
        if "silent" in told:
            table.record_silent(report.nodeid)
        if "line" in told:
            table.record(report.nodeid, *told["line"], report.outcome)
            if self.kept:
                table.keep(Path(self.kept), report.nodeid)


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if config.getoption("--faults"):
        if kept := config.getoption("--kept"):
            table.read(Path(kept))
        terminalreporter.write_line("\n" + table.rendered())


@pytest.fixture(scope="session")
def archived(tmp_path_factory) -> Project:
    """A project whose pictures come from a zip: the tiny phantom's, taken in; download and filter are reproduced."""
    def make(folder: Path) -> None:
        project = copy_work_tree(folder / "project")
        project.set(**{name.replace(".", "__"): value for name, value in TINY.items()})
        project.dvc("repro", "download")
        project.run("python", "-c", TAKE_IN, "data/raw", str(folder / "phantom.zip"))
        project.commit("code, params and hashes")
        project.dvc("repro", "filter")
        project.commit("lock and metrics")

    return Project(made_once(tmp_path_factory, "archived", make) / "project")


TAKE_IN = """
import sys
from pathlib import Path
from tests.faults.archives import zipped_folder
from xrays import params, store
raw, body = Path(sys.argv[1]), Path(sys.argv[2])
body.write_bytes(zipped_folder(raw))
params.save({"data.source": "archive", "data.sha256": store.take_in(body),
             "data.patients_sha256": store.take_in(raw / "patients.csv")})
"""


@pytest.fixture
def archive_bench(archived: Project, tmp_path: Path) -> Bench:
    """To break what comes before training: `archived`, with download and filter to fail."""
    return copy(archived, tmp_path / "bench")


@pytest.fixture
def bench(reproduced: Project, tmp_path: Path) -> Bench:
    """To break anything: the whole tiny pipeline, reproduced."""
    return copy(reproduced, tmp_path / "bench")


@pytest.fixture(scope="session")
def before_training(archived: Project, tmp_path_factory) -> tuple[Bench, Bench]:
    """A project before training (three epochs, fold 0 alone), and a copy of it that was trained without a fault."""
    def make(folder: Path) -> None:
        before = copy(archived, folder / "before")
        before.set(train__epochs=3, train__folds=[0])
        before.dvc("repro", "weights")
        before.commit("three epochs")
        copy(before, folder / "after").dvc("repro", "train@0-0")

    folder = made_once(tmp_path_factory, "training", make)
    return Bench(folder / "before"), Bench(folder / "after", folder / "before")


@pytest.fixture
def untrained(before_training: tuple[Bench, Bench], tmp_path: Path) -> Bench:
    """To kill training: everything before it is reproduced."""
    bench = copy(before_training[0], tmp_path / "bench")
    bench.refer_to(before_training[1])
    return bench
