"""Does each line of the audit fire on the shortcut that it is there for, and stay quiet without it?

Example: python -m benchmarks.shortcuts --folder /tmp/cells --seeds 0 1 2 --jobs 2

Each cell is a clone of this commit with a small phantom (160 patients, a ResNet18 at 48 pixels, 12 epochs, one thread),
run by `dvc repro audit`: its audit.json and external.json are the result. Finished cells are kept in FOLDER/cells.jsonl,
so that a second call goes on; about two minutes a cell on one core. Prints Markdown.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from xrays import verdict

SMALL = {"phantom.patients": 160, "filter.size": 96, "split.min_positive": 1, "train.arch": "resnet18", "train.size": 48,
         "train.epochs": 12, "train.batch": 16, "train.threads": 1, "train.flip": False, "probe.permutations": 5,
         "evaluate.resamples": 200}
SINGLE = ("age", "marker", "bands", "crop", "jpeg", "intensity", "size")
PLANS = {
    "clean": {"phantom.preset": "clean"},
    **{name: {"phantom.preset": "clean", "phantom.rho": 1.0, "phantom.shortcuts": [name]} for name in SINGLE},
    "hard": {"phantom.preset": "hard", "phantom.external": "reversed"},
    "coronahack_like": {"phantom.preset": "coronahack_like", "phantom.external": "reversed"},
    **{f"all, rho {rho}": {"phantom.preset": "coronahack_like", "phantom.rho": rho, "phantom.external": "reversed"}
       for rho in (0.5, 0.65)},
}
# The lines that are there for each shortcut; any of them will do.
MEANT = {"age": ["background", "occluded", "ratio"], "marker": ["marker", "background", "ring"], "bands": ["frame", "bars"],
         "crop": ["background", "ring", "file"], "jpeg": ["file"], "intensity": ["grey"], "size": ["file"]}
SAVE = "import json, sys; from xrays import params; params.save(json.loads(sys.argv[1]))"


def run(plan: str, seed: int, folder: Path) -> dict:
    """One cell: what its audit measured, with plan and seed."""
    clone = folder / f"{plan.replace(' ', '-').replace(',', '')}-{seed}"
    shutil.rmtree(clone, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", os.getcwd(), str(clone)], check=True)
    changes = SMALL | PLANS[plan] | {"phantom.seed": seed}
    subprocess.run([sys.executable, "-c", SAVE, json.dumps(changes)], cwd=clone, check=True)
    done = subprocess.run([sys.executable, "-m", "dvc", "repro", "audit"], cwd=clone, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode:
        sys.exit(f"{plan}, seed {seed}: {done.stdout[-500:]}")
    audit, external = (json.loads((clone / "metrics" / f"{name}.json").read_text()) for name in ("audit", "external"))
    shutil.rmtree(clone)
    return {"plan": plan, "seed": seed, "external_auroc": external.get("auroc", float("nan")), **audit}


def table(cells: pd.DataFrame) -> str:
    """A row a plan: in how many of its seeds each decisive line fired."""
    lines = [rule.name for rule in verdict.RULES if rule.decisive]
    rows = ["| planted | seeds | not trustworthy | " + " | ".join(lines) + " |", "|---" * (3 + len(lines)) + "|"]
    for plan in [plan for plan in PLANS if plan in set(cells["plan"])]:
        part = cells[cells["plan"] == plan]
        fired = [(part[f"rule_{line}"] == verdict.FIRED).sum() for line in lines]
        shown = [f"**{count}**" if line in MEANT.get(plan, []) else str(count or "") for line, count in zip(lines, fired)]
        rows.append(f"| {plan} | {len(part)} | {(part['trustworthy'] == verdict.NOT).sum()} | " + " | ".join(shown) + " |")
    return "\n".join(rows)


def rates(cells: pd.DataFrame) -> str:
    """False alarms on clean phantoms; detections of single shortcuts, by any line and by one that is meant for it."""
    clean, single = cells[cells["plan"].isin(["clean", "all, rho 0.5"])], cells[cells["plan"].isin(SINGLE)]
    meant = [any(row[f"rule_{line}"] == verdict.FIRED for line in MEANT[row["plan"]]) for _, row in single.iterrows()]
    return (f"False alarms (no confounding): {(clean['trustworthy'] == verdict.NOT).sum()} of {len(clean)}. Single shortcuts "
            f"called: {(single['trustworthy'] == verdict.NOT).sum()} of {len(single)}, by a line that is meant for it: "
            f"{sum(meant)} of {len(single)}.")


def ratios(cells: pd.DataFrame) -> str:
    """All shortcuts at once by rho: network, without lungs, shortcut ratio, on external pictures."""
    by_rho = {"all, rho 0.5": 0.5, "all, rho 0.65": 0.65, "hard": 0.8, "coronahack_like": 1.0}
    rows = ["| rho | seeds | network | lungs cut out | shortcut ratio | thumbnail | without lungs | external, reversed |", "|---" * 8 + "|"]
    columns = ["network_auroc", "occluded_auroc", "shortcut_ratio", "thumbnail_auroc", "thumbnail_without_lungs_auroc",
               "external_auroc"]
    for plan, rho in by_rho.items():
        part = cells[cells["plan"] == plan]
        if len(part):
            rows.append(f"| {rho} | {len(part)} | " + " | ".join(f"{part[name].mean():.3f}" for name in columns) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where clones and finished cells go")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--plans", nargs="*", default=list(PLANS), choices=list(PLANS))
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    kept = given.folder / "cells.jsonl"
    done = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    known = {(cell["plan"], cell["seed"]) for cell in done}
    todo = [(plan, seed) for seed in given.seeds for plan in given.plans if (plan, seed) not in known]

    def cell(one: tuple[str, int]) -> None:
        result = run(*one, given.folder)
        with kept.open("a") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{one[0]}, seed {one[1]}: {result['verdict'][:160]}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(given.jobs) as pool:
        list(pool.map(cell, todo))
    cells = pd.DataFrame([json.loads(line) for line in kept.read_text().splitlines()])
    cells = cells[cells["seed"].isin(given.seeds) & cells["plan"].isin(given.plans)]
    print("\n\n".join([table(cells), rates(cells), ratios(cells)]))


if __name__ == "__main__":
    main()
