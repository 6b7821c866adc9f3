"""Does a revision's dvc.lock belong to its code, params and metrics? From its blobs alone, without checking it out."""

import hashlib
import re
from collections.abc import Iterator
from itertools import product

from xrays import files
from xrays.review.revisions import Revision


def findings(revision: Revision) -> Iterator[str]:
    """One line for each stage that `dvc repro` would run there, and for each Git-tracked out that is not the lock's."""
    described, locked = stages(revision), revision.stages
    if not locked:
        yield "there is no dvc.lock"
        return
    made = {out["path"]: out.get("md5", "") for entry in locked.values() for out in entry.get("outs", [])}
    for name, stage in described.items():
        if why := _changed(revision, stage, locked[name], made) if name in locked else ["it never ran"]:
            yield f"{name}: {', '.join(why[:4])}{' …' if len(why) > 4 else ''}"
    for name in locked.keys() - described.keys():
        yield f"{name}: no stage of dvc.yaml any more"
    for path, md5 in sorted(made.items()):
        if path in revision.blobs and hashlib.md5(revision.blobs[path]).hexdigest() != md5:
            yield f"{path}: not the bytes that dvc.lock names"
    for path in sorted(path for stage in described.values() for path, cached in stage["outs"].items() if not cached):
        if path in made and path not in revision.blobs:
            yield f"{path}: missing, Git holds none"


def stages(revision: Revision) -> dict[str, dict]:
    """Every stage of dvc.yaml, a matrix stage as NAME@A-B of its ${params}, its ${item.NAME} filled in; outs: as of _outs()."""
    found = {}
    for name, stage in (revision.yaml("dvc.yaml").get("stages") or {}).items():
        matrix = stage.get("matrix", {})
        lists = [_value(revision, "params.yaml", str(text).strip("${} ")) for text in matrix.values()]
        for one in product(*lists):
            item = dict(zip(matrix, one))
            full = f"{name}@{'-'.join(map(str, one))}" if matrix else name
            found[full] = stage | {"deps": [_filled(dep, item) for dep in stage.get("deps", [])],
                                   "outs": {_filled(path, item): cached for path, cached in _outs(stage).items()}}
    return found


def _outs(stage: dict) -> dict[str, bool]:
    """Path → whether DVC's cache holds it, and not Git: of outs, metrics and plots."""
    listed = [one for kind in ("outs", "metrics", "plots") for one in stage.get(kind, [])]
    named = [(one, {}) if isinstance(one, str) else next(iter(one.items())) for one in listed]
    return {path: settings.get("cache", True) for path, settings in named}


def _filled(text: str, item: dict[str, object]) -> str:
    return re.sub(r"\$\{item\.(\w+)\}", lambda found: str(item[found[1]]), text)


def _changed(revision: Revision, stage: dict, entry: dict, made: dict[str, str]) -> list[str]:
    """Params, deps, list of outs and command that are not as the lock has them."""
    deps = {dep["path"]: dep.get("md5", "") for dep in entry.get("deps", [])}
    now = {path: _md5(revision, path, made) for path in stage.get("deps", [])}
    given = {(file, key): value for file, values in entry.get("params", {}).items() for key, value in values.items()}
    current = {(file, key): _value(revision, file, key) for file, key in _params(stage)}
    found = [f"{path} changed" for path in sorted(deps.keys() | now.keys()) if deps.get(path) != now.get(path)]
    found += [f"{key[1]} changed" for key in sorted(given.keys() | current.keys()) if given.get(key) != current.get(key)]
    outs = {out["path"] for out in entry.get("outs", [])}
    found += ["its list of outs changed"] * (outs != stage["outs"].keys())
    return found + ["its command changed"] * (entry.get("cmd") != stage.get("cmd"))


def _params(stage: dict) -> list[tuple[str, str]]:
    named = [("params.yaml", [one]) if isinstance(one, str) else next(iter(one.items())) for one in stage.get("params", [])]
    return [(file, key) for file, keys in named for key in keys]


def _value(revision: Revision, file: str, key: str) -> object:
    """A param by its dotted name, a whole section by its own; None where it is missing."""
    node = revision.yaml(file)
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _md5(revision: Revision, path: str, made: dict[str, str]) -> str:
    """md5 of a dep: of an out what the lock says, of code what Git holds."""
    if path in made:
        return made[path]
    if path in revision.blobs:
        return hashlib.md5(revision.blobs[path]).hexdigest()
    outs = [{"md5": md5, "relpath": out.removeprefix(f"{path}/")} for out, md5 in made.items() if out.startswith(f"{path}/")]
    code = [{"md5": hashlib.md5(blob).hexdigest(), "relpath": name.removeprefix(f"{path}/")}
            for name, blob in revision.blobs.items() if name.startswith(f"{path}/")]
    return files.md5_of(outs or code) if outs or code else "missing"
