"""make prune: remove what a shortened train.folds or train.seeds left behind, which `dvc repro` keeps.

Drops lock entries of stages that dvc.yaml no longer has and their files in models/ and data/probes/, and puts the lock
into dvc.yaml's order, so that lock and metrics/ equal those of a fresh clone after any sequence of edits. Drops
checkpoints that nobody resumed in 30 days. Example: `make prune`.
"""

import os
import shutil
import time
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import ParseError, dump_yaml, load_yaml
from voluptuous import Invalid

from xrays import console, params, store
from xrays.verification import current, strays

LOCK = Path("dvc.lock")
FOLDERS = [Path("data/probes"), Path("models")]
DAYS = 30  # that checkpoints wait for somebody to resume them


def read_lock(path: Path = LOCK) -> dict:
    """The lock as DVC accepts it; an unfinished merge or a lock that was cut is told with the way out."""
    if not path.exists():
        return {"schema": "2.0", "stages": {}}
    try:
        return COMPILED_LOCKFILE_SCHEMA(load_yaml(path))
    except (ParseError, Invalid) as error:
        fault = "not valid YAML (an unfinished merge?)" if isinstance(error, ParseError) else "cut or edited"
        raise console.BadInput(f"{path} is {fault}: bring back Git's, in a merge your side, with `git checkout --ours "
                               f"{path}`, or remove it with `rm {path}` where Git has no good one; then `make repro`"
                               ) from None


def prune_lock(stages: dict[str, list[str]], path: Path = LOCK) -> list[str]:
    """Drop orphaned entries and sort the rest; returns the orphans' names. Writes only if something changes.

    Nor is `isexec` kept, which DVC notes where all files are executable, as on a Windows disk under WSL.
    """
    lock = read_lock(path)
    entries = lock.get("stages") or {}
    orphans = [name for name in entries if name not in stages]
    kept = {name: without_modes(entries[name]) for name in stages if name in entries}
    if list(kept) != list(entries) or kept != entries:
        unfinished = path.with_name(f".{path.name}.unfinished")
        dump_yaml(unfinished, {"schema": lock["schema"], "stages": kept})
        os.replace(unfinished, path)
    return orphans


def without_modes(entry: dict) -> dict:
    """A stage's entry, of whose files only path, hash and size count."""
    return entry | {part: [{key: value for key, value in file.items() if key != "isexec"} for file in entry[part]]
                    for part in ("deps", "outs") if part in entry}


def prune_models(stages: dict[str, list[str]], folder: Path) -> list[str]:
    """Delete files of models or probes that no stage makes; returns their names. Stops at a file that is not ours."""
    made = {path for outs in stages.values() for path in outs}
    orphans = [path for path in sorted(folder.glob("*")) if path.as_posix() not in made]
    foreign = [path for path in orphans if not strays.MODEL.fullmatch(path.name)]
    if foreign:
        raise console.BadInput(f"{foreign[0]} belongs to no stage, and all of {folder}/ is input of a later one: "
                               "move it elsewhere")
    for path in orphans:
        path.unlink()
    return [path.name for path in orphans]


def prune_checkpoints(folder: Path, now: float) -> list[str]:
    """Delete what killed runs left to be resumed, 300 MB a ResNet50, once nobody has come back for it in 30 days."""
    old = [path for path in sorted(folder.glob("*")) if path.is_dir() and now - path.stat().st_mtime > DAYS * 86_400]
    for path in old:
        shutil.rmtree(path)
    return [f"{folder.name}/{path.name}" for path in old]


def prune() -> None:
    """Under DVC's own lock, so that nothing is removed beside a running `dvc repro`."""
    read_lock()
    try:
        repo = Repo()
        with repo.lock:
            stages = current.stages(repo)
            removed = prune_lock(stages) + [name for folder in FOLDERS for name in prune_models(stages, folder)]
            removed += prune_checkpoints(store.beside_cache("checkpoints"), time.time())
    except LockError:
        raise console.BadInput("another dvc command is at work in this folder: wait for it, then run this again") from None
    except DvcException as error:
        raise console.BadInput(f"dvc.yaml or dvc.lock cannot be read: {error}") from None
    if removed:
        print("pruned:", ", ".join(removed))


def main() -> None:
    console.arguments("make prune", __doc__)
    params.load()
    prune()


if __name__ == "__main__":
    console.run(main)
