"""Lines 66, 67, 71 and 73: DVC's cache and the outs that it links; DVC itself reads no read-only object again."""

import io
import shutil

import pytest
from dvc.utils import dict_sha256
from ruamel.yaml import YAML

from tests.faults.bench import one_line
from tests.faults.repairs import Verified, flip, linked, replace
from xrays import files
from xrays.verification import runs

MODEL = "models/fold-0-seed-0.safetensors"
LOGITS = "models/fold-0-seed-0.logits.csv"
STAGES = ("download", "filter", "weights", "train@0-0", "train@1-0", "evaluate", "probe@0-0", "probe@1-0", "audit",
          "report", "package")


@pytest.fixture
def bench(reproduced, tmp_path) -> Verified:
    return linked(reproduced, tmp_path / "bench")


@pytest.mark.line(66, "fault")
@pytest.mark.parametrize("mode", [0o644, 0o444])
@pytest.mark.parametrize("out, number", [(MODEL, 0), ("data/raw", 5), ("data/filtered", 0)])
def test_a_damaged_object_is_named_with_its_out_and_the_printed_repair_mends_it(bench, out, number, mode):
    damaged = bench.object(out, number)
    damaged.chmod(mode)
    flip(damaged)
    line, = bench.findings()
    assert line.startswith(f"{out}: damaged") and damaged.relative_to(bench.folder).as_posix() in line
    bench.mend()


@pytest.mark.line(66, "fault")
@pytest.mark.parametrize("out, number", [(MODEL, 0), ("data/filtered", 2)])
def test_a_run_after_damage_in_place_stops_and_names_it_and_never_blesses_it(bench, out, number):
    flip(bench.object(out, number))
    output = bench.run("sh", "-c", "python -m commands.repro; test $? -ne 0")
    line = one_line(output)
    assert out in line and "`make verify`, which names the" in line
    assert bench.outs() == bench.reference
    bench.mend()


@pytest.mark.line(66, "fault")
def test_a_damaged_object_of_another_branch_is_named_and_removed(bench):
    other = bench.object(LOGITS).parents[1] / "00" / ("0" * 30)
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(b"not what its name says")
    line, = bench.findings()
    assert "damaged, an object of no out in this dvc.lock: rm -f .dvc/cache/files/md5/00/0000" in line
    bench.mend()
    assert not other.exists()


@pytest.mark.line(67, "fault")
@pytest.mark.parametrize("out, number, kept", [
    (MODEL, 0, True), ("data/raw", 5, True), ("data/raw", 0, True), (LOGITS, 0, False), ("data/filtered", 0, False)])
def test_a_missing_object_is_named_and_made_anew_or_taken_from_the_work_tree(bench, out, number, kept):
    missing = bench.object(out, number)
    missing.unlink()
    if not kept:
        shutil.rmtree(bench.folder / out) if (bench.folder / out).is_dir() else (bench.folder / out).unlink()
    line, = bench.findings()
    assert line.startswith(f"{out}: missing") and missing.relative_to(bench.folder).as_posix() in line
    assert ("dvc commit --force" in line) == kept  # nothing is trained again that still lies in the work tree
    bench.mend()


@pytest.mark.line(67, "fault")
def test_a_lost_cache_is_filled_from_the_work_tree_without_a_single_stage_running(bench):
    shutil.rmtree(bench.folder / ".dvc" / "cache")
    lines = bench.findings()
    assert len(lines) == len(bench.cached()) and all("missing in DVC's cache" in line for line in lines)
    model = (bench.folder / MODEL).stat().st_mtime_ns
    bench.mend()
    assert (bench.folder / MODEL).stat().st_mtime_ns == model


@pytest.mark.line(71, "fault")
@pytest.mark.parametrize("path, out", [(LOGITS, LOGITS), ("data/filtered/manifest.csv", "data/filtered"),
                                       ("metrics/metrics.json", "metrics/metrics.json"),
                                       ("export/README.md", "export")])
def test_an_out_edited_by_hand_is_named_and_a_plain_run_brings_back_its_bytes(bench, path, out):
    replace(bench.folder / path, (bench.folder / path).read_bytes().replace(b"0", b"1"))
    line, = bench.findings()
    assert line.startswith(f"{out}: damaged")
    bench.recovers(*STAGES)
    bench.run("python", "-m", "commands.verify")
    bench.is_the_reference()


@pytest.mark.line(71, "fault")
@pytest.mark.parametrize("stray, repair", [("models/notes.txt", "mv --no-clobber models/notes.txt notes.txt"),
                                           ("models/fold-7-seed-0.logits.csv", "make repro"),
                                           ("metrics/old.csv", "mv --no-clobber metrics/old.csv old.csv"),
                                           ("models/.fold-0-seed-0.logits.csv.unfinished",
                                            "rm -rf models/.fold-0-seed-0.logits.csv.unfinished")])
def test_a_file_that_no_stage_made_is_named_among_the_outs(bench, stray, repair):
    (bench.folder / stray).write_text("a person's\n")
    line, = bench.findings()
    assert line.startswith(f"{stray}: ") and line.endswith(f": {repair}")
    bench.mend()


def remember_other_outs(bench: Verified) -> None:
    """A run of fold 0 as a careless colleague's machine might have left it: fold 1's weights from the same inputs."""
    entry = bench.entry("train@0-0")
    folder, = runs.remembered(bench.folder / ".dvc" / "cache", entry)
    for out in entry["outs"]:
        if out["path"] == MODEL:
            out["md5"] = bench.reference["models/fold-1-seed-0.safetensors"]
    text = io.StringIO()
    YAML().dump(entry, text)
    (folder / dict_sha256(entry, exclude=runs.UNHASHED)).write_text(text.getvalue())


@pytest.mark.line(73, "fault")
def test_a_remembered_run_with_other_outs_is_named_and_goes_where_the_lock_is_the_committed_one(bench):
    remember_other_outs(bench)
    line, = bench.findings()
    assert "foreign, a remembered run of train@0-0 with other outs than dvc.lock's from the same inputs: rm -f " in line
    bench.mend()


@pytest.mark.line(73, "fault")
def test_where_dvc_took_a_foreign_run_the_stage_itself_has_to_tell(bench):
    remember_other_outs(bench)
    (bench.folder / "dvc.lock").unlink()  # so DVC brings back the newest remembered run: fold 1's weights as fold 0's
    bench.run("python", "-m", "commands.repro")
    assert files.md5(bench.folder / MODEL) == bench.reference["models/fold-1-seed-0.safetensors"]
    assert any("dvc repro --force --single-item train@0-0" in line for line in bench.findings())
    bench.mend()


@pytest.mark.line(73, "fault")
@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"cmd: [\n", b"cmd: python -m stages.train\nouts: []\n"])
def test_a_remembered_run_that_is_damaged_is_named(bench, content):
    folder, = runs.remembered(bench.folder / ".dvc" / "cache", bench.entry("package"))
    next(folder.iterdir()).write_bytes(content)
    line, = bench.findings()
    assert "damaged, a remembered run that is not what its name says: rm -f .dvc/cache/runs/" in line
    bench.mend()
