"""Edits of params and what is left of them: nothing stale, whatever was added and removed again."""

from tests.project import ran


def test_adding_a_fold_or_a_seed_trains_only_that_and_removing_it_leaves_nothing_stale(project):
    before = {path: project.read(path) for path in ("dvc.lock", "metrics/metrics.json", "metrics/predictions.csv")}
    project.set(train__folds=[0, 1, 2])
    assert ran(project.repro()) == ["train@2-0", "evaluate", "probe@2-0", "audit", "report", "package"]
    project.set(train__seeds=[0, 5], train__folds=[0, 1])
    output = project.repro()
    assert [name for name in ran(output) if name.startswith("train")] == ["train@0-5", "train@1-5"]
    assert not (project.folder / "models/fold-2-seed-0.safetensors").exists()
    assert "auroc_seed_sd" in project.read("metrics/metrics.json")
    project.set(train__seeds=[0])
    project.repro()
    assert {path: project.read(path) for path in before} == before
    assert sorted(path.name for path in (project.folder / "models").glob("*.safetensors")) == [
        "fold-0-seed-0.safetensors", "fold-1-seed-0.safetensors"]


def test_after_edits_lock_and_metrics_are_those_of_a_fresh_clone_with_an_empty_cache(project, tmp_path):
    project.git("checkout", "--quiet", "-b", "edits")
    project.set(train__folds=[1, 2], train__lr=0.01, evaluate__threshold="half")
    project.dvc("repro", "evaluate")
    project.set(train__folds=[1], train__lr=0.003, evaluate__threshold="inner", split__seed=3)
    project.repro()
    project.commit("edits")
    clone = project.clone(tmp_path / "fresh clone")
    assert clone.repro().splitlines()[-1].endswith("outs equal the committed dvc.lock, and metrics/ is as in Git")
    assert clone.git("status", "--porcelain") == ""
    assert "Running stage 'train@1-0'" not in project.repro()
