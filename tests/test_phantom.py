"""What the pipeline relies on: the same bytes everywhere, CoronaHack's layout, every planted quirk."""

import csv
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xrays.phantom import write
from xrays.phantom.archive import METADATA, PICTURES, SUMMARY, picture_file
from xrays.phantom.cohort import cohort
from xrays.phantom.drawing import Drawing, draw
from xrays.phantom.presets import PRESETS, Preset, Site

ROOT = Path(__file__).parents[1]
REPORTED: list[tuple[int, int]] = []


@dataclass(frozen=True)
class Archive:
    folder: Path
    rows: list[dict[str, str]]
    patients: dict[str, dict[str, str]]

    def path(self, name: str) -> Path:
        (found,) = (self.folder / PICTURES).glob(f"*/{name}")
        return found


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def written(folder: Path, patients: int, seed: int, processes: int) -> Archive:
    folder.mkdir()
    write(folder, "clean", patients, seed, processes, lambda done, total: REPORTED.append((done, total)))
    patient_rows = {row["X_ray_image_name"]: row for row in table(folder / "patients.csv")}
    return Archive(folder, table(folder / METADATA), patient_rows)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return written(tmp_path_factory.mktemp("phantom") / "small", patients=16, seed=0, processes=2)


def drawing(seed: int, finding: str, severity: float, view: str = "PA") -> Drawing:
    site = Site(width_px=(240, 240), marker_share=0.0, band_share=0.0)
    return draw(seed, "someone", 0, sex="F", age=50, finding=finding, severity=severity, view=view, site=site)


def test_a_fresh_single_process_with_another_hash_seed_and_locale_writes_the_same_bytes(archive, tmp_path):
    script = (
        "import pathlib, sys; from xrays.phantom import write; "
        "write(pathlib.Path(sys.argv[1]), 'clean', 16, 0, 1, lambda done, total: None)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, env=environment, check=True)
    assert digests(tmp_path) == digests(archive.folder)


def test_adding_patients_leaves_the_bytes_of_the_old_pictures_alone(archive):
    whole = [picture for picture in cohort(PRESETS["clean"], 8, seed=0) if picture.state == "whole"]
    for picture in whole[::6]:
        assert picture_file(0, picture) == archive.path(picture.name).read_bytes()


def test_another_seed_gives_other_bytes(archive):
    files = set(digests(archive.folder / PICTURES).values())
    for picture in cohort(PRESETS["clean"], 8, seed=1)[:4]:
        assert hashlib.sha256(picture_file(1, picture)).hexdigest() not in files


def test_a_larger_cohort_holds_the_smaller_one_unchanged():
    smaller, larger = (cohort(PRESETS["clean"], patients, seed=3) for patients in (60, 400))
    assert all(picture in larger for picture in smaller)
    lowered = [picture.name.lower() for picture in larger]
    assert len(lowered) == len(set(lowered))


def test_progress_is_reported_once_a_file(archive):
    total = REPORTED[0][1]
    assert REPORTED[:total] == [(done, total) for done in range(1, total + 1)]


def test_tables_are_spelt_as_in_the_real_archive(archive):
    header = (archive.folder / METADATA).read_text().splitlines()[0]
    assert header == ",X_ray_image_name,Label,Dataset_type,Label_2_Virus_category,Label_1_Virus_category"
    spellings = {(r["Label"], r["Label_1_Virus_category"], r["Label_2_Virus_category"]) for r in archive.rows}
    assert spellings == {
        ("Normal", "", ""), ("Pnemonia", "Virus", ""), ("Pnemonia", "bacteria", ""),
        ("Pnemonia", "Virus", "COVID-19"), ("Pnemonia", "Virus", "SARS"),
        ("Pnemonia", "Stress-Smoking", "ARDS"), ("Pnemonia", "bacteria", "Streptococcus"),
    }
    header = (archive.folder / "patients.csv").read_text().splitlines()[0]
    assert header == "X_ray_image_name,patient,offset_days,sex,age,finding,view,modality,license"


def test_the_summary_counts_the_rows(archive):
    summary = table(archive.folder / SUMMARY)
    assert [row[""] for row in summary] == ["0", "1", "2", "3", "4", "5", "6"]
    counted = Counter(
        (row["Label"], row["Label_1_Virus_category"], row["Label_2_Virus_category"]) for row in archive.rows
    )
    assert counted == {
        (row["Label"], row["Label_1_Virus_category"], row["Label_2_Virus_category"]): int(row["Image_Count"])
        for row in summary
    }


def test_names_tell_the_patient_and_patients_csv_holds_exactly_the_rest(archive):
    kermany = re.compile(r"(NORMAL2-)?IM-\d{4}-0001(-\d{4})?\.(jpeg|png)|person\d+_(virus|bacteria)_\d+\.(jpeg|png)")
    rest = {r["X_ray_image_name"] for r in archive.rows if not kermany.fullmatch(r["X_ray_image_name"])}
    assert rest == set(archive.patients)


def test_only_kermanys_rows_are_in_test_and_no_patient_is_in_both_parts():
    pictures = [picture for picture in cohort(PRESETS["clean"], 400, seed=0) if picture.listed]
    in_test = Counter(picture.patient.finding for picture in pictures if picture.patient.test)
    assert set(in_test) == {"Normal", "Virus", "bacteria"}
    assert 0.08 < in_test["Normal"] / sum(p.patient.finding == "Normal" for p in pictures) < 0.22


def test_the_default_cohort_has_the_documented_size():
    pictures = [p for p in cohort(PRESETS["clean"], 400, seed=0) if p.listed and p.state == "whole"]
    counts = Counter(picture.patient.finding for picture in pictures)
    covid = counts["COVID-19"]
    assert 460 <= covid + counts["Normal"] <= 510
    assert 0.40 <= covid / (covid + counts["Normal"]) < 0.5
    assert Counter(picture.view for picture in pictures)["L"] == 2


def test_files_without_a_row_leave_gaps_and_one_row_has_no_file(archive):
    indices = [int(row[""]) for row in archive.rows]
    orphans = sorted(set(range(max(indices) + 1)) - set(indices))
    files = {path.name for path in (archive.folder / PICTURES).rglob("*.*")}
    listed = {row["X_ray_image_name"] for row in archive.rows}
    assert indices == sorted(indices)
    assert len(orphans) == len(files - listed) == 1
    assert len(listed - files) == 1


def test_one_jpeg_is_truncated_and_one_is_a_web_page(archive):
    unreadable = []
    for row in archive.rows:
        for path in (archive.folder / PICTURES).glob(f"*/{row['X_ray_image_name']}"):
            try:
                Image.open(path).load()
            except OSError:
                unreadable.append((row["Label"], path.read_bytes()[:2]))
    assert sorted(unreadable) == [("Normal", b"\xff\xd8"), ("Pnemonia", b"<!")]


def test_normals_are_duplicated_under_their_own_and_under_another_number(archive):
    groups: dict[str, list[str]] = {}
    for name, digest in digests(archive.folder / PICTURES).items():
        groups.setdefault(digest, []).append(Path(name).name)
    twins = [names for names in groups.values() if len(names) > 1]
    people = [{re.match(r"(NORMAL2-)?IM-\d+", name).group() for name in names} for names in twins]
    assert sorted(map(len, people)) == [1, 2]


def test_laterals_a_ct_slice_and_one_adult_normal_are_told_by_patients_csv(archive):
    covid = [row for row in archive.patients.values() if row["finding"] == "COVID-19"]
    assert [row["modality"] for row in covid].count("CT") == 1
    assert [row["view"] for row in covid].count("L") == 1
    (adult,) = (row for row in archive.patients.values() if row["finding"] == "No Finding")
    (row,) = (row for row in archive.rows if row["X_ray_image_name"] == adult["X_ray_image_name"])
    assert row["Label"] == "Normal"
    assert max(Counter(row["patient"] for row in covid).values()) > 1


def test_every_picture_mode_occurs_and_sizes_are_mixed(archive):
    modes, widths = Counter(), set()
    tinted = 0
    for name in sorted(path.name for path in (archive.folder / PICTURES).rglob("*.*")):
        try:
            image = Image.open(archive.path(name))
            image.load()
        except OSError:
            continue
        modes[image.mode] += 1
        widths.add(image.width)
        assert not image.getexif() and 220 <= image.width <= 640 and 0.79 < image.width / image.height < 1.41
        if image.mode == "RGB":
            pixels = np.asarray(image, dtype=int)
            tinted += np.abs(pixels[..., 0] - pixels[..., 2]).max() > 16
    assert set(modes) == {"L", "RGB", "RGBA", "P", "I;16"}
    assert tinted >= 1
    assert len(widths) > 20


def test_no_mode_or_size_belongs_to_a_class():
    pictures = [p for p in cohort(PRESETS["clean"], 1200, seed=0) if p.patient.finding in ("Normal", "COVID-19")]
    shares = {}
    for finding in ("Normal", "COVID-19"):
        own = [picture for picture in pictures if picture.patient.finding == finding]
        shares[finding] = sum(picture.name.endswith(".png") for picture in own) / len(own)
    assert abs(shares["Normal"] - shares["COVID-19"]) < 0.05
    assert min(shares.values()) > 0.03


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32), severity=st.floats(0, 1),
    finding=st.sampled_from(["COVID-19", "Virus", "bacteria", "SARS", "ARDS"]),
    view=st.sampled_from(["PA", "L", "Axial"]),
)
def test_lesions_lie_inside_the_lungs_and_the_picture_has_a_sensible_range(seed, severity, finding, view):
    film = drawing(seed, finding, severity, view)
    assert film.picture.dtype == np.uint8 and film.picture.shape == film.lungs.shape == film.lesions.shape
    assert film.lesions.any() and not (film.lesions & ~film.lungs).any()
    assert 0.08 < film.lungs.mean() < 0.7
    assert 30 < film.picture.mean() < 225 and film.picture.std() > 15


@pytest.mark.parametrize("seed", range(3))
def test_a_normal_has_no_lesion(seed):
    assert not drawing(seed, "Normal", 0.0).lesions.any()


def test_severe_covid_is_bilateral_and_lies_low():
    bilateral, low = 0, 0
    for seed in range(10):
        film = drawing(seed, "COVID-19", 0.9)
        half = film.lesions.shape[1] // 2
        sides = film.lesions[:, :half].sum(), film.lesions[:, half:].sum()
        bilateral += min(sides) > 0.15 * sum(sides)
        rows = np.arange(film.lesions.shape[0])
        low += (film.lesions.sum(1) @ rows) / film.lesions.sum() > (film.lungs.sum(1) @ rows) / film.lungs.sum()
    assert bilateral >= 8
    assert low >= 9


def test_a_later_preset_can_send_a_class_to_a_site_of_its_own():
    planted = Preset(
        sites=(Site(child_share=1.0), Site(child_share=0.0)),
        weights={"Normal": (1.0, 0.0), "COVID-19": (0.0, 1.0)},
    )
    ages = {"Normal": set(), "COVID-19": set()}
    for picture in cohort(planted, 40, seed=0):
        ages.setdefault(picture.patient.finding, set()).add(picture.patient.age < 16)
    assert ages["Normal"] == {True} and ages["COVID-19"] == {False}


def test_an_unknown_preset_and_too_few_patients_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'tidy'; allowed: clean"):
        write(tmp_path, "tidy", 24, 0, 1, lambda done, total: None)
    with pytest.raises(ValueError, match="at least 8 study patients, not 3"):
        write(tmp_path, "clean", 3, 0, 1, lambda done, total: None)
    assert not list(tmp_path.iterdir())
