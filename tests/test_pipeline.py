"""The real DAG on a tiny phantom, in a repository of its own: what a team does all day."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests.project import ran
from xrays.models import stem


def test_one_command_makes_everything_and_leaves_git_clean(project):
    assert project.git("status", "--porcelain") == ""
    for path in ("data/raw/patients.csv", "data/filtered/pictures.npy", "models/fold-1-seed-0.safetensors",
                 "metrics/metrics.json", "metrics/confusion_counts.png", "reports/most_wrong.png",
                 "export/model.safetensors", "export/README.md"):
        assert (project.folder / path).stat().st_size > 0, path
    assert "SYNTHETIC" in project.read("export/README.md")
    data = json.loads(project.read("metrics/data.json"))
    assert data["synthetic"] == 1 and data["groups_shared_between_folds"] == 0
    assert data["dropped_duplicate"] >= 1 and data["dropped_unusable"] >= 1 and data["dropped_lateral"] >= 1


def test_run_again_it_does_nothing_and_says_that_the_lock_came_out(project):
    output = project.repro()
    assert ran(output) == []
    assert output.splitlines()[-1].endswith("outs equal the committed dvc.lock, and metrics/ is as in Git")


def test_every_picture_is_judged_once_by_the_model_that_never_saw_its_patient(project):
    manifest = pd.read_csv(project.folder / "metrics/manifest.csv", keep_default_na=False)
    predictions = pd.read_csv(project.folder / "metrics/predictions.csv")
    study = manifest[(manifest["role"] == "study") & manifest["fold"].isin(["0", "1"])]
    assert sorted(predictions["image"]) == sorted(study["image"])
    assert list(predictions)[:8] == ["image", "label", "group", "fold", "seed", "probability", "threshold", "predicted"]
    for fold in (0, 1):
        logits = pd.read_csv(project.folder / f"models/{stem(fold, 0)}.logits.csv").merge(manifest, on="image")
        outer, inner = (set(logits.loc[logits["part"] == part, "group"]) for part in ("outer", "inner"))
        assert not outer & inner
        assert set(logits.loc[logits["part"] == "outer", "fold"]) == {str(fold)}


def test_the_lock_and_the_metrics_name_no_path_of_this_machine(project):
    tracked = project.git("ls-files", "metrics", "dvc.lock", "params.yaml").split()
    for path in tracked:
        assert str(project.folder).encode() not in (project.folder / path).read_bytes(), path


def test_the_models_give_the_same_logits_in_a_fresh_process(project):
    ask = ("import numpy as np, stages\nfrom stages import train\nfrom xrays import classifier, files, params, training\n"
           "s = params.load()\ntraining.prepare_process(s.train)\n"
           "rows, pictures = train.read_study(train.MANIFEST, train.PICTURES, s.train.size)\n"
           "part = train.parts(rows, 1, s.train.inner_share, s.split.seed)\n"
           "model, about = classifier.load(train.MODELS / 'fold-1-seed-0.safetensors')\n"
           "files.write_csv(train.MODELS.parent / 'again.csv', train.asked(model, pictures, rows, part, about['normalize']))")
    project.run(sys.executable, "-W", "ignore", "-c", ask)
    assert project.read("again.csv") == project.read("models/fold-1-seed-0.logits.csv")


def test_the_package_says_which_data_it_was_made_from(project):
    lock = project.read("dvc.lock")
    described = json.loads(project.read("export/model.json"))
    assert f"md5: {described['data_filtered_md5']}" in lock
    assert list(described["models"]) == ["fold-0-seed-0", "fold-1-seed-0"]
    assert described["synthetic"] == 1


def test_a_branch_that_changed_one_evaluate_param_retrains_nothing_and_is_compared_without_a_cache(project, tmp_path):
    project.git("checkout", "--quiet", "-b", "half")
    project.set(evaluate__threshold="half")
    output = project.repro()
    assert ran(output) == ["evaluate", "audit", "report", "package"]
    assert "(changed: evaluate.threshold)" in output.splitlines()[-1]
    assert f"AUROC {json.loads(project.read('metrics/metrics.json'))['auroc']:.4f} (" in output  # as everywhere else
    project.commit("threshold: half")
    clone = project.clone(tmp_path / "clone")
    clone.git("branch", "main", "origin/main")
    assert "threshold_fold_0_seed_0" in clone.dvc("metrics", "diff", "main", "--md")
    assert "| params.yaml | evaluate.threshold | inner" in clone.dvc("params", "diff", "main", "--deps", "--md")
    assert "file://" in clone.dvc("plots", "diff", "main", "--out", str(tmp_path / "plots"))
    page = (tmp_path / "plots" / "index.html").read_text()
    assert "confusion_counts" in page


def test_the_confusion_plot_holds_its_numbers(project):
    plot = json.loads(project.dvc("plots", "show", "confusion_normalized", "--show-vega"))
    numbers = [layer for layer in plot["spec"]["layer"] if layer["mark"] != "rect"]
    assert numbers[0]["mark"]["type"] == "text" and numbers[0]["encoding"]["text"]["field"] == "share"
    assert len(plot["data"]["values"]) > 10


def test_another_picture_size_makes_other_pictures(project):
    project.set(filter__size=96)
    project.dvc("repro", "filter")
    assert np.load(project.folder / "data/filtered/pictures.npy").shape[1:] == (96, 96)


def test_a_quick_try_leaves_lock_and_work_tree_alone(project):
    before = project.read("dvc.lock")
    project.dvc("exp", "run", "--temp", "--name", "try", "evaluate", "-S", "train.folds=[0]", "-S", "train.epochs=2")
    assert project.git("status", "--porcelain") == "" and project.read("dvc.lock") == before
    shown = project.dvc("exp", "show", "--json")
    assert '"try"' in shown
    project.dvc("exp", "remove", "try")


def test_a_file_of_ones_own_in_models_is_not_deleted(project):
    notes = project.folder / "models" / "notes.txt"
    notes.write_text("mine")
    assert "belongs to no stage" in project.repro(code=1)
    assert notes.read_text() == "mine"
    notes.unlink()


def test_bad_params_are_told_before_any_stage_runs_and_nothing_is_lost(project):
    text = project.read("params.yaml")
    (project.folder / "params.yaml").write_text(text.replace("lr: ", "lr: fast # ").replace("flip:", "flap:"))
    for output in (project.repro(code=1), project.dvc("repro", "--force", "evaluate", code=255)):
        assert "train.lr: 'fast' is not allowed" in output and "train.flap: is no key" in output
        assert "Traceback" not in output
    project.git("checkout", "params.yaml")
    project.git("checkout", "metrics")


def test_a_string_among_the_folds_never_reaches_a_shell(project):
    text = project.read("params.yaml")
    (project.folder / "params.yaml").write_text(text.replace("folds: [0, 1]", 'folds: ["0; touch pwned"]'))
    project.run("sh", "-c", "dvc repro; true")
    assert not (project.folder / "pwned").exists()


def test_a_failing_stage_leaves_the_big_files_ignored(project):
    project.set(split__min_positive=1000)
    output = project.repro(code=255)
    assert "try another split.seed" in output and "Traceback" not in output
    assert project.git("status", "--porcelain").split() in (["M", "params.yaml"], ["D", "metrics/data.json", "M", "params.yaml"])


def test_the_article_split_runs_and_is_called_leaky(project):
    project.set(split__method="article", train__folds=[0])
    output = project.dvc("repro", "evaluate")
    assert "LEAKY" in output
    assert json.loads(project.read("metrics/data.json"))["groups_shared_between_folds"] > 0


def test_other_bytes_from_the_same_inputs_are_named_with_their_reason(project):
    lock = project.read("dvc.lock")
    entry = lock.index("train@1-0:")
    at = lock.index("md5: ", lock.index("outs:", entry)) + 5
    (project.folder / "dvc.lock").write_text(lock[:at] + "f" * 32 + lock[at + 32:])
    project.commit("as if another machine had written the lock")
    last = project.repro().splitlines()[-1]
    assert "train@1-0: models/fold-1-seed-0.batch.png (same inputs, other bytes" in last


def test_predictions_are_numbers_between_nought_and_one(project):
    table = pd.read_csv(project.folder / "metrics/predictions.csv")
    assert np.isfinite(table["probability"]).all() and table["probability"].between(0, 1).all()
    assert ((table["probability"] >= table["threshold"]) == (table["predicted"] == "COVID-19")).all()


def test_the_command_line_knows_its_help():
    for name in ("repro", "prune", "coronahack", "article"):
        source = subprocess.run([sys.executable, "-m", f"commands.{name}", "--help"], capture_output=True, text=True)
        assert "make" in source.stdout, name
