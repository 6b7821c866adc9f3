"""What a stage reads: is it what dvc.lock says, and what is it all, as one hash.

DVC trusts a file in its cache that is read-only and keeps its time stamp (treeverse/dvc#5978): a damaged one is checked
out, called up to date and trained on. So each stage hashes its inputs itself before it reads them.
"""

import hashlib
import json
from pathlib import Path

from ruamel.yaml import YAML

from xrays import files
from xrays.console import BadInput

PIPELINE = Path("dvc.yaml")
LOCK = Path("dvc.lock")
PARAMS = "params.yaml"


def read_yaml(path: Path) -> dict:
    """As YAML 1.2, like DVC; nothing where the file is not there yet."""
    return (YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}


def locked() -> dict[str, dict]:
    """Path → entry (md5, size, …) of every out in dvc.lock, with the stage that made it."""
    return {out["path"]: out | {"stage": name} for name, entry in read_yaml(LOCK).get("stages", {}).items()
            for out in entry.get("outs", [])}


def described(stage: str) -> dict:
    """A stage's entry in dvc.yaml; probe@0-1 is described as probe, with its fold and seed in the paths of its deps."""
    name, _, item = stage.partition("@")
    entry = read_yaml(PIPELINE)["stages"][name]
    fold, _, seed = item.partition("-")
    deps = [dep.replace("${item.fold}", fold).replace("${item.seed}", seed) for dep in entry.get("deps", [])]
    return entry | {"deps": deps}


def check(stage: str) -> None:
    """Raise BadInput where an out of an earlier stage is not, byte for byte, the one in dvc.lock."""
    outs = locked()
    for dep in described(stage).get("deps", []):
        for path in (path for path in outs if path == dep or path.startswith(f"{dep}/")):
            if Path(path).exists() and files.md5(Path(path)) != outs[path]["md5"]:
                raise BadInput(f"{path} is not what {outs[path]['stage']} made: its bytes have changed since, on disk or "
                               "in DVC's cache: run `make verify`, which names the damage and its repair")


def key(stage: str) -> str:
    """One SHA-256 of everything the stage depends on, whatever the machine and the folder: code, data, params."""
    entry, outs = described(stage), locked()
    deps = {dep: outs[dep]["md5"] if dep in outs else files.md5(Path(dep)) for dep in entry.get("deps", [])}
    return hashlib.sha256(json.dumps([stage, deps, values(entry)], sort_keys=True).encode()).hexdigest()


def values(entry: dict) -> dict[str, object]:
    """The params that an entry of dvc.yaml tracks, by file and dotted name."""
    named = [(PARAMS, [one]) if isinstance(one, str) else next(iter(one.items())) for one in entry.get("params", [])]
    read = {file: read_yaml(Path(file)) for file, _ in named}
    return {f"{file}:{name}": _leaf(read[file], name) for file, names in named for name in names}


def _leaf(tree: dict, name: str) -> object:
    for part in name.split("."):
        tree = tree[part]
    return tree
