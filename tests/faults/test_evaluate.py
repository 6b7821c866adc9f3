"""Lines 76 to 79: models and tables that do not belong together, and plots without a display."""

import json
import stat

import pytest
from safetensors.numpy import load_file, save_file

from tests.faults.bench import Bench
from tests.faults.repairs import Verified, linked
from xrays import models

WEIGHTS = "models/fold-0-seed-0.safetensors"
LOGITS = "models/fold-0-seed-0.logits.csv"


def write(bench: Bench, path: str, content: bytes) -> None:
    """Put other bytes in the place of an out, and leave the cache as it is."""
    place = bench.folder / path
    place.unlink()
    place.write_bytes(content)


def lock_by_force(bench: Bench, path: str, content: bytes) -> None:
    """Put other bytes in the place of an out of train@0-0, and have dvc.lock say that they are right."""
    write(bench, path, content)
    bench.dvc("commit", "--force", "train@0-0")


@pytest.fixture
def locked(reproduced, tmp_path) -> Verified:
    return linked(reproduced, tmp_path / "bench")


def again(bench: Bench) -> None:
    """Make evaluate run anew."""
    bench.set(evaluate__threshold="half")


@pytest.mark.line(76, "fault")
@pytest.mark.parametrize("path", [WEIGHTS, LOGITS])
def test_a_model_file_that_is_missing_is_made_anew(bench, path):
    (bench.folder / path).unlink()
    bench.recovers("train@0-0", "evaluate", "package")


@pytest.mark.sample
@pytest.mark.line(76, "fault")
def test_a_stage_on_its_own_refuses_another_model_than_the_locks(bench):
    write(bench, LOGITS, (bench.folder / "models/fold-1-seed-0.logits.csv").read_bytes())
    again(bench)
    bench.fails("evaluate", f"{LOGITS} is not what train@0-0 made", "run `make verify`",
                command=("dvc", "repro", "--single-item", "evaluate"))
    bench.git("checkout", "--quiet", "params.yaml", "metrics")
    bench.recovers("train@0-0", "evaluate", "package")


@pytest.mark.line(76, "fault")
@pytest.mark.parametrize("change", ["architecture", "class order"])
def test_a_package_of_other_models_than_the_locks_is_refused(bench, change):
    tensors = load_file(bench.folder / WEIGHTS)
    if change == "architecture":
        tensors.pop(sorted(tensors)[0])
    else:  # the last layer's two rows
        name = next(name for name in sorted(tensors, reverse=True) if tensors[name].shape[:1] == (2,))
        tensors[name] = tensors[name][::-1].copy()
    save_file(tensors, bench.folder.parent / "other.safetensors", metadata={"model": "{}"})
    write(bench, WEIGHTS, (bench.folder.parent / "other.safetensors").read_bytes())
    bench.set(evaluate__shown=5)
    bench.fails("package", f"{WEIGHTS} is not what train@0-0 made",
                command=("dvc", "repro", "--single-item", "package"))
    bench.git("checkout", "--quiet", "params.yaml")
    bench.recovers("train@0-0", "evaluate", "package")


CHANGES = {  # of a model file → what it is named for
    "architecture": (lambda tensors, about: tensors.pop("0.0.weight"),
                     "1 tensors missing or not resnet18's (0.0.weight)"),
    "class order": (lambda tensors, about: about["classes"].reverse(),
                    "it says that it is classes ['COVID-19', 'Normal']"),
    "size": (lambda tensors, about: about.update(size=48), "it says that it is size 48"),
    "normalize": (lambda tensors, about: about.update(normalize="none"), "it says that it is normalize none"),
}


@pytest.mark.line(76, "fault")
@pytest.mark.parametrize("change", CHANGES)
def test_another_model_that_was_locked_by_force_is_seen_by_its_content(locked, change):
    tensors, about = load_file(locked.folder / WEIGHTS), models.read_about(locked.folder / WEIGHTS)
    changed, says = CHANGES[change]
    changed(tensors, about)
    save_file(tensors, locked.folder.parent / "other", metadata={models.METADATA: json.dumps(about)})
    lock_by_force(locked, WEIGHTS, (locked.folder.parent / "other").read_bytes())
    assert any(line.startswith(f"{WEIGHTS}: partial, {says} (made by train@0-0)") for line in locked.findings())
    locked.mend()


@pytest.mark.line(77, "input")
@pytest.mark.parametrize("folds, seed, says", [
    (20, 0, r"fold \d+ has 0 COVID-19 patients, fewer than split.min_positive 1: try another split.seed, "),
    (8, 8, "fold 4 has no Normal picture to judge by: try another split.seed, or fewer split.folds")],
    ids=["no COVID-19", "no Normal"])
def test_a_fold_without_one_class_is_refused_before_it_is_judged(bench, folds, seed, says):
    bench.set(split__min_positive=1, split__folds=folds, split__seed=seed)
    bench.fails("filter", says)
    bench.git("checkout", "--quiet", "params.yaml", "metrics")
    bench.recovers("filter", "train@0-0", "train@1-0", "evaluate", "package")


@pytest.mark.line(78, "variation")
@pytest.mark.parametrize("shell", [
    {"DISPLAY": "", "MPLBACKEND": "TkAgg"}, {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
    {"MATPLOTLIBRC": "given"}], ids=["no display", "no home", "a matplotlibrc of one's own"])
def test_plots_are_the_same_bytes_without_display_home_or_default_style(bench, shell, tmp_path):
    rc = tmp_path / "matplotlibrc"
    rc.write_text("font.size: 20\nfont.family: cursive\nsavefig.dpi: 33\n")
    bench.environment = {name: str(rc) if value == "given" else value for name, value in shell.items()}
    for path in [*bench.folder.glob("metrics/*.png"), *bench.folder.glob("reports/*")]:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
        path.unlink()
    bench.recovers("evaluate", "audit", "report")


ROWS = {  # of a table of logits → what is said of it once the lock calls it right
    "a row less": (lambda lines: lines[:-1], "and the manifest disagree on the pictures of fold 0: run `make verify`"),
    "a row twice": (lambda lines: [*lines, lines[-1]], "and the manifest disagree on the pictures of fold 0"),
    "another column": (lambda lines: [lines[0].replace("logit", "score"), *lines[1:]],
                       "has the columns image, part, score, not image, part, logit: run `make verify`"),
}
EVALUATE = ("dvc", "repro", "--single-item", "evaluate")


def spoilt(bench: Bench, change: str) -> tuple[bytes, str]:
    """The logits of fold 0 with other rows, and what evaluate says of them."""
    changed, says = ROWS[change]
    return ("\n".join(changed((bench.folder / LOGITS).read_text().splitlines())) + "\n").encode(), f"{LOGITS} {says}"


@pytest.mark.line(79, "fault")
@pytest.mark.parametrize("change", ROWS)
def test_logits_that_are_not_the_locks_are_refused_unread(bench, change):
    write(bench, LOGITS, spoilt(bench, change)[0])
    again(bench)
    bench.fails("evaluate", f"{LOGITS} is not what train@0-0 made", command=EVALUATE)
    bench.git("checkout", "--quiet", "params.yaml", "metrics")
    bench.recovers("train@0-0", "evaluate", "package")


@pytest.mark.line(79, "fault")
@pytest.mark.parametrize("change", ROWS)
def test_logits_that_were_locked_by_force_are_refused_by_what_they_hold(locked, change):
    content, says = spoilt(locked, change)
    lock_by_force(locked, LOGITS, content)
    locked.fails("evaluate", says, command=EVALUATE)
    locked.mend()
