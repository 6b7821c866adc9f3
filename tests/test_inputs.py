"""What a stage reads is what dvc.lock says, and its key changes with every input and with nothing else."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from xrays import files, inputs
from xrays.console import BadInput

PIPELINE = """
stages:
  make: {cmd: make, outs: [data/raw, models/a.csv]}
  train:
    cmd: train
    deps: [code.py, data/raw, models]
    params: [train.lr, split, {libraries.yaml: [numpy]}]
    outs: [model]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"dvc.yaml": PIPELINE, "code.py": "code", "data/raw/a.csv": "1,2\n", "data/raw/b/c.csv": "3\n",
                       "models/a.csv": "4\n", "libraries.yaml": "numpy: 2.4.6\nother: 1\n",
                       "params.yaml": "train: {lr: 1e-3, epochs: 2}\nsplit: {seed: 0}\n"}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    outs = [{"path": path, "md5": files.md5(Path(path))} for path in ("data/raw", "models/a.csv")]
    Path("dvc.lock").write_text(json.dumps({"schema": "2.0", "stages": {"make": {"cmd": "make", "outs": outs}}}))
    return tmp_path


def test_whole_inputs_pass(project):
    inputs.check("train@0-0")


@pytest.mark.parametrize("path, named", [("data/raw/b/c.csv", "data/raw"), ("models/a.csv", "models/a.csv")])
def test_one_changed_byte_is_refused_with_the_stage_that_made_it(project, path, named):
    Path(path).write_text("X\n")
    with pytest.raises(BadInput, match=f"^{named} is not what make made: .* run `make verify`"):
        inputs.check("train@0-0")


def test_a_file_more_in_a_folder_is_refused_but_not_one_that_dvc_ignores(project):
    Path("data/raw/.x.unfinished").write_text("half")
    inputs.check("train@0-0")
    Path("data/raw/more.csv").write_text("5")
    with pytest.raises(BadInput, match="data/raw is not what make made"):
        inputs.check("train@0-0")


def test_the_key_of_a_stage_changes_with_each_of_its_inputs(project):
    keys = {inputs.key("train@0-0"), inputs.key("train@0-0"), inputs.key("train@1-0")}
    assert len(keys) == 2
    for path, text in [("code.py", "other"), ("params.yaml", "train: {lr: 2e-3}\nsplit: {seed: 0}\n"),
                       ("params.yaml", "train: {lr: 1e-3}\nsplit: {seed: 1}\n"), ("libraries.yaml", "numpy: 2.4.7\n")]:
        before = Path(path).read_text()
        Path(path).write_text(text)
        keys.add(inputs.key("train@0-0"))
        Path(path).write_text(before)
    lock = YAML(typ="safe").load(Path("dvc.lock"))
    lock["stages"]["make"]["outs"][0]["md5"] = "0.dir"
    Path("dvc.lock").write_text(json.dumps(lock))
    keys.add(inputs.key("train@0-0"))
    assert len(keys) == 7


def test_the_key_is_the_same_elsewhere_and_whatever_else_changes(project, tmp_path, monkeypatch):
    before = inputs.key("train@0-0")
    Path("params.yaml").write_text("other: 1\ntrain:\n  epochs: 9\n  lr: 0.001\nsplit:\n  seed: 0\n")
    (tmp_path / "data/raw").rename(tmp_path / "data/away")
    assert inputs.key("train@0-0") == before


def test_before_the_first_run_there_is_nothing_to_hold_inputs_against(project):
    Path("dvc.lock").unlink()
    inputs.check("train@0-0")


def test_the_md5_of_a_folder_is_dvcs(reproduced):
    lock = YAML(typ="safe").load(reproduced.read("dvc.lock"))["stages"]
    for name, path in (("download", "data/raw"), ("filter", "data/filtered"), ("package", "export")):
        assert files.md5(reproduced.folder / path) == next(out["md5"] for out in lock[name]["outs"] if out["path"] == path)
    models = next(dep["md5"] for dep in lock["evaluate"]["deps"] if dep["path"] == "models")
    assert files.md5(reproduced.folder / "models") == models
