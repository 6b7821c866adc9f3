"""make noise: measure once how much this recipe's numbers move from training to training, into metrics/noise.json.

Example: make noise. Trains what is missing of five seeds for every fold in train.folds, in a copy under .dvc/tmp, so the
work tree, its params and its lock stay as they are; what was trained before comes from DVC's cache, and what is killed
goes on. Commit metrics/noise.json: with it `make review` decides a change of this recipe from a single seed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dvc.repo import Repo

from xrays import console, files, lifeline, params
from xrays.review import noise, revisions, verdicts
from xrays.review.revisions import Revision
from xrays.verification import rwlock

SEEDS = 5


def seeds(present: list[int]) -> list[int]:
    """The present seeds and the smallest further ones, five in all or as many as there are."""
    further = [seed for seed in range(SEEDS + len(present)) if seed not in present]
    return sorted(present + further[:max(0, SEEDS - len(present))])


@contextmanager
def copy() -> Iterator[Path]:
    """What `git add --all` would commit, in a folder of its own that shares DVC's cache; removed at the end."""
    cache = Repo().cache.legacy.path
    within = Path(".dvc/tmp").absolute()  # as DVC's own experiments: on one file system outs are links
    within.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="noise-", dir=within))
    try:
        revisions.git("clone", "--quiet", "--no-checkout", ".", str(folder))
        for path, blob in revisions.of_work_tree().blobs.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(blob)
        local = Path(".dvc/config.local")
        if local.is_file():
            shutil.copyfile(local, folder / local)
        subprocess.run([sys.executable, "-m", "dvc", "cache", "dir", "--local", cache], cwd=folder, check=True,
                       capture_output=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def train(folder: Path, wanted: list[int]) -> Revision:
    """All seeds trained and evaluated there; a stage that fails has said why, so only its exit code is passed on."""
    params.save({"train.seeds": wanted}, folder / params.PATH)
    code = subprocess.run([sys.executable, "-m", "dvc", "repro", "evaluate"], cwd=folder,
                          env=os.environ | {"PYTHONPATH": ""}, preexec_fn=lifeline.die_with_parent).returncode
    if code:
        sys.exit(code)
    return revisions.of_work_tree(folder, "this recipe")


def said(found: dict[str, float | str]) -> str:
    """One line a metric."""
    lines = [f"{verdicts.shown(name.removesuffix('_seed_sd'))}: {found[name.replace('_seed_sd', '_mean')]:.4f}, standard "
             f"deviation between trainings {value:.4f}" for name, value in found.items() if name.endswith("_seed_sd")]
    return "\n".join(lines)


def main() -> None:
    console.arguments("make noise", __doc__)
    wanted = seeds(params.load().train.seeds)
    rwlock.check()
    print(f"measuring the spread of this recipe over seeds {', '.join(map(str, wanted))}", flush=True)
    with copy() as folder:
        found = noise.measure(train(folder, wanted))
    files.write_json(Path(noise.PATH), found)
    print(said(found))
    print(f"wrote {noise.PATH}: commit it, so that `make review` can decide a change of this recipe")


if __name__ == "__main__":
    console.run(main)
