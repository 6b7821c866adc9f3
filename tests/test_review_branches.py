"""A team's branches with real runs of the tiny phantom, each judged by `make review` as a person would judge it."""

import json

import pytest

from tests.project import TINY, Project, copy_work_tree

LEARNING = {"phantom__preset": "coronahack_like", "train__epochs": 10, "phantom__patients": 80}  # learnt by so few pictures
pytestmark = pytest.mark.slow


def review(project: Project, *options: str, code: int = 0) -> dict:
    return json.loads(project.run("python", "-m", "commands.review", "--json", "-", *options, code=code))


def branch(project: Project, name: str, **changes: object) -> None:
    """A branch off main with these params, run and committed."""
    project.git("switch", "--quiet", "--create", name, "main")
    project.set(**changes)
    project.repro()
    project.commit(name)


@pytest.fixture(scope="module")
def team(tmp_path_factory) -> Project:
    """main with a noise file; branches that do nothing, take another seed, train longer, do harm, change the data."""
    project = copy_work_tree(tmp_path_factory.mktemp("team"))
    project.set(**{name.replace(".", "__"): value for name, value in TINY.items()} | LEARNING)
    project.commit("code and params")
    project.repro()
    project.commit("lock and metrics")
    before = {path: project.read(path) for path in ("params.yaml", "dvc.lock", "metrics/metrics.json")}
    branch(project, "undecided", train__seeds=[7])
    project.git("switch", "--quiet", "main")
    said = project.run("python", "-m", "commands.noise")
    assert "wrote metrics/noise.json" in said
    assert before == {path: project.read(path) for path in before}
    assert project.git("status", "--porcelain").split() == ["??", "metrics/noise.json"]
    project.commit("the spread of this recipe")
    project.git("branch", "no-op")
    branch(project, "seed", train__seeds=[1])
    branch(project, "longer", train__epochs=12)
    branch(project, "harm", train__epochs=1, train__frozen=True, train__lr=1e-6)
    branch(project, "data", phantom__patients=82)
    return project


def test_a_branch_that_changes_nothing_is_no_change(team):
    found = review(team, "--head", "no-op")
    assert found["verdict"] == "no change" and not found["stages"]


def test_another_seed_is_within_noise_and_without_the_noise_file_undecided(team):
    assert review(team, "--head", "seed")["verdict"] == "within noise"
    found = review(team, "--base", "undecided~1", "--head", "undecided")
    assert found["verdict"] == "undecided" and "make noise" in found["sentence"]


def test_longer_training_is_never_called_worse(team):
    found = review(team, "--head", "longer")
    assert found["verdict"] in ("better", "within noise")
    assert [one["name"] for one in found["params"]] == ["train.epochs"]
    assert {one["name"].partition("@")[0] for one in found["stages"]} >= {"train", "evaluate"}


def test_a_harmful_change_is_worse_and_ends_with_its_code(team):
    found = review(team, "--head", "harm", code=3)
    assert found["verdict"] == "worse" and found["metrics"]["auroc"]["verdict"] == "worse"


def test_two_patients_more_are_named_all_old_pictures_paired_and_what_they_change_is_within_noise(team):
    found = review(team, "--head", "data")
    judged = {line.split(",")[0] for line in team.git("show", "main:metrics/predictions.csv").splitlines()[1:]}
    assert list(found["data"]) == ["added"] and not judged & set(found["data"]["added"])  # a fold is a hash: nobody moves
    assert found["pictures"] == len(judged) and found["verdict"] == "within noise"


def test_no_branch_is_stale_and_every_metric_follows_from_its_predictions(team):
    for name in ("no-op", "seed", "longer", "harm", "data"):
        found = json.loads(team.run("sh", "-c", f"python -m commands.review --json - --head {name} || true"))
        assert not [doubt for doubt in found["trust"] if doubt["level"] == "stale"], name
