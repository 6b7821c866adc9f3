"""What one model is asked hangs on that model alone, with DVC's own matrix stages in a folder of their own."""

from pathlib import Path

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from commands import prune, repro
from xrays import files, inputs
from xrays.console import BadInput
from xrays.verification import current

MODELS = "models/fold-${item.fold}-seed-${item.seed}.safetensors"
PROBES = "probes/fold-${item.fold}-seed-${item.seed}.csv"
PIPELINE = f"""
stages:
  train:
    matrix: {{fold: "${{folds}}", seed: [0, 7]}}
    cmd: mkdir -p models && cp code${{item.fold}} {MODELS}
    deps: ["code${{item.fold}}"]
    outs: ["{MODELS}"]
  probe:
    matrix: {{fold: "${{folds}}", seed: [0, 7]}}
    cmd: mkdir -p probes && cp {MODELS} {PROBES}
    deps: ["{MODELS}"]
    outs: ["{PROBES}"]
  audit:
    cmd: cat probes/*.csv > audit
    deps: [probes]
    outs: [audit]
"""
MODEL = Path("models/fold-1-seed-7.safetensors")


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"dvc.yaml": PIPELINE, "params.yaml": "folds: [0, 1]\n", "code0": "a\n", "code1": "b\n"}.items():
        Path(name).write_text(text)
    Repo.init(no_scm=True).close()
    return tmp_path


def reproduced() -> list[str]:
    """Names of the stages that DVC ran."""
    with Repo() as repo:
        return [stage.addressing for stage in repo.reproduce()]


def stale() -> dict[str, str]:
    """As `make verify` finds them. Commands are left out: they hold names only in this test's pipeline."""
    locked = inputs.read_yaml(inputs.LOCK)["stages"]
    lock = {name: entry | {"cmd": inputs.described(name)["cmd"]} for name, entry in locked.items()}
    with Repo() as repo:
        return current.stale(current.stages(repo), lock)


def test_a_probe_runs_after_its_own_model_and_again_only_when_that_one_changes(place):
    ran = reproduced()
    models = [f"train@{fold}-{seed}" for fold in (0, 1) for seed in (0, 7)]
    for name in models:
        assert ran.index(name) < ran.index(name.replace("train", "probe")) < ran.index("audit")
    assert reproduced() == [] and stale() == {}
    Path("code1").write_text("c\n")
    assert stale() == {"train@1-0": "code1 changed", "train@1-7": "code1 changed"}
    assert sorted(reproduced()) == ["audit", "probe@1-0", "probe@1-7", "train@1-0", "train@1-7"]
    assert stale() == {}


def test_a_model_of_other_bytes_makes_its_own_probe_stale_and_no_other(place):
    reproduced()
    lock = YAML(typ="safe").load(inputs.LOCK)
    lock["stages"]["train@1-7"]["outs"][0]["md5"] = "f" * 32
    YAML(typ="safe").dump(lock, inputs.LOCK)
    assert stale() == {"probe@1-7": f"{MODEL} changed"}


def test_the_deps_of_a_matrix_stage_are_those_of_its_own_fold_and_seed(place):
    assert inputs.described("probe@1-7")["deps"] == [str(MODEL)]
    assert inputs.described("audit")["deps"] == ["probes"]


def test_a_probe_refuses_its_own_damaged_model_and_does_not_look_at_others(place):
    reproduced()
    keys = {name: inputs.key(name) for name in ("probe@0-7", "probe@1-7")}
    assert len(set(keys.values())) == 2
    MODEL.chmod(0o644)
    MODEL.unlink()
    MODEL.write_text("damaged\n")
    inputs.check("probe@0-7")
    with pytest.raises(BadInput, match=f"^{MODEL} is not what train@1-7 made"):
        inputs.check("probe@1-7")


def test_a_fold_that_is_removed_leaves_no_probe_behind(place):
    reproduced()
    Path("params.yaml").write_text("folds: [0]\n")
    with Repo() as repo:
        described = current.stages(repo)
    assert prune.prune_lock(described) == ["train@1-0", "train@1-7", "probe@1-0", "probe@1-7"]
    assert prune.prune_models(described, Path("probes")) == ["fold-1-seed-0.csv", "fold-1-seed-7.csv"]
    assert reproduced() == ["audit"]
    assert [entry["relpath"] for entry in files.listing(Path("probes"))] == ["fold-0-seed-0.csv", "fold-0-seed-7.csv"]


def test_a_file_of_ones_own_among_the_probes_is_not_deleted(place):
    Path("probes").mkdir()
    Path("probes/notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="probes/notes.txt belongs to no stage"):
        prune.prune_models({}, Path("probes"))
    assert Path("probes/notes.txt").read_text() == "mine"


def test_the_audit_follows_from_its_probes_and_has_no_change_of_its_own():
    before = {"deps": [{"path": "data/probes", "md5": "1.dir"}], "outs": [{"path": "metrics/audit.json", "md5": "2"}]}
    after = {"deps": [{"path": "data/probes", "md5": "3.dir"}], "outs": [{"path": "metrics/audit.json", "md5": "4"}]}
    assert repro.reason(before, after, {"audit": after}) == "follows from data/probes"
