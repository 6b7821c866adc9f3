"""Does each line of the audit fire on the shortcut that it is there for, and stay quiet without it?

Examples: python -m benchmarks.shortcuts --folder PATH --seeds 1 2 3 --jobs 2
          python -m benchmarks.shortcuts --folder PATH --seeds 100 101 --no-network --plans clean jpeg size

Each cell is a clone of this commit with a small phantom (160 patients, a ResNet18 at 48 pixels, 12 epochs, one
thread), run by `dvc repro audit`: its audit.json and external.json are the result. Finished cells are kept in
FOLDER/cells.jsonl, so that a second call goes on. With --no-network nothing is trained, only the regressions are
judged, and cells go to FOLDER/baselines.jsonl. Prints Markdown (benchmarks/shortcut_tables.py). Limits of rules are
set on seeds from 100 on, and never on those that are published.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import shortcut_tables
from stages import audit
from xrays import cohort, files, verdict
from xrays.phantom.presets import SHORTCUTS

SMALL = {"phantom.patients": 160, "filter.size": 96, "split.min_positive": 1, "train.arch": "resnet18",
         "train.size": 48, "train.epochs": 12, "train.batch": 16, "train.threads": 1, "train.flip": False, "probe.permutations": 5,
         "evaluate.resamples": 200}
FOLDS = [0, 1, 2]  # the default's
PLANS = {
    "clean": {"phantom.preset": "clean"},
    **{name: {"phantom.preset": "clean", "phantom.rho": 1.0, "phantom.shortcuts": [name]} for name in SHORTCUTS},
    "hard": {"phantom.preset": "hard", "phantom.external": "reversed"},
    "coronahack_like": {"phantom.preset": "coronahack_like", "phantom.external": "reversed"},
    **{f"all, rho {rho}": {"phantom.preset": "coronahack_like", "phantom.rho": rho, "phantom.external": "reversed"}
       for rho in (0.5, 0.65)},
}
SAVE = "import json, sys; from xrays import params; params.save(json.loads(sys.argv[1]))"
Cell = dict[str, float | str]


def whole(clone: Path) -> Cell:
    """The whole pipeline up to the audit."""
    run(clone, "-m", "dvc", "repro", "audit")
    audited, external = (json.loads((clone / "metrics" / f"{name}.json").read_text()) for name in ("audit", "external"))
    return {"external_auroc": external.get("auroc", float("nan")), **audited}


def without_network(clone: Path) -> Cell:
    """Only pictures, and the regressions on them; lines that need a network are not measured."""
    for stage in ("download", "filter"):
        run(clone, "-m", f"stages.{stage}")
    rows = cohort.prepared(files.read_csv(clone / "data/filtered/manifest.csv"))
    study = rows["role"].eq("study").to_numpy()
    pictures, lungs = (np.load(clone / f"data/filtered/{name}.npy")[study] for name in ("pictures", "lungs"))
    found = audit.measure_baselines(rows[study].reset_index(drop=True), pictures, lungs, FOLDS)
    values = {f"{name}_auroc{end}": number for name, one in found.items() for end, number in zip(audit.ENDS, one)}
    return values | verdict.judged(values | {"leaky": 0.0}, [])


def run(clone: Path, *words: str) -> None:
    """Python in a clone; its last words if it fails."""
    done = subprocess.run([sys.executable, *words], cwd=clone, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{clone.name}: {done.stdout[-500:]}")


def measured(plan: str, seed: int, folder: Path, how: Callable[[Path], Cell], changes: dict) -> Cell:
    """One cell: what the audit measured in a clone of its own, with plan, seed and commit."""
    clone = folder / f"{plan.replace(' ', '-').replace(',', '')}-{seed}"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", os.getcwd(), str(clone)], check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True).stdout.strip()
    run(clone, "-c", SAVE, json.dumps(SMALL | PLANS[plan] | {"phantom.seed": seed} | changes))
    result = how(clone)
    shutil.rmtree(clone)
    return {"plan": plan, "seed": seed, "commit": commit, **result}


def finished(kept: Path) -> pd.DataFrame:
    """A row a cell that is done, judged by the rules as they are now: measuring takes minutes, a limit none."""
    cells = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return pd.DataFrame([cell | verdict.judged(cell, []) for cell in cells], columns=None if cells else ["plan", "seed"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where clones and finished cells go")
    parser.add_argument("--seeds", type=int, nargs="*", default=[1, 2, 3])
    parser.add_argument("--plans", nargs="*", default=list(PLANS), choices=list(PLANS))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-network", action="store_true", help="train nothing, judge only the regressions")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / ("baselines.jsonl" if given.no_network else "cells.jsonl")
    how, changes = (without_network, {"phantom.external": "none"}) if given.no_network else (whole, {})
    known = set(finished(kept)[["plan", "seed"]].itertuples(index=False, name=None))
    todo = [(plan, seed) for seed in given.seeds for plan in given.plans if (plan, seed) not in known]

    def cell(one: tuple[str, int]) -> None:
        result = measured(*one, given.folder, how, changes)
        with kept.open("a") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{one[0]}, seed {one[1]}: {result['verdict'][:160]}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(cell, todo))
    cells = finished(kept)
    cells = cells[cells["seed"].isin(given.seeds) & cells["plan"].isin(given.plans)]
    print(shortcut_tables.markdown(cells, list(PLANS)))


if __name__ == "__main__":
    main()
