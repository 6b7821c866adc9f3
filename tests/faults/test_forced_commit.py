"""Line 72: a half-made out that `dvc commit --force` put into dvc.lock, on a machine that remembers no better run."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from tests.faults.repairs import Verified, linked, replace

LOGITS = "models/fold-0-seed-0.logits.csv"
ASKED, MAPS = "data/probes/fold-0-seed-0.logits.csv", "data/probes/fold-0-seed-0.cams.npy"
PERMUTED = "data/probes/fold-1-seed-0.permuted.csv"


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    bench = linked(reproduced, tmp_path / "bench")
    shutil.rmtree(bench.folder / ".dvc" / "cache" / "runs")
    return bench


def half_of_the_pictures(folder: Path) -> None:
    for path in sorted((folder / "data" / "raw").rglob("*.jpeg"))[::2]:
        path.unlink()


def half_of_the_rows(folder: Path) -> None:
    path = next((folder / "data" / "raw").glob("*Metadata.csv"))
    lines = path.read_bytes().splitlines(keepends=True)
    replace(path, b"".join(lines[:len(lines) // 2]))


def cut(path: str, to_a_line: bool = False) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = (folder / path).read_bytes()
        half = content[:len(content) // 2]
        replace(folder / path, half[:half.rindex(b"\n") + 1] if to_a_line else half)
    return change


def one_model_less(folder: Path) -> None:
    path = folder / "export" / "model.safetensors"
    kept = {name: value for name, value in load_file(path).items() if name.startswith("fold-0")}
    path.unlink()
    save_file(kept, path)


def other_weights(folder: Path) -> None:
    replace(folder / "models/fold-0-seed-0.safetensors", (folder / "models/fold-1-seed-0.safetensors").read_bytes())


def other_probe(folder: Path) -> None:
    replace(folder / ASKED, (folder / "data/probes/fold-1-seed-0.logits.csv").read_bytes())


CASES = [
    ("download", "data/raw", half_of_the_pictures, "files missing or cut"),
    ("download", "data/raw", half_of_the_rows, "1 of 173 files missing or cut (Chest_xray_Corona_Metadata.csv)"),
    ("filter", "data/filtered", cut("data/filtered/manifest.csv", to_a_line=True), "its manifest names"),
    ("filter", "data/filtered", cut("data/filtered/pictures.npy"), "cannot be read"),
    ("filter", "data/filtered", cut("data/filtered/lungs.npy"), "cannot be read"),
    ("filter", "data/external", cut("data/external/manifest.csv", to_a_line=True), "its manifest names"),
    ("weights", "data/weights", cut("data/weights/initial.safetensors"), "cannot be read"),
    ("train@0-0", LOGITS, cut(LOGITS), "ends in the middle of a line"),
    ("train@0-0", LOGITS, cut(LOGITS, to_a_line=True), "it holds"),
    ("train@0-0", "models/fold-0-seed-0.safetensors", cut("models/fold-0-seed-0.safetensors"), "cannot be read"),
    ("train@0-0", "models/fold-0-seed-0.safetensors", other_weights, "it says that it is fold 1"),
    ("train@1-0", "models/fold-1-seed-0.batch.png", cut("models/fold-1-seed-0.batch.png"), "cannot be read"),
    ("probe@0-0", ASKED, cut(ASKED, to_a_line=True), "it holds"),
    ("probe@0-0", ASKED, other_probe, "it holds"),
    ("probe@0-0", MAPS, cut(MAPS), "cannot be read"),
    ("probe@1-0", PERMUTED, cut(PERMUTED, to_a_line=True), "it holds"),
    ("evaluate", "metrics/predictions.csv", cut("metrics/predictions.csv", to_a_line=True), "rows for"),
    ("evaluate", "metrics/metrics.json", cut("metrics/metrics.json"), "ends in the middle of a line"),
    ("evaluate", "metrics/platform.json", cut("metrics/platform.json", to_a_line=True), "cannot be read"),
    *((stage, path, cut(path, to_a_line=True), "computed from") for stage, path in [
        ("evaluate", "metrics/roc.csv"), ("evaluate", "metrics/calibration.csv"), ("evaluate", "metrics/strata.csv"),
        ("evaluate", "metrics/decision.csv"), ("audit", "metrics/audit.csv"),
        ("audit", "metrics/external_predictions.csv")]),
    ("filter", "metrics/data.json", cut("metrics/data.json", to_a_line=True), "cannot be read"),
    ("audit", "metrics/audit.json", cut("metrics/audit.json", to_a_line=True), "cannot be read"),
    ("audit", "metrics/external.json", cut("metrics/external.json", to_a_line=True), "cannot be read"),
    ("report", "reports/report.html", cut("reports/report.html"), "ends before </html>"),
    ("report", "reports/model_card.md", cut("reports/model_card.md", to_a_line=True), "not the one written from metrics"),
    ("package", "export", cut("export/README.md", to_a_line=True), "README.md not as in metrics and reports/"),
    ("package", "export", one_model_less, "it holds fold-0-seed-0, the lock fold-0-seed-0, fold-1-seed-0"),
]


@pytest.mark.line(72, "fault")
@pytest.mark.parametrize("stage, out, change, says", CASES, ids=[f"{case[0]} {case[1]} {case[3]}" for case in CASES])
def test_a_half_made_out_that_was_committed_by_force_is_seen_by_its_content(bench, stage, out, change, says):
    change(bench.folder)
    bench.dvc("commit", "--force", stage)
    line = next(line for line in bench.findings() if line.startswith(f"{out}: "))
    assert line.startswith(f"{out}: partial, ") and says in line and f"(made by {stage})" in line
    assert line.endswith(f"dvc repro --force --single-item {stage} && make repro")
    bench.mend()


@pytest.mark.line(72, "fault")
def test_half_a_data_set_is_seen_even_if_all_that_follows_was_committed_with_it(bench):
    half_of_the_pictures(bench.folder)
    bench.dvc("commit", "--force")
    assert not any("stale" in line for line in bench.findings())
    bench.mend()


@pytest.mark.line(72, "fault")
def test_a_cut_picture_of_a_zip_that_was_taken_in_is_seen_before_filter_ran_on_it(archived, tmp_path):
    bench = linked(archived, tmp_path / "archived")
    shutil.rmtree(bench.folder / ".dvc" / "cache" / "runs")
    picture = next((bench.folder / "data" / "raw").rglob("*.jpeg"))
    replace(picture, picture.read_bytes()[:-100])
    bench.dvc("commit", "--force", "download")
    line, = (line for line in bench.findings() if line.startswith("data/raw: "))
    assert f"files missing or cut ({picture.name}) (made by download): rm -rf .dvc/cache/runs/" in line
    bench.run("sh", "-c", line.rpartition(": ")[2].removesuffix(" && make repro"))
    bench.recovers("download", "filter")
