"""Git's merge driver for dvc.lock, installed by `make hooks`: three-way, a stage at a time, and never a question.

A stage's entry is taken from the side that changed it. Changed on both sides in two ways, it is dropped, for neither
fits the merged code and params: `dvc repro` runs just that stage, and what follows from it. Git calls, in the root of
the work tree, with three temporary files: sh commands/python.sh -m commands.merge --base %O --ours %A --theirs %B
"""

import re
import sys
from itertools import pairwise
from pathlib import Path

import networkx
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import ParseError, dump_yaml, load_yaml
from voluptuous import Invalid

from xrays import console

Stages = dict[str, dict]


def merged(base: Stages, ours: Stages, theirs: Stages) -> tuple[Stages, list[str]]:
    """The entries that hold after a merge, in the order of both sides, and the names of those that were dropped."""
    names = ours | theirs | base
    chosen = {name: _side(base.get(name), ours.get(name), theirs.get(name)) for name in names}
    kept = {name: entry for name, (entry, _) in chosen.items() if entry is not None}
    dropped = sorted(name for name, (_, conflict) in chosen.items() if conflict)
    return {name: kept[name] for name in _order(base, ours, theirs, kept)}, dropped


def _side(base: dict | None, ours: dict | None, theirs: dict | None) -> tuple[dict | None, bool]:
    """One stage's entry (None: there is none) and whether both sides changed it in two ways."""
    if ours == theirs or theirs == base:
        return ours, False
    return (theirs, False) if ours == base else (None, True)


def _order(base: Stages, ours: Stages, theirs: Stages, kept: Stages) -> list[str]:
    """Names in an order that agrees with both sides; where they contradict, in that of the side that changed it."""
    sides = [[name for name in side if name in kept] for side in (ours, theirs)]
    graph = networkx.DiGraph([pair for side in sides for pair in pairwise(side)])
    graph.add_nodes_from(kept)
    try:
        return list(networkx.lexicographical_topological_sort(graph, key=_numbered))
    except networkx.NetworkXUnfeasible:
        first, second = reversed(sides) if sides[0] == [name for name in base if name in kept] else sides
        return list(dict.fromkeys(first + second))


def _numbered(name: str) -> list[tuple[int, str]]:
    """A key that sorts train@2-0 before train@10-0, as dvc.yaml's lists of folds and seeds usually are."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def read(path: Path) -> dict | None:
    """A side's lock as DVC accepts it, without stages where the side has none; None where it cannot be read."""
    if not path.exists() or not path.read_bytes().strip():
        return {"schema": "2.0", "stages": {}}
    try:
        return COMPILED_LOCKFILE_SCHEMA(load_yaml(path))
    except (ParseError, Invalid):
        return None


def merge(base: Path, ours: Path, theirs: Path) -> str:
    """Write the merged lock over ours, as DVC writes it; returns what a person should know, if anything."""
    locks = {"HEAD's": read(ours), "the other branch's": read(theirs)}
    for side, lock in locks.items():
        if lock is None:
            raise console.BadInput(f"dvc.lock: {side} cannot be read, so nothing was merged and HEAD's stays: "
                                   "run `make repro`, then `git add dvc.lock metrics`")
    before = (read(base) or {}).get("stages") or {}  # an unreadable base is none: what differs is made anew
    mine, other = (lock.get("stages") or {} for lock in locks.values())
    stages, dropped = merged(before, mine, other)
    dump_yaml(ours, {"schema": "2.0", "stages": stages})
    return (f"dvc.lock: changed on both sides, so these will run again: {', '.join(dropped)}: run `make repro` and "
            "commit dvc.lock and metrics/") if dropped else ""


def main() -> None:
    sides = {name: {"type": Path, "required": True, "help": f"file with {whose} dvc.lock"}
             for name, whose in (("base", "their ancestor's"), ("ours", "HEAD's"), ("theirs", "the other branch's"))}
    given = console.arguments("commands.merge", __doc__, **sides)
    if said := merge(given.base, given.ours, given.theirs):
        print(said, file=sys.stderr)


if __name__ == "__main__":
    console.run(main)
