"""params.yaml: typed, checked as a whole, every mistake with its line."""

import re
from pathlib import Path
from types import UnionType
from typing import Union, get_origin

import pytest
from ruamel.yaml import YAML

from xrays import params
from xrays.console import BadInput
from xrays.schema import EITHER

TEXT = Path("params.yaml").read_text(encoding="utf-8")


def loaded(tmp_path: Path, text: str):
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return params.load(path)


def test_the_committed_params_are_valid():
    assert params.load().data.source == "phantom"


def test_every_key_has_a_comment_that_says_what_it_reruns():
    keys = [line for line in TEXT.splitlines() if re.match(r"  \w+:", line)]
    assert len(keys) == 42
    for line in keys:
        assert re.search(r"# .+\. (Reruns .+|Adding one trains only that one)$", line), line


def test_all_mistakes_are_reported_at_once_each_with_its_line(tmp_path):
    text = TEXT.replace("lr: 0.003", "lr: no").replace("  flip: ", "  flipp: ").replace("source: phantom", "source: url")
    text = text.replace("folds: 3 ", "folds: 1 ")
    with pytest.raises(BadInput) as error:
        loaded(tmp_path, text)
    lines = str(error.value).splitlines()
    where = {line.split(": ")[1]: int(line.split(":")[1]) for line in lines}
    numbered = {line.strip().split(":")[0]: number for number, line in enumerate(text.splitlines(), 1)}
    assert where["train.lr"] == numbered["lr"]
    assert where["train.flipp"] == numbered["flipp"]
    assert where["data.source"] == numbered["source"]
    assert {"train.flip", "split.folds"} <= set(where)
    assert "must be 'phantom', 'kaggle' or 'archive'" in str(error.value)


@pytest.mark.parametrize(("old", "new", "said"), [
    ("epochs: ", "epochs: 0 # ", "train.epochs"),
    ("lr: ", "lr: .nan # ", "train.lr"),
    ("lr: ", "lr: '1e-3' # ", "train.lr"),
    ("seeds: [0]", "seeds: [-1]", "train.seeds"),
    ("folds: [0, 1, 2]", "folds: []", "train.folds"),
    ("folds: [0, 1, 2]", "folds: [1, 0]", "sorted"),
    ("folds: [0, 1, 2]", "folds: [0, 7]", "[7] not among the folds 0 to 2"),
    ("folds: [0, 1, 2]", "folds: ['0; touch pwned']", "train.folds"),
    ("method: grouped", "method: article", "must be [0]"),
    ("weights: none", "weights: hunter2", "SHA-256"),
    ("arch: resnet50", "arch: vgg", "'resnet18' or 'resnet50'"),
    ("device: cpu", "device: cuda", "must be cpu with train.determinism: portable"),
    ("  size: 64 ", "  size: 256 ", "larger than filter.size"),
    ("flip: true", "flip: yes", "train.flip"),
    ("threads: 2", "threads:", "train.threads"),
])
def test_a_bad_value_is_named(tmp_path, old, new, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        loaded(tmp_path, TEXT.replace(old, new, 1))


WORD_OR_NUMBER = "must be preset or a number from 0 to 1"
WORD_OR_LIST = "must be preset or a list of age, marker, bands, crop, jpeg, intensity, size"


@pytest.mark.parametrize(("key", "written", "said"), [
    ("rho", "1.5", f"1.5 is not allowed: {WORD_OR_NUMBER}"),
    ("rho", "half", f"'half' is not allowed: {WORD_OR_NUMBER}"),
    ("rho", "[0.5]", f"a list is not allowed: {WORD_OR_NUMBER}"),
    ("rho", ".nan", f"nan is not allowed: {WORD_OR_NUMBER}"),
    ("rho", "true", f"true is not allowed: {WORD_OR_NUMBER}"),
    ("rho", "", f"null is not allowed: {WORD_OR_NUMBER}"),
    ("shortcuts", "marker", f"'marker' is not allowed: {WORD_OR_LIST}"),
    ("shortcuts", "[age, mark]", f"'mark' is not allowed: {WORD_OR_LIST}"),
    ("shortcuts", "[[age]]", f"a list is not allowed: {WORD_OR_LIST}"),
    ("shortcuts", "{age: 1}", f"a section is not allowed: {WORD_OR_LIST}"),
    ("shortcuts", "[age, age]", "must be without repeats"),
])
def test_a_mistake_in_a_key_of_two_types_is_one_line(tmp_path, key, written, said):
    with pytest.raises(BadInput) as error:
        loaded(tmp_path, re.sub(rf"(?m)^  {key}: \S+", f"  {key}: {written}", TEXT))
    number = next(number for number, line in enumerate(TEXT.splitlines(), 1) if line.startswith(f"  {key}: "))
    assert str(error.value) == f"{tmp_path}/params.yaml:{number}: phantom.{key}: {said}"


def test_each_key_of_two_types_has_its_own_message():
    sections = {name: field.annotation for name, field in params.Params.model_fields.items()}
    unions = {f"{name}.{key}" for name, section in sections.items() for key, field in section.model_fields.items()
              if get_origin(field.annotation) in (UnionType, Union)}
    assert unions == set(EITHER) == {"phantom.rho", "phantom.shortcuts"}


@pytest.mark.parametrize(("key", "value"), [
    ("rho", 0.8), ("rho", 0.0), ("rho", "preset"), ("shortcuts", ["age", "size"]), ("shortcuts", []),
])
def test_either_type_is_saved_and_read_back(tmp_path, key, value):
    path = tmp_path / "params.yaml"
    path.write_text(TEXT, encoding="utf-8")
    params.save({f"phantom.{key}": value}, path)
    assert getattr(params.load(path).phantom, key) == value


@pytest.mark.parametrize(("text", "said"), [
    ("", "holds no sections"),
    ("data:\n\tsource: phantom\n", ":2: is not valid YAML"),
    (TEXT + "\ndata: {}\n", "found duplicate key"),
    ("- 1\n", "holds no sections"),
])
def test_a_broken_file_is_told_in_one_line(tmp_path, text, said):
    with pytest.raises(BadInput, match=said) as error:
        loaded(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_missing_file_says_how_to_get_it_back(tmp_path):
    with pytest.raises(BadInput, match="git checkout"):
        params.load(tmp_path / "params.yaml")


def test_numbers_are_read_as_dvc_reads_them(tmp_path):
    assert loaded(tmp_path, re.sub(r"  lr: \S+", "  lr: 1e-3", TEXT)).train.lr == 0.001


def test_saving_changes_the_value_and_keeps_everything_else(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(TEXT, encoding="utf-8")
    params.save({"train.folds": [0], "data.sha256": "0" * 64}, path)
    changed = [(old, new) for old, new in zip(TEXT.splitlines(), path.read_text().splitlines()) if old != new]
    assert [new.split("#")[0].strip() for _, new in changed] == [f'sha256: "{"0" * 64}"', "folds: [0]"]
    assert [old.split("#")[1] for old, _ in changed] == [new.split("#")[1] for _, new in changed]


def test_saving_something_wrong_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(BadInput):
        params.save({"train.lr": -1.0}, path)
    assert path.read_text(encoding="utf-8") == TEXT
    assert list(tmp_path.iterdir()) == [path]


def test_every_key_is_read_by_a_stage():
    yaml = YAML(typ="safe")
    stages = yaml.load(Path("dvc.yaml"))["stages"].values()
    tracked = {name for stage in stages for name in stage["params"] if isinstance(name, str)}
    keys = {f"{section}.{key}" for section, values in yaml.load(TEXT).items() for key in values}
    untracked = {key for key in keys if key not in tracked and key.split(".")[0] not in tracked}
    assert untracked == set()
    assert {name for name in tracked if "." in name} <= keys
