"""CoronaHack's layout, to the letter, and every quirk of the real archive."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from tests.phantoms import digests, table
from xrays.phantom.archive import METADATA, PICTURES, SUMMARY
from xrays.phantom.cohort import cohort
from xrays.phantom.presets import PRESETS


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
