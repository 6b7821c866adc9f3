"""make check: is dvc.lock current with the code, the params, dvc.yaml and the metrics in Git? From Git, in seconds.

Example: `make check`, on a bare clone too: it reads no data, no cache, no remote and no history. Each line names what
is wrong and what to do; exit code 1 if there is any, of which make makes 2 and prints "Error 1". `make hooks` runs it
before every commit, with --staged: on what the commit would hold, so that a forgotten `git add` is found, and not on what
lies in the work tree.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from dvc.exceptions import DvcException
from dvc.repo import Repo

from commands import prune
from xrays import console, inputs, params
from xrays.verification import Finding, content, current, tracked

METRICS = content.METRICS


def check() -> tuple[list[Finding], str]:
    """What is wrong in the present folder, and one line for where nothing is. Raises BadInput for bad params."""
    if unmerged := list(tracked.unmerged(METRICS)):  # what else is wrong cannot be told before these are settled
        return unmerged, ""
    params.load()
    if not inputs.LOCK.exists():
        return [Finding(str(inputs.LOCK), "missing", tracked.COMMIT)], ""
    inside_git = Path(".git").exists()  # without, as in the copy of what is staged, DVC must be told
    repo = Repo(config=None if inside_git else {"core": {"no_scm": True}})
    locked = prune.read_lock().get("stages") or {}
    described = current.stages(repo)
    published = [out.def_path for stage in repo.index.stages for out in stage.outs if not out.use_cache]
    return judged(described, published, locked), (
        f"dvc.lock is current ({len(described)} stages, {sum(map(len, described.values()))} outs, "
        f"{len(published)} of them in Git)")


def judged(described: dict[str, list[str]], published: list[str], locked: dict[str, dict]) -> list[Finding]:
    """described: outs of each stage of dvc.yaml; published: those that Git holds; locked: the entries of dvc.lock."""
    made = [path for paths in described.values() for path in paths]
    entries = {out["path"]: out | {"stage": name} for name in described
               for out in locked.get(name, {}).get("outs", []) if out.get("md5")}
    found = [replace(finding, repair=tracked.COMMIT) for finding in current.findings(described, locked)]
    found += tracked.findings(published, made, entries)
    goal = params.load().evaluate.model_dump()  # the lock's too, if nothing was found so far
    if not found and (fault := content.told(lambda: content.recomputed(goal))):
        found.append(Finding(str(METRICS / "metrics.json"), f"damaged, {fault}", tracked.COMMIT))
    return found


@contextmanager
def staged() -> Iterator[None]:
    """Be in a temporary folder that holds what the next commit would; of `git commit FILE` only FILE's changes."""
    here = Path.cwd()
    with TemporaryDirectory(prefix="staged-") as folder:
        done = subprocess.run(["git", "checkout-index", "--all", f"--prefix={folder}/"], capture_output=True, text=True)
        if done.returncode:
            raise console.BadInput(f"git checkout-index: {done.stderr.strip().splitlines()[0]}: nothing was checked")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def main() -> None:
    given = console.arguments("make check", __doc__, staged={
        "action": "store_true", "help": "check what `git add` has staged, not what lies in the work tree"})
    try:
        if given.staged:
            with staged():
                found, read = check()
        else:
            found, read = check()
    except DvcException as error:
        raise console.BadInput(f"dvc.yaml or dvc.lock cannot be read: {error}: restore them with "
                               "`git checkout dvc.yaml dvc.lock`") from None
    except KeyError as key:
        raise console.BadInput(f"dvc.yaml names the key {key}, which params.yaml or libraries.yaml lacks: "
                               "correct the name, or add the key") from None
    for finding in found:
        print(finding)
    if not found:
        print(read)
    elif given.staged:
        print("not committed; add what was left out with `git add dvc.lock metrics`, or go past with "
              "`git commit --no-verify`")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    console.run(main)
