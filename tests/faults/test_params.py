"""Lines 48, 49: params.yaml that is not the schema's; each mistake is told with its line."""

import re

import pytest

from tests.faults.archives import take_back
from tests.faults.knobs import refused, refused_by_dvc, valued, write

AT = r"^error: params.yaml:\d+: "


def without(key: str):
    return lambda text: re.sub(rf"(?m)^  {key}: .*\n", "", text)


def before_flip(line: str):
    return lambda text: text.replace("  flip: ", f"{line}\n  flip: ", 1)


@pytest.mark.line(48, "input")
@pytest.mark.parametrize(("change", "said"), [
    pytest.param(without("epochs"), "train.epochs: is missing: put its line back", id="missing key"),
    pytest.param(lambda text: text[:text.index("evaluate:")], "evaluate: is missing: put its line back",
                 id="missing section"),
    pytest.param(before_flip("  flop: true"), "train.flop: is no key of this project: delete it, or correct its name",
                 id="unknown key"),
    pytest.param(lambda text: text + "serve:\n  port: 80\n", "serve: is no key of this project: delete it",
                 id="unknown section"),
    pytest.param(lambda text: text[:text.index("evaluate:")] + "evaluate:\n", "evaluate: must be a section of keys",
                 id="empty section"),
    pytest.param(lambda text: text[:text.index("evaluate:")] + "evaluate: 12\n", "evaluate: must be a section of keys",
                 id="section that is a number"),
])
def test_keys_that_are_not_the_schemas_are_named(archive_bench, change, said):
    refused(archive_bench, change, AT + said)


@pytest.mark.line(48, "input")
@pytest.mark.parametrize(("change", "said", "dvc"), [
    pytest.param(before_flip("  epochs: 7"), AT + r'is not valid YAML \(found duplicate key "epochs"\): correct',
                 "unable to read: 'params.yaml', YAML file structure is corrupted", id="duplicate key"),
    pytest.param(lambda text: text.replace("  flip: ", "\tflip: ", 1), AT + r"is not valid YAML \(found character '.t'",
                 "unable to read: 'params.yaml', YAML file structure is corrupted", id="tab"),
    pytest.param(lambda text: text + "---\na: 1\n", AT + r"is not valid YAML \(but found another document\)",
                 "unable to read: 'params.yaml', YAML file structure is corrupted", id="two documents"),
    pytest.param(before_flip("<<<<<<< HEAD\n  flip: false\n=======\n  flip: true\n>>>>>>> main"),
                 AT + "is an unfinished merge: keep the lines of one side and delete the others",
                 "unable to read: 'params.yaml', YAML file structure is corrupted", id="unfinished merge"),
    pytest.param(lambda text: text.encode() + b"# Gr\xfc\xdfe\n", AT + "is not UTF-8 text: save the file as UTF-8",
                 "unable to read: 'params.yaml', is not valid utf-8", id="Latin-1"),
    pytest.param(lambda text: text + "# \0\n", AT + r"is not valid YAML \(unacceptable character #x0000",
                 "unable to read: 'params.yaml', YAML file structure is corrupted", id="NUL"),
    pytest.param(lambda text: "", "^error: params.yaml holds no sections: restore it with `git checkout params.yaml`",
                 "failed to parse 'stages.train.matrix' in 'dvc.yaml'", id="empty"),
    pytest.param(lambda text: "# nothing\n", "^error: params.yaml holds no sections: restore it with `git checkout",
                 "failed to parse 'stages.train.matrix' in 'dvc.yaml'", id="comments only"),
])
def test_a_file_that_is_no_yaml_is_told_by_both(archive_bench, change, said, dvc):
    refused_by_dvc(archive_bench, change, said, dvc=dvc)


@pytest.mark.line(48, "input")
def test_all_mistakes_are_told_at_once_each_with_its_line(archive_bench):
    for change in (valued("train.lr", "no"), valued("split.folds", "1"), before_flip("  flop: true")):
        write(archive_bench, change)
    lines = ["", *archive_bench.read("params.yaml").splitlines()]
    said = archive_bench.run("python", "-m", "commands.repro", code=1)
    told = re.findall(r"(?m)^(?:error: )?params.yaml:(\d+): (\S+): ", said)
    assert [key for _, key in told] == ["split.folds", "train.lr", "train.flop"]
    assert [lines[int(number)][:8] for number, _ in told] == ["  folds:", "  lr: no", "  flop: "]
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")


@pytest.mark.line(49, "input")
@pytest.mark.parametrize(("key", "written", "said"), [
    ("train.lr", "'1e-3'", "'1e-3' is not allowed: must be a valid number"),
    ("train.lr", "no", "'no' is not allowed: must be a valid number"),
    ("train.lr", "0,003", "'0,003' is not allowed: must be a valid number"),
    ("train.lr", "[0.003]", "a list is not allowed: must be a valid number"),
    ("train.flip", "no", "'no' is not allowed: must be a valid boolean"),
    ("train.flip", "1", "1 is not allowed: must be a valid boolean"),
    ("train.epochs", "true", "true is not allowed: must be a valid integer"),
    ("train.epochs", "1.5", "1.5 is not allowed: must be a valid integer"),
    ("train.epochs", "'16'", "'16' is not allowed: must be a valid integer"),
    ("train.epochs", "", "null is not allowed: must be a valid integer"),
    ("train.epochs", "{first: 1}", "a section is not allowed: must be a valid integer"),
    ("data.source", "[archive]", "a list is not allowed: must be 'phantom', 'kaggle' or 'archive'"),
    ("data.source", "~", "null is not allowed: must be 'phantom', 'kaggle' or 'archive'"),
    ("data.sha256", "0", "0 is not allowed: must be a valid string"),
    ("train.folds", "[true]", "true is not allowed: must be a valid integer"),
    ("train.folds", "['0']", "'0' is not allowed: must be a valid integer"),
    ("train.folds", "[0.5]", "0.5 is not allowed: must be a valid integer"),
])
def test_a_value_of_another_type_is_named(archive_bench, key, written, said):
    refused(archive_bench, valued(key, written), rf"{AT}{key}(\.0)?: {re.escape(said)}")


@pytest.mark.line(49, "input")
@pytest.mark.parametrize(("key", "written", "said", "dvc"), [
    ("train.folds", "", "train.folds: null is not allowed: must be a valid list", "unexpected error"),
    ("train.folds", "0", "train.folds: 0 is not allowed: must be a valid list", "unexpected error"),
    ("train.seeds", "[[0]]", "train.seeds.0: a list is not allowed: must be a valid integer",
     "failed to parse 'stages.train@0-seed0.outs' in 'dvc.yaml'"),
])
def test_a_matrix_that_is_no_list_of_numbers_starts_nothing(archive_bench, key, written, said, dvc):
    refused_by_dvc(archive_bench, valued(key, written), AT + said, dvc=dvc)


@pytest.mark.line(49, "accepted")
@pytest.mark.parametrize(("key", "written"), [
    ("train.lr", "3e-3"), ("train.lr", "0.0030"), ("filter.max_bad", "5e-2"), ("train.epochs", "01"),
    ("train.folds", "[ 0,1 ]"),
])
def test_a_number_in_another_spelling_is_the_same_number_and_reruns_nothing(archive_bench, key, written):
    archive_bench.run("dvc", "repro", "weights")
    write(archive_bench, valued(key, written))
    said = archive_bench.run("dvc", "repro", "filter", "weights")
    assert said.count("didn't change, skipping") == 3
    archive_bench.run("python", "-c", "from xrays import params; params.load()")
