"""make prune: remove what a shortened train.folds or train.seeds left behind, which `dvc repro` keeps.

Drops lock entries of stages that dvc.yaml no longer has and their files in models/, and puts the lock into dvc.yaml's
order, so that lock and metrics/ equal those of a fresh clone after any sequence of edits. Example: `make prune`.
"""

import os
import re
from pathlib import Path

from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo
from dvc.utils.serialize import ParseError, dump_yaml, load_yaml

from xrays import console, params

LOCK = Path("dvc.lock")
MODELS = Path("models")
OURS = re.compile(r"\.?fold-\d+-seed-\d+\..*")


def resolved_stages(repo: Repo) -> dict[str, list[str]]:
    """Outs of every stage that dvc.yaml describes, in its order; a matrix stage as train@FOLD-SEED."""
    return {stage.addressing: [out.def_path for out in stage.outs] for stage in repo.index.stages}


def read_lock(path: Path = LOCK) -> dict:
    try:
        return load_yaml(path) if path.exists() else {"schema": "2.0", "stages": {}}
    except ParseError:
        raise console.BadInput(f"{path} is not valid YAML (an unfinished merge?): take one side with "
                               f"`git checkout --ours {path}`, then `make repro`") from None


def prune_lock(stages: dict[str, list[str]], path: Path = LOCK) -> list[str]:
    """Drop orphaned entries and sort the rest; returns the orphans' names. Writes only if something changes."""
    lock = read_lock(path)
    entries = lock.get("stages") or {}
    orphans = [name for name in entries if name not in stages]
    kept = {name: entries[name] for name in stages if name in entries}
    if list(kept) != list(entries):
        unfinished = path.with_name(f".{path.name}.unfinished")
        dump_yaml(unfinished, {"schema": lock["schema"], "stages": kept})
        os.replace(unfinished, path)
    return orphans


def prune_models(stages: dict[str, list[str]], folder: Path = MODELS) -> list[str]:
    """Delete files of models that no stage makes; returns their names. Stops at a file that is not ours."""
    made = {path for outs in stages.values() for path in outs}
    orphans = [path for path in sorted(folder.glob("*")) if path.as_posix() not in made]
    foreign = [path for path in orphans if not OURS.fullmatch(path.name)]
    if foreign:
        raise console.BadInput(f"{foreign[0]} belongs to no stage, and all of {folder}/ is input of evaluate: "
                               "move it elsewhere")
    for path in orphans:
        path.unlink()
    return [path.name for path in orphans]


def prune() -> None:
    """Under DVC's own lock, so that nothing is removed beside a running `dvc repro`."""
    read_lock()
    try:
        repo = Repo()
        with repo.lock:
            stages = resolved_stages(repo)
            removed = prune_lock(stages) + prune_models(stages)
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
