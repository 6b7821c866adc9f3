"""The phantom's bytes: the same for the same seed, everywhere, whoever is added."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.phantoms import digests
from xrays.archive import tree_sha256
from xrays.phantom import write
from xrays.phantom.archive import METADATA, PICTURES, SUMMARY, drawn, picture_file
from xrays.phantom.cohort import cohort
from xrays.phantom.presets import PRESETS

ROOT = Path(__file__).parents[1]


def test_the_clean_preset_draws_the_pictures_that_committed_models_were_trained_on(archive):
    """Not a byte of them may change by accident: every committed model and number hangs on them."""
    assert tree_sha256(archive.folder / PICTURES) == "fe9f38659eb8090b421dc1220c021e085d7064892a2fd8d2e2fcbd74aa1d5534"
    tables = {name: hashlib.sha256((archive.folder / name).read_bytes()).hexdigest()[:16]
              for name in (METADATA, SUMMARY, "patients.csv")}
    assert tables == {
        METADATA: "39b371b30c4e61c9", SUMMARY: "46522b893515a66a", "patients.csv": "c33ee1831b6cf6da",
    }


def test_a_fresh_single_process_with_another_hash_seed_and_locale_writes_the_same_bytes(archive, tmp_path):
    script = (
        "import pathlib, sys; from xrays.phantom import write; "
        "write(pathlib.Path(sys.argv[1]), 'clean', 16, 0, 1, lambda done, total: None, external='elsewhere')"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env=environment, check=True)
    assert digests(tmp_path) == digests(archive.folder)


def test_adding_patients_leaves_the_bytes_of_the_old_pictures_alone(archive):
    whole = [picture for picture in cohort(PRESETS["clean"], 8, seed=0) if picture.state == "whole"]
    for picture in whole[::6]:
        assert picture_file(0, picture, drawn(0, picture)) == archive.path(picture.name).read_bytes()


def test_another_seed_gives_other_bytes(archive):
    files = set(digests(archive.folder / PICTURES).values())
    for picture in cohort(PRESETS["clean"], 8, seed=1)[:4]:
        assert hashlib.sha256(picture_file(1, picture, drawn(1, picture))).hexdigest() not in files


def test_a_larger_cohort_holds_the_smaller_one_unchanged():
    smaller, larger = (cohort(PRESETS["clean"], patients, seed=3) for patients in (60, 400))
    assert all(picture in larger for picture in smaller)
    lowered = [picture.name.lower() for picture in larger]
    assert len(lowered) == len(set(lowered))


def test_progress_is_reported_once_a_film(archive):
    total = archive.reported[0][1]
    assert archive.reported == [(done, total) for done in range(1, total + 1)]


def test_unknown_words_and_too_few_patients_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'tidy'; allowed: clean"):
        write(tmp_path, "tidy", 24, 0, 1, lambda done, total: None)
    with pytest.raises(ValueError, match="at least 8 study patients, not 3"):
        write(tmp_path, "clean", 3, 0, 1, lambda done, total: None)
    with pytest.raises(ValueError, match="shortcut 'sex'; allowed: age, marker"):
        write(tmp_path, "clean", 24, 0, 1, lambda done, total: None, shortcuts=["age", "sex"])
    with pytest.raises(ValueError, match="external pictures 'both'; allowed: none, elsewhere, reversed"):
        write(tmp_path, "clean", 24, 0, 1, lambda done, total: None, external="both")
    assert not list(tmp_path.iterdir())
