"""What changed between two revisions, as their locks have it: params, code and data of each stage; which stages reran."""

from dataclasses import dataclass

from xrays.review.revisions import Revision


@dataclass(frozen=True)
class Param:
    """A param that a stage depends on; old or new is None where one side does not know it."""

    name: str
    old: object
    new: object
    stages: list[str]


@dataclass(frozen=True)
class Stage:
    """A stage whose entry in the lock differs. causes: its own code, params and command, then outs of earlier stages."""

    name: str
    causes: list[str]
    outs: list[str]  # those with other bytes


@dataclass(frozen=True)
class Changes:
    params: list[Param]
    stages: list[Stage]
    unlocked: list[str]  # params.yaml differs here, but no lock entry does: read by no stage, or not run yet
    files: list[str]  # Git-tracked and changed, neither metrics nor the lock


def between(base: Revision, head: Revision) -> Changes:
    old, new = base.stages, head.stages
    params = _params(old, new)
    named = {one.name for one in params}
    written = [_flat(revision.yaml("params.yaml")) for revision in (base, head)]
    unlocked = [key for key in _differing(*written) if key not in named]
    files = [path for path in _differing(base.blobs, head.blobs) if path != "dvc.lock" and not path.startswith("metrics/")]
    return Changes(params, _stages(old, new), unlocked, files)


def _params(old: dict[str, dict], new: dict[str, dict]) -> list[Param]:
    found: dict[str, Param] = {}
    for stage in [*new, *(name for name in old if name not in new)]:
        before, after = (_tracked(entries[stage]) if stage in entries else None for entries in (old, new))
        if before is None or after is None:  # a fold or a seed more or less: train.folds says it
            continue
        for name in _differing(before, after):
            one = found.setdefault(name, Param(name, before.get(name), after.get(name), []))
            one.stages.append(stage)
    return sorted(found.values(), key=lambda one: one.name)


def _stages(old: dict[str, dict], new: dict[str, dict]) -> list[Stage]:
    found = []
    made = {out["path"] for entry in (*old.values(), *new.values()) for out in entry.get("outs", [])}
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old or name not in new:
            found.append(Stage(name, ["new" if name in new else "gone"], []))
            continue
        before, after = old[name], new[name]
        deps = _differing(_md5(before, "deps"), _md5(after, "deps"))
        causes = [path for path in deps if path not in made and not _folder_of(path, made)]
        causes += _differing(_tracked(before), _tracked(after)) + ["command"] * (before.get("cmd") != after.get("cmd"))
        causes += [path for path in deps if path not in causes]
        outs = _differing(_md5(before, "outs"), _md5(after, "outs"))
        if causes or outs:
            found.append(Stage(name, causes, outs))
    return found


def _folder_of(path: str, made: set[str]) -> bool:
    return any(out.startswith(f"{path}/") for out in made)


def _md5(entry: dict, kind: str) -> dict[str, str]:
    return {one["path"]: one.get("md5", "") for one in entry.get(kind, [])}


def _tracked(entry: dict) -> dict[str, object]:
    """Every param of a lock entry by its dotted name, sections taken apart; a library as `libraries: NAME`."""
    found = {}
    for file, values in entry.get("params", {}).items():
        flat = _flat(values)
        found |= flat if file == "params.yaml" else {f"{file.removesuffix('.yaml')}: {name}": value
                                                     for name, value in flat.items()}
    return found


def _flat(tree: dict, before: str = "") -> dict[str, object]:
    found = {}
    for key, value in tree.items():
        found |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def _differing(before: dict, after: dict) -> list[str]:
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
