"""Grids of params: their names, their run through DVC's own queue, a ranking that many tries do not fool."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands import experiments as experiments_command
from tests.project import Project
from tests.reviewed import Team, predictions
from xrays import files, params
from xrays.console import BadInput
from xrays.experiments import grid, queue, ranking
from xrays.review import comparison, noise, revisions, verdicts

rates = st.lists(st.integers(1, 999).map(lambda number: number / 1000), min_size=1, max_size=4, unique=True)


@settings(deadline=None, max_examples=20)
@given(rates, st.lists(st.integers(1, 1000), min_size=1, max_size=4, unique=True))
def test_a_grid_holds_every_combination_once_under_names_that_last(lrs, epochs):
    words = [f"train.lr={','.join(map(str, lrs))}", f"train.epochs={','.join(map(str, epochs))}"]
    found = grid.points(words)
    assert [one.changes for one in found] == [{"train.lr": lr, "train.epochs": epoch} for lr in lrs for epoch in epochs]
    assert len({one.name for one in found}) == len(found)
    assert [one.name for one in grid.points(words)] == [one.name for one in found]
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,60}", one.name) for one in found)


def test_no_two_params_and_no_two_long_points_share_a_name():
    keys = [f"{section}.{leaf}" for section, values in params.load().model_dump().items() for leaf in values]
    assert len({grid._name([f"{key}=1"]) for key in keys}) == len(keys)
    assert grid._name(["train.size=48"]) == "train-size-48" and grid._name(["train.lr=0.1"]) == "lr-0.1"
    long = [grid._name([f"{key}=12345" for key in keys] + [f"train.lr={rate}"]) for rate in (0.1, 0.2)]
    assert long[0] != long[1] and all(len(name) <= grid.LONGEST for name in long)


@pytest.mark.parametrize(("words", "said"), [
    ([], "no grid"), (["lr"], "write param=value,value"), (["train.foo=1"], "train.foo is no param"), (["train=1"], "is no param"),
    (["~train.lr"], "is no param"), (["train.lr=0.1,2"], "less than or equal to 1"), (["train.lr=0.1,0.1"], "two experiments"),
    (["train.lr=glob(*)"], "write param=value,value"), (["train.arch=resnet18,vgg"], "'vgg' is not allowed"),
    (["train.folds=[0,9]"], "train.folds"), (["train.lr="], "train.lr"),
])
def test_a_grid_that_cannot_be_run_is_refused_in_one_line_before_anything_is_queued(words, said):
    with pytest.raises(BadInput, match=re.escape(said)) as refused:
        grid.points(words)
    assert "\n" not in str(refused.value) and "/tmp" not in str(refused.value)


@pytest.mark.parametrize(("looks", "failed", "queued"), [
    ([{}, {"a": "queued"}, {}, {}, {"a": "running"}, {}, {"a": "done"}], [], 1),
    ([{}, {"a": "failed"}, {}, {"a": "running"}, {}, {"a": "failed"}], ["a"], 2),
    ([{}] * 99, ["a"], 2),
    ([{"a": "done"}], [], 0),
], ids=["out of sight twice", "out of sight after a failure", "taken out of the queue by hand", "done before"])
def test_an_experiment_that_the_queue_lists_nowhere_for_a_moment_is_waited_for(looks, failed, queued, monkeypatch):
    """Scripted looks at DVC's queue: a real one shows the gap once in many runs."""
    script, put = iter(looks), []
    scripted = SimpleNamespace(states=lambda: next(script), remove=lambda *task: None, workers=lambda: 1,
                               last_words=lambda name: "error: it failed")
    monkeypatch.setattr(queue, "Queue", lambda: scripted)
    monkeypatch.setattr(queue, "put", put.append)
    monkeypatch.setattr(experiments_command, "POLL", 0)
    assert experiments_command.run([grid.Point("a", ())], jobs=1) == failed and len(put) == queued


def reviewed(team: Team, heads: dict[str, dict]) -> list[ranking.Ranked]:
    """A baseline with a noise file, and an experiment for each of these ways to make predictions."""
    team.publish(predictions((0, 1, 2, 3, 4), training=9))
    found = noise.measure(revisions.of_work_tree())
    team.publish(predictions())
    files.write_json(team.folder / noise.PATH, found)
    team.commit("baseline")
    reviews = {}
    for name, how in heads.items():
        team.branch(name)
        team.publish(predictions(**how), train__lr=0.01)
        team.commit(name)
        reviews[name] = comparison.of(revisions.of_git("main"), revisions.of_git(name))
    return ranking.rank(reviews, {name: {"trustworthy": "yes", "shortcut_ratio": 0.1} for name in reviews})


def test_a_true_gain_leads_a_loss_ends_and_mere_trainings_stay_together(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = reviewed(Team(tmp_path), {"harm": {"lift": -1.2}, "same-1": {"training": 3}, "gain": {"lift": 1.5},
                                      "same-2": {"training": 5}})
    assert [one.name for one in found][0] == "gain" and found[-1].name == "harm"
    assert [one.verdict for one in found] == [verdicts.BETTER, verdicts.NOISE, verdicts.NOISE, verdicts.WORSE]
    assert ranking.table(found).count("\n") == 5


def test_the_more_experiments_the_more_certain_each_has_to_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    alone = reviewed(Team(tmp_path), {"only": {"lift": 0.45}})[0]
    copies = [f"copy-{number}" for number in range(20)]
    among = ranking.rank(dict.fromkeys(copies, alone.review), dict.fromkeys(copies, {}))
    assert all(one.p == pytest.approx(min(1.0, 20 * alone.p)) for one in among)
    assert {one.verdict for one in among} == {verdicts.NOISE if 20 * alone.p > verdicts.ALPHA else alone.verdict}
    assert alone.p > verdicts.ALPHA / 20, "a gain that is certain even among twenty shows nothing here"


def experiments(project: Project, *words: str, code: int = 0) -> str:
    return project.run("python", "-m", "commands.experiments", "--grid", *words, code=code)


@pytest.fixture
def laboratory(project) -> Project:
    yield project
    project.dvc("exp", "remove", "--all-commits", code=None)


def test_a_grid_runs_through_the_queue_and_is_ranked_and_the_same_command_again_runs_nothing(laboratory):
    said = experiments(laboratory, "evaluate.threshold=half,target", "--jobs", "2")
    assert "threshold-half: done" in said and "threshold-target: done" in said
    assert said.count("| threshold-") == 2 and "Within one verdict the order says nothing" in said
    assert laboratory.git("status", "--porcelain") == ""
    shown = laboratory.dvc("exp", "show", "--only-changed", "--md")
    assert "threshold-half" in shown and "threshold-target" in shown
    assert "threshold-half" in laboratory.run("python", "-m", "commands.review", "--head", "threshold-half")
    again = experiments(laboratory, "evaluate.threshold=half,target")
    assert "running" not in again and "queued" not in again and again.count("| threshold-") == 2


def test_an_experiment_that_fails_is_tried_again_and_then_told_with_its_own_words(laboratory):
    said = experiments(laboratory, "split.folds=20", code=1)
    assert said.count("split-folds-20: queued again") == 1
    assert re.search(r"split-folds-20: failed: error: .*fold", said)
    assert said.splitlines()[-1].startswith("error: failed: split-folds-20: see ")
    assert "Traceback" not in said


def test_changes_that_nobody_committed_are_not_experimented_on(laboratory):
    laboratory.set(train__lr=0.002)
    assert "commit them first" in experiments(laboratory, "train.epochs=2", code=1)
