"""Does dvc.lock belong to this dvc.yaml, this code and these params? From Git alone, without the data."""

from collections.abc import Iterator
from pathlib import Path

from dvc.repo import Repo

from xrays import files, inputs
from xrays.verification.finding import AGAIN, Finding

LOCK = str(inputs.LOCK)


def stages(repo: Repo) -> dict[str, list[str]]:
    """Outs of every stage that dvc.yaml describes, in its order; a matrix stage as train@FOLD-SEED."""
    return {stage.addressing: [out.def_path for out in stage.outs] for stage in repo.index.stages}


def stale(described: dict[str, list[str]], locked: dict[str, dict]) -> dict[str, str]:
    """Stage → why `dvc repro` would run it; described: as of stages(), locked: the entries of dvc.lock."""
    made = {out["path"]: out.get("md5", "") for name in described for out in locked.get(name, {}).get("outs", [])}
    reasons = {name: _changed(name, outs, locked[name], made) if name in locked else "never run"
               for name, outs in described.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def findings(described: dict[str, list[str]], locked: dict[str, dict]) -> Iterator[Finding]:
    """Stages that are new, gone, out of date or out of order."""
    for name, reason in stale(described, locked).items():
        yield Finding(LOCK, f"stale, {name}: {reason}", AGAIN)
    kept = [name for name in locked if name in described]
    for name in [name for name in locked if name not in described]:
        yield Finding(LOCK, f"stale, {name} is no stage of dvc.yaml any more", AGAIN)
    if kept != [name for name in described if name in locked]:
        yield Finding(LOCK, "stale, its stages are not in the order of dvc.yaml", AGAIN)


def _changed(name: str, outs: list[str], entry: dict, made: dict[str, str]) -> str:
    """What a stage's entry in the lock no longer agrees with; empty where it is current."""
    described = inputs.described(name)
    if entry["cmd"] != described["cmd"]:
        return "its command changed"
    deps = {dep["path"]: dep.get("md5", "") for dep in entry.get("deps", [])}
    now = {path: _md5(path, made) for path in described.get("deps", [])}
    values = {f"{file}:{key}": value for file, given in entry.get("params", {}).items() for key, value in given.items()}
    current = inputs.values(described)
    changed = [path for path in sorted(deps.keys() | now.keys()) if deps.get(path) != now.get(path)]
    changed += [key.partition(":")[2] for key in sorted(values.keys() | current.keys())
                if values.get(key) != current.get(key)]
    if sorted(outs) != sorted(out["path"] for out in entry.get("outs", []) if out.get("md5")):
        changed.append("its list of outs")
    return f"{', '.join(changed)} changed" if changed else ""


def _md5(path: str, made: dict[str, str]) -> str:
    """md5 of a dep: what the lock says of an out and of a folder of outs, else what lies in the work tree."""
    if path in made:
        return made[path]
    inside = [{"md5": md5, "relpath": out.removeprefix(f"{path}/")} for out, md5 in made.items()
              if out.startswith(f"{path}/")]
    if inside:
        return files.md5_of(inside)
    return files.md5(Path(path)) if Path(path).exists() else "missing"
