"""make verify: hash every out, every object in DVC's cache and, if asked, in a remote, and hold them against dvc.lock.

Example: make verify, or make verify REMOTE=NAME (REMOTE=default: the default remote). Each line names what is damaged,
missing, partial or stale, and the command that repairs it; exit code 1 if there is any. DVC itself trusts a read-only
file in its cache unread (treeverse/dvc#5978).
"""

import sys
from itertools import takewhile
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.repo import Repo

from commands import prune, repro
from xrays import console, params
from xrays.verification import Finding, cache, content, current, outs, remote, runs, rwlock, strays


def verify(asked: str | None = None) -> tuple[list[Finding], str]:
    """All findings, what a person should repair first standing first, and one line that says what was read.

    asked: a remote's name, `default`, or None for no remote.
    """
    blocked = rwlock.findings()  # first, for nothing can be said while a dvc is at work
    repo, stages = Repo(), prune.read_lock().get("stages") or {}
    described, folder = current.stages(repo), Path(repo.cache.legacy.path)
    made = {path for paths in described.values() for path in paths}
    locked = {out["path"]: out | {"stage": name} for name, entry in stages.items() for out in entry.get("outs", [])
              if out["path"] in made and out.get("md5")}
    kept = {out.def_path for stage in repo.index.stages for out in stage.outs if out.use_cache} & locked.keys()
    held = cache.Cache(folder)
    wrong, stale = outs.differing(locked), set(current.stale(described, stages))
    found = [*blocked, *strays.findings(sorted(made)),
             *content.findings(_before_damage(described, stages, wrong), stale, folder),
             *outs.findings(locked, wrong, kept, stale, held, remote.default(repo)),
             *held.findings(locked)]
    found += [*runs.findings(folder, stages, repro.committed() or {}), *current.findings(described, stages)]
    read = f"{len(locked)} outs in the work tree, {held.count} objects in the cache"
    if asked:
        afar = remote.Remote(repo, None if asked == "default" else asked)
        found += afar.findings(held, {path: out for path, out in locked.items() if path in kept})
        read += f", {len(afar.states)} in the remote {asked}"
    return found, read


def _before_damage(described: dict[str, list[str]], stages: dict[str, dict], wrong: list[str]) -> dict[str, dict]:
    """Entries of the stages that stand before the first with a wrong out, for an out is held against earlier ones."""
    names = (name for name in described if name in stages)
    return {name: stages[name] for name in takewhile(lambda name: not {*described[name]} & {*wrong}, names)}


def main() -> None:
    given = console.arguments("make verify", __doc__, remote={"help": "also read back the objects in this DVC remote"})
    params.load()
    try:
        found, read = verify(given.remote)
    except DvcException as error:
        raise console.BadInput(f"dvc.yaml or dvc.lock cannot be read: {error}: restore them with "
                               "`git checkout dvc.yaml dvc.lock`") from None
    for finding in found:
        print(finding)
    print(f"verified {read}: " + (f"{len(found)} not as dvc.lock says" if found else "all as dvc.lock says"))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    console.run(main)
