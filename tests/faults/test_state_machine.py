"""Any sequence of runs, kills, edits and damage: where `make verify` is silent, all is as in a fresh clone.

The fresh clone has the same code and params, an empty cache and nothing remembered. Where verify is not silent, the
commands that it prints, typed as they stand, lead there.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.faults.repairs import ROUNDS, VERIFY, Verified, flip, linked, replace
from tests.project import TINY, Project, copy_work_tree
from xrays import files

SMALLEST = TINY | {"phantom.patients": 24, "filter.size": 32, "split.folds": 2}
OUTS = ["data/raw", "data/filtered", "data/external", "data/weights", "models/fold-0-seed-0.safetensors",
        "models/fold-0-seed-0.logits.csv", "data/probes/fold-0-seed-0.logits.csv",
        "data/probes/fold-0-seed-0.permuted.csv", "data/probes/fold-0-seed-0.cams.npy", "metrics/metrics.json", "metrics/predictions.csv", "metrics/audit.json",
        "metrics/audit.csv", "metrics/audit.png", "reports/samples.png", "reports/report.html", "export"]
SIGHTS = [*(f"Running stage '{name}'" for name in ("filter", "train@0-0", "evaluate", "probe@0-0", "audit", "report",
                                                   "package")),
          "epoch 1 of 1", "is cached - skipping run", "Updating lock file"]

State = dict[str, object]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Project:
    """Two branches with other params, each reproduced and committed."""
    project = copy_work_tree(tmp_path_factory.mktemp("base") / "project")
    project.set(**{name.replace(".", "__"): value for name, value in SMALLEST.items()})
    project.commit("code and params")
    other = {"train__folds": [0], "train__lr": 0.01, "evaluate__threshold": "half"}
    for branch, change in (("main", {}), ("other", other)):
        if branch != "main":
            project.git("checkout", "--quiet", "-b", branch)
        project.set(**change)
        project.repro()
        project.commit("lock and metrics")
    project.git("checkout", "--quiet", "main")
    project.dvc("checkout", "--quiet")
    return project


def state(project: Project) -> State:
    """dvc.lock, the md5 of every out in it, and every file of metrics/."""
    lock = project.read("dvc.lock")
    paths = re.findall(r"^    - path: (\S+)$", lock, flags=re.MULTILINE)
    made = ("data", "models", "metrics", "reports", "export")
    outs = {path for path in paths if path.split("/")[0] in made and path != "models"}
    return {"lock": lock, **{path: files.md5(project.folder / path) for path in sorted(outs)},
            "metrics": sorted(path.name for path in (project.folder / "metrics").iterdir())}


class Machine(RuleBasedStateMachine):
    """One person, one work tree, no luck."""

    base: Project
    place: Path
    fresh: dict[str, State] = {}  # params.yaml → state of a fresh clone

    @initialize()
    def begin(self) -> None:
        shutil.rmtree(self.place / "bench", ignore_errors=True)
        self.bench: Verified = linked(self.base, self.place / "bench")

    @rule()
    def run(self) -> None:
        done = subprocess.run(["python", "-m", "commands.repro"], cwd=self.bench.folder, capture_output=True, text=True)
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        if done.returncode == 0:
            self.tell()

    @rule(sight=st.sampled_from(SIGHTS))
    def kill(self, sight: str) -> None:
        running = self.bench.start("python", "-m", "commands.repro")
        while running.poll() is None and sight not in self.bench.log:
            time.sleep(0.02)
        try:
            os.killpg(running.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nothing was out of date, so it ended by itself
        running.wait()
        self.tell()

    @rule(place=st.integers(0, 10_000), mode=st.sampled_from([0o444, 0o644]))
    def corrupt_an_object(self, place: int, mode: int) -> None:
        objects = sorted(path for path in (self.bench.folder / ".dvc/cache/files/md5").rglob("*") if path.is_file())
        chosen = objects[place % len(objects)]
        chosen.chmod(mode)
        flip(chosen)

    @rule(change=st.sampled_from([("train__lr", 0.003), ("train__lr", 0.01), ("split__seed", 0), ("split__seed", 1),
                                  ("evaluate__threshold", "inner"), ("evaluate__threshold", "half"),
                                  ("train__folds", [0]), ("train__folds", [0, 1])]))
    def edit_a_param(self, change: tuple[str, object]) -> None:
        self.bench.set(**dict([change]))

    @rule(out=st.sampled_from(OUTS))
    def delete_an_out(self, out: str) -> None:
        path = self.bench.folder / out
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    @rule(out=st.sampled_from(OUTS))
    def edit_an_out(self, out: str) -> None:
        path = self.bench.folder / out
        path = max(path.rglob("*.*"), default=path) if path.is_dir() else path
        if path.is_file():
            replace(path, path.read_bytes()[:-7])

    @rule(branch=st.sampled_from(["main", "other"]))
    def switch(self, branch: str) -> None:
        self.bench.git("checkout", "--quiet", "--force", branch)

    @rule()
    def mend(self) -> None:
        for _ in range(ROUNDS):
            if not (found := self.tell()):
                return
            for command in dict.fromkeys(line.rpartition(": ")[2] for line in found):
                subprocess.run(["sh", "-c", command], cwd=self.bench.folder, capture_output=True)
        assert not self.tell(), "five rounds of repairs did not mend it"

    def tell(self) -> list[str]:
        """What verify says; where it says nothing, it must be true."""
        done = subprocess.run(VERIFY, cwd=self.bench.folder, capture_output=True, text=True)
        assert "Traceback" not in done.stderr and "error: " not in done.stderr, done.stderr
        if done.returncode == 0:
            assert state(self.bench) == self.of_a_fresh_clone()
        return done.stdout.splitlines()[:-1]

    def of_a_fresh_clone(self) -> State:
        params = self.bench.read("params.yaml")
        if params not in self.fresh:
            clone = self.base.clone(self.place / f"clone {len(self.fresh)}")
            for path in [clone.folder / "dvc.lock", *(clone.folder / "metrics").iterdir()]:
                path.unlink()
            (clone.folder / "params.yaml").write_text(params, encoding="utf-8")
            clone.repro()
            self.fresh[params] = state(clone)
            shutil.rmtree(clone.folder)
        return self.fresh[params]

    def teardown(self) -> None:
        if hasattr(self, "bench"):
            self.mend()


@pytest.mark.line(66, "fault")
def test_whatever_happens_a_silent_verify_is_true_and_its_repairs_lead_to_the_truth(base, tmp_path):
    Machine.base, Machine.place, Machine.fresh = base, tmp_path, {}
    run_state_machine_as_test(Machine, settings=settings(
        max_examples=6, stateful_step_count=6, deadline=None, derandomize=True, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck)))
