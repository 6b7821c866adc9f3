"""DVC's experiment queue, asked and mended: which experiment waits, runs, failed, or died with its worker.

DVC keeps a task whose worker was killed as "Running" for ever (tried with 3.67.1); here such a task is dead, and is
queued again. What it had trained is in checkpoints and in DVC's run cache, so it goes on where it was.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from dvc.repo import Repo

from xrays import lifeline
from xrays.console import BadInput
from xrays.experiments.grid import Point
from xrays.review import revisions

QUEUED, RUNNING, FAILED, DEAD, DONE = "queued", "running", "failed", "dead", "done"


def dvc(*words: str) -> str:
    """What DVC prints; BadInput with its own first error line where it refuses."""
    done = subprocess.run([sys.executable, "-m", "dvc", *words], text=True, capture_output=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")] or ["ERROR: failed"]
        raise BadInput(f"dvc {' '.join(words[:2])}: {said[0].removeprefix('ERROR: ')}")
    return done.stdout


class Queue:
    """The queue of the repository in the current folder, as it is now."""

    def __init__(self):
        self.tasks = Repo().experiments.celery_queue

    def states(self) -> dict[str, str]:
        """Experiment → state; an experiment that was finished for the present commit is done, whatever the queue says."""
        found = {}
        for task in self.tasks.status():
            state = {"Queued": QUEUED, "Failed": FAILED}.get(task["status"], RUNNING)
            if task["status"] != "Success" and task["name"]:
                found[task["name"]] = DEAD if state == RUNNING and not self._alive(task["rev"]) else state
        return found | dict.fromkeys(finished(), DONE)

    def _alive(self, rev: str) -> bool:
        """Whether a task's process runs, or a worker is there that is about to start it."""
        process = self.tasks.proc.get(rev)
        if process is None or process.returncode is not None:
            return self.workers() > 0
        return bool(lifeline.command_line(process.pid))

    def workers(self) -> int:
        """How many of this queue's workers run."""
        node = f"dvc-exp-{hashlib.sha256(self.tasks.wdir.encode()).hexdigest()[:6]}-"  # as DVC names them
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return sum(b"queue-worker" in line and node.encode() in line for line in map(lifeline.command_line, pids))

    def last_words(self, name: str) -> str:
        """The line in which a failed experiment said why."""
        revs = [task["rev"] for task in self.tasks.status() if task["name"] == name]
        process = self.tasks.proc.get(revs[0]) if revs else None
        lines = Path(process.stdout).read_text(encoding="utf-8", errors="replace").splitlines() if process else []
        said = [line for line in lines if line.lower().startswith("error: ")]
        return said[0] if said else f"`dvc queue logs {name}` shows what it printed"

    def remove(self, name: str, state: str) -> None:
        """Out of the queue, so that it can be put there again. Raises BadInput where DVC refuses."""
        if state == DEAD:
            dead = {entry: name for entry in self.tasks.iter_active() if entry.name == name}
            # What `dvc queue kill` does once no process takes its signal; a killed one that nobody waited for still does.
            self.tasks._mark_inactive_tasks_failure(dead)
        dvc("queue", "remove", name)


def put(point: Point) -> None:
    changes = [word for override in point.overrides for word in ("--set-param", override)]
    dvc("exp", "run", "--queue", "--name", point.name, *changes)


def start(jobs: int) -> None:
    """Workers that outlive this program; without pipes, which they would hold open."""
    done = subprocess.run([sys.executable, "-m", "dvc", "queue", "start", "--jobs", str(jobs)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode:
        raise BadInput(f"DVC started no worker: `dvc queue start --jobs {jobs}` says why")


def finished() -> dict[str, str]:
    """Experiment → Git ref, for those that were run on the present commit."""
    head = revisions.git("rev-parse", "HEAD").decode().strip()
    place = f"refs/exps/{head[:2]}/{head[2:]}/"
    listed = revisions.git("for-each-ref", "--format=%(refname)", place).decode().split()
    return {ref.removeprefix(place): ref for ref in listed}
