"""Pictures of another hospital: other patients, another site or sites turned round; what a shortcut is worth there."""

import io
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.phantoms import digests, table
from xrays.phantom.archive import PICTURES, drawn, picture_file, plan
from xrays.phantom.cohort import cohort
from xrays.phantom.external import external_pictures, group
from xrays.phantom.people import Picture
from xrays.phantom.presets import ELSEWHERE, PRESETS


def test_the_table_names_each_external_picture_once_with_label_and_patient(archive):
    folder = archive.folder / "external"
    rows = table(folder / "pictures.csv")
    assert list(rows[0]) == ["image", "label", "group"]
    images = [row["image"] for row in rows]
    assert images == sorted(set(images))
    assert sorted(path.name for path in (folder / "pictures").iterdir()) == images
    assert sorted(path.name for path in (folder / "masks").iterdir()) == [f"{image}.png" for image in images]
    labels = {row["group"]: row["label"] for row in rows}
    assert Counter(labels.values()) == {"COVID-19": 8, "Normal": 8}
    assert set(Counter(row["group"] for row in rows).values()) == {1, 2}


def test_no_external_patient_picture_or_name_is_the_studys(archive):
    rows = table(archive.folder / "external/pictures.csv")
    assert not {row["image"] for row in rows} & {row["X_ray_image_name"] for row in archive.rows}
    outside, inside = (set(digests(archive.folder / place).values()) for place in ("external/pictures", PICTURES))
    assert len(outside) == len(rows) and not outside & inside


@pytest.mark.parametrize("external", ["elsewhere", "reversed"])
def test_external_patients_are_disjoint_from_those_of_a_large_cohort(external):
    outside = external_pictures(PRESETS["hard"], external, 2000, seed=0)
    inside = cohort(PRESETS["hard"], 2000, seed=0)
    assert not {p.patient.key for p in outside} & {p.patient.key for p in inside}
    assert len({group(p.patient) for p in outside}) == 500 == len({p.patient.key for p in outside})
    assert not {p.name.lower() for p in outside} & {p.name.lower() for p in inside}


@pytest.mark.parametrize(("patients", "wanted"), [(8, 16), (64, 16), (100, 24), (440, 110)])
def test_there_are_a_quarter_as_many_external_patients_but_at_least_16(patients, wanted):
    pictures = external_pictures(PRESETS["clean"], "elsewhere", patients, seed=0)
    assert len({picture.patient.key for picture in pictures}) == wanted
    assert external_pictures(PRESETS["clean"], "none", patients, seed=0) == []


def test_elsewhere_is_one_site_for_both_labels_and_reversed_turns_the_presets_sites_round():
    like = PRESETS["coronahack_like"]
    elsewhere, turned = (external_pictures(like, kind, 100, seed=0) for kind in ("elsewhere", "reversed"))
    assert all(picture.patient.site == ELSEWHERE for picture in elsewhere)
    assert all(p.patient.site == like.sites[p.patient.finding == "Normal"] for p in turned)
    bodies, others = ({(p.name, p.patient.key, p.patient.sex, p.severity, p.view) for p in kind}
                      for kind in (elsewhere, turned))
    assert bodies == others


def test_nothing_external_is_written_unless_asked():
    tables, films = plan(PRESETS["clean"], 16, 0, "none")
    assert not [name for name in (*tables, *(film.path for film in films)) if name.startswith("external")]


def thumbnails(pictures: list[Picture]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """16 x 16 thumbnails, whether they are COVID-19, and whose they are."""
    files = (Image.open(io.BytesIO(picture_file(0, picture, drawn(0, picture)))) for picture in pictures)
    small = np.stack([np.asarray(file.convert("L").resize((16, 16), Image.Resampling.BOX)).ravel() for file in files])
    return small / 255, np.array([p.patient.finding == "COVID-19" for p in pictures]), [p.patient.key for p in pictures]


def test_a_thumbnail_knows_the_sites_of_coronahack_like_and_is_wrong_where_they_are_turned_round():
    like = PRESETS["coronahack_like"]
    study = [p for p in cohort(like, 32, seed=0) if p.patient.finding in ("Normal", "COVID-19") and p.masked
             and p.mode != "I;16"]
    pixels, covid, people = thumbnails(study)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    inside = cross_val_predict(model, pixels, covid, groups=people, cv=GroupKFold(3), method="decision_function")
    assert roc_auc_score(covid, inside) >= 0.97
    outside, truth, _ = thumbnails(external_pictures(like, "reversed", 32, seed=0))
    assert roc_auc_score(truth, model.fit(pixels, covid).decision_function(outside)) < 0.3
