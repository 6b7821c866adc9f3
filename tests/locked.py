"""A repository with a dvc.lock and metrics as `make repro` leaves them, in a second and without training.

The real dvc.yaml, code and params; an out's bytes follow from its stage's data and params, and mean nothing: an edit
of code alone, like a comment's, changes none. Outs that DVC keeps are not even written, so this is what a fresh clone
without a remote has.
"""

import hashlib
import json
import sys
from contextlib import chdir
from pathlib import Path

import numpy as np
import pandas as pd
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo
from dvc.stage import Stage
from dvc.utils.serialize import dump_yaml

from tests.project import TINY, Project, copy_work_tree
from xrays import files, numbers, params
from xrays.folds import COVID, NORMAL


def repository(folder: Path) -> Project:
    """All stages as if they had run, committed on main."""
    project = copy_work_tree(folder)
    params.save(TINY, folder / "params.yaml")
    rerun(project)
    project.commit("code, params, lock and metrics")
    return project


def clone(project: Project, folder: Path) -> Project:
    """A clone in which a person can commit, with an environment."""
    copy = project.clone(folder)
    copy.git("config", "user.name", "Tester")
    copy.git("config", "user.email", "tester@example.org")
    (folder / ".git/info/exclude").write_text("/.venv\n")
    (folder / ".venv").symlink_to(sys.prefix)
    return copy


def rerun(project: Project) -> None:
    """Stand in for `make repro`: dvc.lock and metrics/ anew, in full. tests/test_check.py holds it against DVC."""
    with chdir(project.folder):
        stages, made = {}, {}
        for stage in Repo().index.stages:
            stages[stage.addressing] = entry = _entry(stage, made)
            made |= {out["path"]: out["md5"] for out in entry["outs"]}
        dump_yaml("dvc.lock", {"schema": "2.0", "stages": stages})


def branch(project: Project, name: str, comment_in: str = "", **changes: object) -> None:
    """A new branch off main with other params or a comment more in a file of code, its stages rerun, committed."""
    project.git("checkout", "--quiet", "-b", name, "main")
    edit(project, comment_in, **changes)
    rerun(project)
    project.commit(name)


def edit(project: Project, comment_in: str = "", **changes: object) -> None:
    """Other params (`train__epochs` for train.epochs), a comment more in a file of code; nothing rerun."""
    params.save({key.replace("__", "."): value for key, value in changes.items()}, project.folder / "params.yaml")
    if comment_in:
        with (project.folder / comment_in).open("a", encoding="utf-8") as file:
            file.write("# a comment\n")


def _entry(stage: Stage, made: dict[str, str]) -> dict:
    """A stage's entry of dvc.lock; made: md5 of the outs of earlier stages."""
    deps = [{"path": dep.def_path, "hash": "md5", "md5": _md5(dep.def_path, made)} for dep in stage.deps
            if not isinstance(dep, ParamsDependency)]
    values = {dep.def_path: dict(sorted(dep.read_params().items())) for dep in stage.deps
              if isinstance(dep, ParamsDependency)}
    entry = {"cmd": stage.cmd, "deps": sorted(deps, key=lambda dep: dep["path"]), "params": values}
    data = [dep["md5"] for dep in deps if dep["path"].partition("/")[0] not in ("stages", "xrays")]
    seed = hashlib.sha256(json.dumps([stage.addressing, data, values], sort_keys=True).encode()).hexdigest()
    return entry | {"outs": [_out(out.def_path, out.use_cache, seed) for out in stage.outs]}


def _md5(path: str, made: dict[str, str]) -> str:
    inside = [{"md5": md5, "relpath": out.removeprefix(f"{path}/")} for out, md5 in made.items()
              if out.startswith(f"{path}/")]
    return made.get(path) or (files.md5_of(inside) if inside else files.md5(Path(path)))


def _out(path: str, cached: bool, seed: str) -> dict:
    """The entry of an out; what Git holds is written too."""
    text = f"{path} of {seed}\n".encode()
    if not cached:
        text = _publish(Path(path), text, seed)
    md5 = hashlib.md5(text).hexdigest()
    if Path(path).suffix:
        return {"path": path, "hash": "md5", "md5": md5, "size": len(text)}
    listed = files.md5_of([{"md5": md5, "relpath": "content"}])
    return {"path": path, "hash": "md5", "md5": listed, "size": len(text), "nfiles": 1}


def _publish(path: Path, text: bytes, seed: str) -> bytes:
    path.parent.mkdir(exist_ok=True)
    if path.name == "predictions.csv":
        files.write_csv(path, predictions(seed))
    elif path.name == "metrics.json":
        files.write_json(path, numbers.of(predictions(seed), params.load().evaluate))
    else:
        path.write_bytes(text)
    return path.read_bytes()


def predictions(seed: str) -> pd.DataFrame:
    """Twenty pictures of two folds."""
    probability = np.random.default_rng(int(seed, 16)).random(20).round(6)
    table = pd.DataFrame({"image": [f"{number:02}.png" for number in range(20)], "label": [COVID, NORMAL] * 10})
    return table.assign(group=table["image"], fold=[0] * 10 + [1] * 10, seed=0, probability=probability, threshold=0.5,
                        predicted=np.where(probability >= 0.5, COVID, NORMAL), calibrated=probability, temperature=1.0)
