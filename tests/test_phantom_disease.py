"""Lesions and lungs: where they lie, and that the masks on disk say so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.phantoms import drawing


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


def test_exactly_the_readable_frontal_pictures_of_the_table_have_a_mask(archive):
    expected = set()
    for row in archive.rows:
        name = row["X_ray_image_name"]
        view = archive.patients.get(name, {"view": "PA"})["view"]
        try:
            Image.open(archive.path(name)).load()
        except (OSError, ValueError):  # unreadable, or not there
            continue
        expected |= {f"{name}.png"} if view in ("PA", "AP", "AP Supine") else set()
    assert {path.name for path in (archive.folder / "masks").iterdir()} == expected
    assert len(expected) < len(archive.rows)


def test_masks_have_the_size_of_their_picture_and_the_lungs_under_them_are_dark(archive):
    darker, lesions = [], 0
    for row in archive.rows:
        path = archive.folder / "masks" / f"{row['X_ray_image_name']}.png"
        if not path.exists():
            continue
        image, mask = Image.open(archive.path(row["X_ray_image_name"])), Image.open(path)
        if image.mode == "I;16":
            image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
        grey, levels = np.asarray(image.convert("L")), np.asarray(mask)
        assert mask.mode == "L" and mask.size == image.size and set(np.unique(levels)) <= {0, 128, 255}
        assert (levels == 255).any() == (row["Label"] == "Pnemonia")
        lesions += (levels == 255).any()
        middle = np.s_[grey.shape[0] // 4 : -grey.shape[0] // 4, grey.shape[1] // 4 : -grey.shape[1] // 4]
        darker.append(grey[middle][levels[middle] > 0].mean() < grey[middle][levels[middle] == 0].mean())
    assert lesions > 5 and np.mean(darker) > 0.9
