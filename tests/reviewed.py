"""A repository with branches to review: code, params, a current lock and metrics, from predictions made up in a moment."""

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
from dvc.utils.serialize import dump_yaml
from scipy.special import expit

from xrays import files
from xrays.folds import COVID, NORMAL
from xrays.review import measures

PARAMS = {"data": {"source": "phantom", "patients": "required"}, "split": {"method": "grouped", "folds": 3},
          "train": {"folds": [0, 1, 2], "seeds": [0], "lr": 0.003}, "evaluate": {"threshold": "inner"}}
PIPELINE = {"stages": {
    "filter": {"cmd": "python -m stages.filter", "params": ["data.source"], "outs": ["data/filtered"]},
    "train": {"matrix": {"fold": "${train.folds}", "seed": "${train.seeds}"}, "cmd": "python -m stages.train",
              "deps": ["stages/train.py", "data/filtered"], "params": ["train.lr", "split.method"],
              "outs": ["models/fold-${item.fold}-seed-${item.seed}.logits.csv"]},
    "probe": {"matrix": {"fold": "${train.folds}", "seed": "${train.seeds}"}, "cmd": "python -m stages.probe",
              "deps": ["models/fold-${item.fold}-seed-${item.seed}.logits.csv"], "outs": []},
    "evaluate": {"cmd": "python -m stages.evaluate", "deps": ["stages/evaluate.py", "data/filtered", "models"],
                 "params": ["evaluate.threshold", "train.folds", "train.seeds"],
                 "outs": [{"metrics/predictions.csv": {"cache": False}}, {"metrics/manifest.csv": {"cache": False}}],
                 "metrics": [{"metrics/metrics.json": {"cache": False}}]}}}


def predictions(seeds=(0,), lift: float = 0.0, training: int = 0, patients: int = 200, spread: float = 0.1) -> pd.DataFrame:
    """Two fifths of the patients have COVID-19; two pictures each. lift: more separation; training: another training."""
    tables = []
    patient = np.repeat(np.arange(patients), 2)
    positive = patient % 5 < 2
    hard = np.random.default_rng(7).normal(0, 0.9, len(patient))
    for seed in seeds:
        random = np.random.default_rng([training, seed])
        quality = 2.4 + lift + random.normal(0, spread, 3)[patient % 3]
        logit = quality * (positive - 0.5) + hard + random.normal(0, 0.4, len(patient))
        tables.append(pd.DataFrame({
            "image": [f"picture-{number:04d}.png" for number in range(len(patient))], "label": np.where(positive, COVID, NORMAL),
            "group": [f"patient-{one}" for one in patient], "fold": patient % 3, "seed": seed,
            "probability": expit(logit).round(9), "threshold": 0.5, "predicted": np.where(logit >= 0, COVID, NORMAL)}))
    return pd.concat(tables).sort_values(["image", "seed"], ignore_index=True)


class Team:
    """A folder under Git. publish() writes what a `make repro` would have left; commit() is a person's."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")
        for name, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
            self.git("config", name, value)
        for path in ("stages/train.py", "stages/evaluate.py"):
            self.write(path, f"# {path}\n")
        dump_yaml(self.folder / "dvc.yaml", PIPELINE)

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def branch(self, name: str) -> None:
        self.git("switch", "--quiet", "--force-create", name, "main")

    def commit(self, message: str = "a change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def publish(self, table: pd.DataFrame, manifest: pd.DataFrame | None = None, audit: dict | None = None,
                **changed: object) -> None:
        """changed: params by section__key."""
        params = json.loads(json.dumps(PARAMS))
        for name, value in ({"train__seeds": sorted(map(int, table["seed"].unique()))} | changed).items():
            params[name.split("__")[0]][name.split("__")[1]] = value
        dump_yaml(self.folder / "params.yaml", params)
        if manifest is None:
            manifest = table.drop_duplicates("image")[["image", "label", "group", "fold"]].assign(
                sha256=lambda rows: rows["image"].map(lambda name: hashlib.sha256(name.encode()).hexdigest()), role="study", reason="")
        files.write_csv(self.folder / "metrics/predictions.csv", table, decimals=9)
        files.write_csv(self.folder / "metrics/manifest.csv", manifest)
        files.write_json(self.folder / "metrics/metrics.json", numbers(table))
        files.write_json(self.folder / "metrics/data.json", {"synthetic": float(params["data"]["source"] == "phantom")})
        files.write_json(self.folder / "metrics/platform.json", {"device": "cpu", "library_torch": "2.15.0"})
        if audit:
            files.write_json(self.folder / "metrics/audit.json", audit)
        self.lock(params)

    def lock(self, params: dict) -> None:
        """dvc.lock as DVC would have written it; a model's md5 is of its recipe."""
        data = {"path": "data/filtered", "md5": hashlib.md5(self.read("metrics/manifest.csv")).hexdigest()}
        entries, models = {"filter": {"cmd": "python -m stages.filter", "outs": [data],
                                      "params": {"params.yaml": {"data.source": params["data"]["source"]}}}}, []
        for fold in params["train"]["folds"]:
            for seed in params["train"]["seeds"]:
                path = f"models/fold-{fold}-seed-{seed}.logits.csv"
                models.append({"path": path, "md5": hashlib.md5(f"{fold} {seed} {params['train']['lr']}".encode()).hexdigest()})
                entries[f"train@{fold}-{seed}"] = {
                    "cmd": "python -m stages.train", "deps": [self.dep("stages/train.py"), data], "outs": [models[-1]],
                    "params": {"params.yaml": {"train.lr": params["train"]["lr"], "split.method": params["split"]["method"]}}}
                entries[f"probe@{fold}-{seed}"] = {"cmd": "python -m stages.probe", "deps": [models[-1]]}
        folder = files.md5_of([{"md5": one["md5"], "relpath": one["path"].removeprefix("models/")} for one in models])
        entries["evaluate"] = {
            "cmd": "python -m stages.evaluate",
            "deps": [self.dep("stages/evaluate.py"), data, {"path": "models", "md5": folder}],
            "params": {"params.yaml": {"evaluate.threshold": params["evaluate"]["threshold"],
                                       "train.folds": params["train"]["folds"], "train.seeds": params["train"]["seeds"]}},
            "outs": [self.dep(f"metrics/{name}") for name in ("predictions.csv", "manifest.csv", "metrics.json")]}
        dump_yaml(self.folder / "dvc.lock", {"schema": "2.0", "stages": entries})

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def dep(self, path: str) -> dict[str, str]:
        return {"path": path, "md5": hashlib.md5(self.read(path)).hexdigest()}


def numbers(table: pd.DataFrame) -> dict[str, float]:
    """What metrics.json would say of these predictions."""
    seeds = [measures.plain(rows["label"].eq(COVID).to_numpy(), rows["probability"].to_numpy(),
                            rows["predicted"].eq(COVID).to_numpy()) for _, rows in table.groupby("seed")]
    return {name: sum(one[name] for one in seeds) / len(seeds) for name in measures.DIRECTION}
