"""Branches with made-up predictions, through the command of `make review`: the right verdict, exit code, words for each."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from reviewed import Team, predictions

from xrays import files
from xrays.review import noise, revisions

ALL_SEEDS = (0, 1, 2, 3, 4)
ROOT = Path(__file__).parent.parent


@pytest.fixture
def team(tmp_path, monkeypatch):
    """A team whose main holds one training of its recipe, and no noise file."""
    made = Team(tmp_path)
    made.publish(predictions())
    made.commit("main")
    monkeypatch.chdir(tmp_path)
    return made


def review(*options: str, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "-m", "commands.review", *options], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def decided(*options: str, code: int = 0) -> dict:
    return json.loads(review("--json", "-", *options, code=code))


def made(*words: str, code: int) -> str:
    """What `make` itself ends with and prints, the environment taken for made."""
    done = subprocess.run(["make", "--file", ROOT / "Makefile", "-o", "venv", *words], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C"})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def measure_noise(team: Team) -> None:
    """What `make noise` would leave on this branch, then one seed again."""
    team.publish(predictions(ALL_SEEDS, training=9))
    found = noise.measure(revisions.of_work_tree())
    team.publish(predictions())
    files.write_json(team.folder / noise.PATH, found)


def test_nothing_changed_is_called_no_change_and_every_metric_equal(team):
    team.branch("comment")
    team.write("README.md", "words\n")
    team.commit()
    found = decided()
    assert found["verdict"] == "no change" and {one["verdict"] for one in found["metrics"].values()} == {"equal"}


def test_another_training_without_a_noise_file_is_undecided_and_names_what_settles_it(team):
    team.branch("seed")
    team.publish(predictions((3,), training=5))
    text = review()
    assert "undecided: this model, not this change" in text.lower() and "make noise" in text
    assert "**better**" not in text and "**worse**" not in text


def test_a_great_gain_too_is_undecided_while_the_spread_is_unknown(team):
    team.branch("gain")
    team.publish(predictions(lift=2.0), train__lr=0.01)
    assert decided()["verdict"] == "undecided"


def test_with_a_noise_file_of_the_base_another_training_is_within_noise(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("seed")
    team.publish(predictions((3,), training=5))
    assert decided()["verdict"] == "within noise"


def test_with_a_noise_file_a_harmful_change_is_worse_and_a_good_one_better(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("harm")
    team.publish(predictions(lift=-1.5, training=5), train__lr=1.0)
    found = decided(code=3)
    assert found["verdict"] == "worse" and found["metrics"]["auroc"]["verdict"] == "worse"
    assert found["params"][0]["name"] == "train.lr" and found["exit_code"] == 3
    assert decided("--allow", "worse")["exit_code"] == 0
    team.publish(predictions(lift=2.0, training=5), train__lr=0.01)
    assert decided()["verdict"] == "better"


def test_make_ends_with_2_prints_the_code_and_its_json_holds_it(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("harm")
    team.publish(predictions(lift=-1.5, training=5), train__lr=1.0)
    assert "Error 3" in made("review", "JSON=review.json", code=2)
    assert json.loads((team.folder / "review.json").read_text())["exit_code"] == 3
    assert "Error" not in made("review", "ALLOW=worse", code=0)


def test_a_noise_file_of_another_recipe_decides_nothing(team):
    measure_noise(team)
    team.write("stages/train.py", "# other code\n")
    team.publish(predictions())
    team.commit("main moved on")
    team.branch("gain")
    team.publish(predictions(lift=2.0), train__lr=0.01)
    found = decided()
    assert found["verdict"] == "undecided" and "another recipe" in found["sentence"]


def test_several_seeds_on_both_sides_need_no_noise_file(team):
    team.publish(predictions((0, 1, 2)))
    team.commit("three seeds")
    team.branch("harm")
    team.publish(predictions((0, 1, 2), lift=-1.5, training=5), train__lr=1.0)
    assert decided(code=3)["verdict"] == "worse"
    team.publish(predictions((0, 1, 2), training=5), train__lr=0.0031)
    assert decided()["verdict"] == "within noise"


def test_fixed_and_broken_pictures_are_named(team):
    table = predictions()
    wrong = table.index[table["label"].ne(table["predicted"])][0]
    right = table.index[table["label"].eq(table["predicted"])][0]
    team.branch("two")
    changed = table.copy()
    changed.loc[wrong, "predicted"] = table.loc[wrong, "label"]
    changed.loc[right, "predicted"] = next(name for name in ("COVID-19", "Normal") if name != table.loc[right, "label"])
    team.publish(changed, evaluate__threshold="half")
    found = decided()
    assert found["errors"] == {"fixed": [table.loc[wrong, "image"]], "broken": [table.loc[right, "image"]], "p": 1.0}
    assert "**1 fixed, 1 broken.**" in review() and found["metrics"]["auroc"]["verdict"] == "equal"


def test_the_page_is_whole_and_asks_no_network(team, tmp_path):
    team.branch("harm")
    team.publish(predictions(lift=-1.5, training=5), train__lr=1.0)
    review("--html", "review.html", "--markdown", "review.md")
    page = (tmp_path / "review.html").read_text()
    assert page.rstrip().endswith("</html>") and "http" not in page and "train.lr" in page and "SYNTHETIC" in page
    assert (tmp_path / "review.md").read_text().startswith("## Review")


def test_the_json_holds_what_the_comment_says_too(team):
    measure_noise(team)
    team.commit("noise")
    team.branch("gain")
    before = json.loads(team.read("metrics/metrics.json"))
    team.publish(predictions(lift=2.0, training=5), train__lr=0.01, split__folds=4)
    team.write("README.md", "words\n")
    after = json.loads(team.read("metrics/metrics.json"))
    found = decided()
    assert found["unlocked"] == ["split.folds"] and found["files"] == ["README.md", "params.yaml"]
    assert found["published"] == [{"number": f"metrics: {name}", "base": before[name], "head": after[name]}
                                  for name in sorted(before) if before[name] != after[name]]
    text = review()
    assert found["spread"] in text and all(f"`{one['number']}`" in text for one in found["published"])


def test_the_page_shows_the_pictures_that_were_fixed_and_broken_and_the_comment_none(team):
    """Each picture is of one grey of its own; rows that were dropped have none, so rows and pictures do not run along."""
    base, head = predictions(), predictions(training=5)
    team.branch("other")
    team.publish(head)
    names = sorted(base["image"])
    rows = pd.DataFrame({"image": ["dropped.png", *names], "role": ["dropped", *(["study"] * len(names))]})
    greys = np.arange(len(names)) % 251
    team.write(".gitignore", "/data/\n")
    (team.folder / "data/filtered").mkdir(parents=True)
    files.write_csv(team.folder / "data/filtered/manifest.csv", rows)
    np.save(team.folder / "data/filtered/pictures.npy", np.repeat(greys, 64).reshape(-1, 8, 8).astype(np.uint8))
    found, comment = decided(), review("--html", "page.html")
    page = (team.folder / "page.html").read_text()
    for kind in ("fixed", "broken"):
        shown = re.findall(rf'<img src="data:image/png;base64,([^"]+)" alt="{kind}: ([^"]+)">', page)
        assert [name for _, name in shown] == found["errors"][kind][:24] != []
        for content, name in shown:
            with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
                assert np.unique(np.asarray(picture)).tolist() == [greys[names.index(name)]]
    assert "data:image" not in comment and "<img" not in comment
