"""Lines 76 to 79: models and tables that do not belong together, and plots without a display."""

import stat

import pytest
from safetensors.numpy import load_file, save_file

from tests.faults.bench import Bench

WEIGHTS = "models/fold-0-seed-0.safetensors"
LOGITS = "models/fold-0-seed-0.logits.csv"


def write(bench: Bench, path: str, content: bytes) -> None:
    """Put other bytes in the place of an out, and leave the cache as it is."""
    place = bench.folder / path
    place.unlink()
    place.write_bytes(content)


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
    bench.fails("package", f"{WEIGHTS} is not what train@0-0 made", command=("dvc", "repro", "--single-item", "package"))
    bench.git("checkout", "--quiet", "params.yaml")
    bench.recovers("train@0-0", "evaluate", "package")


@pytest.mark.line(77, "input")
def test_a_fold_without_one_class_is_refused_before_it_is_judged(bench):
    bench.set(split__min_positive=1, split__folds=20, train__folds=[0, 1])
    line = bench.fails("filter", r"fold \d+ has 0 COVID-19 patients, fewer than split.min_positive 1",
                       "try another split.seed, fewer split.folds")
    assert "Traceback" not in line
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


@pytest.mark.line(79, "fault")
@pytest.mark.parametrize("change", [lambda lines: lines[:-1], lambda lines: [*lines, lines[-1]],
                                    lambda lines: [lines[0].replace("logit", "score"), *lines[1:]]],
                         ids=["a row less", "a row twice", "another column"])
def test_logits_that_do_not_match_the_manifest_are_refused(bench, change):
    lines = (bench.folder / LOGITS).read_text().splitlines()
    write(bench, LOGITS, ("\n".join(change(lines)) + "\n").encode())
    again(bench)
    bench.fails("evaluate", f"{LOGITS} is not what train@0-0 made",
                command=("dvc", "repro", "--single-item", "evaluate"))
    bench.git("checkout", "--quiet", "params.yaml", "metrics")
    bench.recovers("train@0-0", "evaluate", "package")


