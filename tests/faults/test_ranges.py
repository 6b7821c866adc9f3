"""Lines 50, 51: numbers that no stage can work with, and strings that a shell would run."""

import math
import re

import numpy as np
import pytest

from tests.faults.archives import take_back
from tests.faults.filtered import pictures
from tests.faults.knobs import refused, valued
from xrays import files

AT = r"^error: params.yaml:\d+: "


@pytest.mark.line(50, "input")
@pytest.mark.parametrize(("key", "written", "said"), [
    ("train.lr", "0", "0 is not allowed: must be greater than 0"),
    ("train.lr", "-0.1", "-0.1 is not allowed: must be greater than 0"),
    ("train.lr", "30", "30 is not allowed: must be less than or equal to 1"),
    ("train.lr", ".nan", "nan is not allowed: must be a finite number"),
    ("train.lr", ".inf", "inf is not allowed: must be a finite number"),
    ("train.epochs", "0", "0 is not allowed: must be greater than or equal to 1"),
    ("train.epochs", "-1", "-1 is not allowed: must be greater than or equal to 1"),
    ("train.epochs", "1000000000", "1000000000 is not allowed: must be less than or equal to 1000"),
    ("train.batch", "0", "0 is not allowed: must be greater than or equal to 2"),
    ("train.batch", "1", "1 is not allowed: must be greater than or equal to 2"),
    ("train.batch", "100000", "100000 is not allowed: must be less than or equal to 1024"),
    ("train.inner_share", "0", "0 is not allowed: must be greater than or equal to 0.05"),
    ("train.inner_share", "1", "1 is not allowed: must be less than or equal to 0.5"),
    ("train.size", "0", "0 is not allowed: must be greater than or equal to 32"),
    ("train.size", "100000", "100000 is not allowed: must be less than or equal to 512"),
    ("train.size", "65", "65 is larger than filter.size 64"),
    ("filter.size", "0", "0 is not allowed: must be greater than or equal to 32"),
    ("filter.size", "100000", "100000 is not allowed: must be less than or equal to 512"),
    ("filter.max_bad", "-0.1", "-0.1 is not allowed: must be greater than or equal to 0"),
    ("filter.max_bad", "5", "5 is not allowed: must be less than or equal to 1"),
    ("split.folds", "1", "1 is not allowed: must be greater than or equal to 2"),
    ("split.seed", "-1", "-1 is not allowed: must be greater than or equal to 0"),
    ("split.seed", "4294967296", "4294967296 is not allowed: must be less than or equal to 4294967295"),
    ("split.min_positive", "0", "0 is not allowed: must be greater than or equal to 1"),
    ("phantom.patients", "7", "7 is not allowed: must be greater than or equal to 8"),
    ("train.seeds", "[-1]", "-1 is not allowed: must be greater than or equal to 0"),
    ("train.seeds", "[4294967296]", "4294967296 is not allowed: must be less than or equal to 4294967295"),
    ("train.folds", "[]", "must hold at least one number"),
    ("train.folds", "[1, 0]", "must be sorted and without repeats"),
    ("train.folds", "[0, 3]", "[3] not among the folds 0 to 2 of split.folds"),
    ("train.arch", "vgg16", "'vgg16' is not allowed: must be 'resnet18' or 'resnet50'"),
    ("train.threads", "0", "0 is not allowed: must be greater than or equal to 1"),
    ("train.device", "cuda", "must be cpu with train.determinism: portable (or set that to fast)"),
])
def test_a_value_out_of_range_is_named_with_the_range(archive_bench, key, written, said):
    refused(archive_bench, valued(key, written), rf"{AT}{key}(\.0)?: {re.escape(said)}")


@pytest.mark.line(50, "input")
def test_a_batch_larger_than_the_set_is_refused_by_the_stage(bench):
    bench.set(train__batch=1000)
    bench.fails("train@0-0", r"^error: train.batch 1000 is larger than the \d+ training pictures: lower it")
    take_back(bench)
    bench.recovers("train@0-0", "train@1-0")


@pytest.mark.line(50, "accepted")
def test_a_last_batch_of_one_picture_trains_a_model_of_finite_numbers(bench):
    """Batch normalisation knows no spread of one picture; fastai's own loader would hand it over."""
    manifest = files.read_csv(bench.folder / "data/filtered/manifest.csv")
    asked = files.read_csv(bench.folder / "models/fold-0-seed-0.logits.csv")
    training = int(manifest["role"].eq("study").sum()) - len(asked)
    assert training > 3
    bench.set(train__batch=training - 1)
    bench.run("dvc", "repro", "train@0-0")
    logits = files.read_csv(bench.folder / "models/fold-0-seed-0.logits.csv", {"logit": float})
    assert len(logits) == len(asked) and logits["logit"].map(math.isfinite).all()


@pytest.mark.line(50, "accepted")
def test_another_size_in_range_is_the_size_of_the_pictures(archive_bench):
    """DVC's run cache leaves a param named `size` out of its key, so filter.size must be tracked by its own name."""
    archive_bench.set(filter__size=96)
    archive_bench.run("dvc", "repro", "filter")
    assert {picture.shape for picture in pictures(archive_bench).values()} == {(96, 96)}
    take_back(archive_bench)
    archive_bench.recovers("download", "filter")
    assert np.load(archive_bench.folder / "data/filtered/pictures.npy").shape[1:] == (64, 64)


COMMANDS = "x\"; touch pwned; $(touch pwned)`touch pwned`|touch pwned&&touch pwned\ntouch pwned\n"
WRITTEN = '"' + COMMANDS.replace('"', r'\"').replace("\n", r"\n") + '"'


@pytest.mark.line(51, "input")
@pytest.mark.parametrize("key", [
    "data.source", "data.sha256", "data.patients", "data.patients_sha256", "phantom.preset", "filter.fit",
    "split.method", "train.arch", "train.weights", "train.normalize", "train.balance", "train.determinism",
    "train.device", "train.epochs", "evaluate.threshold",
])
def test_what_a_shell_would_run_is_refused_and_stays_inert(archive_bench, key):
    refused(archive_bench, valued(key, WRITTEN),
            rf"{AT}{key}: 'x\"; '… .{len(COMMANDS)} characters. is not allowed: must be ")
    assert not list(archive_bench.folder.rglob("*pwned*")) and not list(archive_bench.folder.parent.glob("*pwned*"))


@pytest.mark.line(51, "input")
@pytest.mark.parametrize("key", ["train.folds", "train.seeds"])
def test_a_matrix_that_a_shell_would_run_stays_inert(archive_bench, key):
    """They are part of a stage's name and of its outs' names, but not of its command."""
    refused(archive_bench, valued(key, "['0; touch pwned; $(touch pwned)']"),
            rf"{AT}{key}.0: '0; t'… .30 characters. is not allowed: must be a valid integer")
    assert not list(archive_bench.folder.rglob("*pwned*"))


@pytest.mark.line(51, "input")
def test_what_dvc_would_interpolate_stays_text(archive_bench):
    refused(archive_bench, valued("train.arch", '"${train.weights}"'),
            rf"{AT}train.arch: '\$\{{tr'… .16 characters. is not allowed: must be 'resnet18' or 'resnet50'")
