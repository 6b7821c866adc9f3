"""make repro: check params.yaml, run whatever is out of date, and say whether the committed lock came out.

Example: `make repro`. Its last line names each out that differs from the committed dvc.lock, and why. With PULL=1 what others
trained and probed comes from the default remote, where there is one. With LOCKED=1, as in a forge, a difference from the
committed lock ends it with exit code 1.
"""

import subprocess
import sys

from dvc.repo import Repo
from dvc.utils.serialize import ParseError, parse_yaml

from commands import prune
from xrays import console, inputs, lifeline, params
from xrays.verification import outs, remote, rwlock

Stages = dict[str, dict]
# It needs every model. What follows is made anew, so that the metrics are seen to come from the models that were pulled.
COSTLY = "probe"


def reproduce(locked: bool = False, pull: bool = False) -> None:
    """Run `dvc repro` between two prunes; a failed stage has said why, so only its exit code is passed on.

    locked: whatever is not as committed is a failure, and not the news that it is to whoever changed a param.
    pull: take what the remote has, up to the last stage that is costly; what it lacks is run, here or below.
    """
    params.load()
    rwlock.check()
    prune.prune()
    if pull and remote.default(Repo()):
        dvc_repro("--pull", COSTLY)
    if code := dvc_repro():
        sys.exit(code)
    prune.prune()
    if spoilt := outs.differing(inputs.locked()):
        raise console.BadInput(f"{', '.join(spoilt)}: not the bytes that dvc.lock names, damaged on disk or in DVC's "
                               "cache: run `make verify`, which names the repair")
    before, after, metrics = committed(), prune.read_lock().get("stages") or {}, changed_metrics()
    said = verdict(before, after, metrics)
    if locked and (before != after or metrics):
        raise console.BadInput(said)
    print(said)


def dvc_repro(*words: str) -> int:
    """Its exit code. With --pull it takes what the run cache alone knows, too: `dvc fetch --run-cache` brings the record
    of a run, but none of its outs that dvc.lock does not name (DVC 3.67.1).
    """
    return subprocess.run([sys.executable, "-m", "dvc", "repro", *words], preexec_fn=lifeline.die_with_parent).returncode


def committed(revision: str = "HEAD") -> Stages | None:
    """Stages of the lock in Git; None where there is none yet, or none that can be read."""
    if not git("ls-tree", "--name-only", revision, "dvc.lock").strip():
        return None
    try:
        return parse_yaml(git("show", f"{revision}:dvc.lock"), "dvc.lock").get("stages") or {}
    except ParseError:
        return None


def changed_metrics() -> list[str]:
    """Files of metrics/ that differ from Git, or that Git does not know."""
    return [line[3:] for line in git("status", "--porcelain", "--untracked-files=all", "--", "metrics").splitlines()]


def git(*words: str) -> str:
    """What Git prints; where it refuses, its own first line is passed on."""
    done = subprocess.run(["git", *words], capture_output=True, text=True)
    if done.returncode:
        raise console.BadInput(f"git {words[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}: the outs are made, "
                               "but cannot be compared with the committed dvc.lock")
    return done.stdout


def verdict(before: Stages | None, after: Stages, metrics: list[str]) -> str:
    """One line: everything equals the committed lock, or which outs differ and why."""
    count = sum(len(stage.get("outs", [])) for stage in after.values())
    if before is None:
        return f"{count} outs made; no committed dvc.lock to compare with: commit dvc.lock and metrics/"
    differing = {name: paths for name in after if (paths := _changed(_outs(before.get(name)), _outs(after[name])))}
    gone = [name for name in before if name not in after]
    if not differing and not gone and not metrics:
        inputs = "" if before == after else "; its inputs changed, so commit dvc.lock"
        return f"all {count} outs equal the committed dvc.lock, and metrics/ is as in Git{inputs}"
    said = [f"{name}: {', '.join(paths)} ({reason(before.get(name), after[name], after)})"
            for name, paths in differing.items()]
    said += [f"{name} (no longer in dvc.yaml)" for name in gone]
    said += [f"{path} (not as in Git)" for path in metrics if not differing and not gone]
    return ("differs from the committed dvc.lock: " + "; ".join(said)
            + ". Look with `dvc params diff --deps` and `dvc metrics diff`, then commit dvc.lock and metrics/")


def reason(before: dict | None, after: dict, stages: Stages) -> str:
    """Why a stage's outs differ: its own inputs, an earlier stage, or other bytes from the same inputs."""
    if before is None:
        return "new"
    made = {path for stage in stages.values() for path in _outs(stage)} | {"data/probes", "models"}
    deps = _changed(_deps(before), _deps(after))
    causes = _changed(_params(before), _params(after)) + [path for path in deps if path not in made]
    if causes:
        return "changed: " + ", ".join(causes)
    if deps:
        return "follows from " + ", ".join(deps)
    return "same inputs, other bytes: this machine rounds otherwise than the one that wrote the lock, see docs/bytes.md"


def _outs(stage: dict | None) -> dict[str, str]:
    return {out["path"]: out.get("md5", "") for out in (stage or {}).get("outs", [])}


def _deps(stage: dict) -> dict[str, str]:
    return {dep["path"]: dep.get("md5", "") for dep in stage.get("deps", [])} | {"cmd": stage.get("cmd", "")}


def _params(stage: dict) -> dict[str, object]:
    """Every param by its full name; a section that is tracked whole is taken apart."""
    given = {key: value for file in stage.get("params", {}).values() for key, value in file.items()}
    return {name: leaf for key, value in given.items() for name, leaf in (
        ((f"{key}.{part}", leaf) for part, leaf in value.items()) if isinstance(value, dict) else [(key, value)])}


def _changed(before: dict, after: dict) -> list[str]:
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def main() -> None:
    given = console.arguments("make repro", __doc__, pull={
        "action": "store_true", "help": "take from the default remote what others trained"}, locked={
        "action": "store_true", "help": "fail where dvc.lock or metrics/ is not as committed"})
    reproduce(given.locked, given.pull)


if __name__ == "__main__":
    console.run(main)
