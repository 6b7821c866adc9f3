"""Masks follow their picture into the square; without one the assumed box stands in."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xrays import lungs, pictures


@given(st.integers(70, 200), st.integers(70, 200), st.sampled_from(["crop", "squash"]))
@settings(max_examples=30, deadline=None)
def test_a_mask_lands_where_its_picture_lands(tmp_path_factory, width, height, fit):
    """A bright rectangle, drawn on the picture and in the mask, is brought to the square by both ways."""
    picture, mask = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    where = (slice(height // 3, height // 2), slice(width // 3, 2 * width // 3))
    picture[where], mask[where] = 255, lungs.LUNG
    path = tmp_path_factory.mktemp("masks") / "a.png"
    Image.fromarray(mask).save(path)
    found, lesions = lungs.read(path, 64, fit)
    bright = pictures.prepare(picture, 64, fit) > 127
    assert (found != bright).sum() <= 0.12 * bright.sum() + 4 and not lesions.any()


def test_a_lesion_is_lung_too(tmp_path):
    Image.fromarray(np.full((64, 64), lungs.LESION, np.uint8)).save(tmp_path / "a.png")
    found, lesions = lungs.read(tmp_path / "a.png", 32, "crop")
    assert found.all() and lesions.all()


@pytest.mark.parametrize("size", [32, 64, 128])
def test_the_assumed_box_is_the_middle_of_the_picture(size):
    box = lungs.box(size)
    assert np.array_equal(box, box[::-1]) and np.array_equal(box, box[:, ::-1])
    assert box.mean() == pytest.approx(0.62 * 0.75, abs=0.04) and not box[0].any() and box[size // 2, size // 2]


def test_it_is_counted_how_many_pictures_have_a_mask(tmp_path):
    Image.fromarray(np.full((64, 64), lungs.LUNG, np.uint8)).save(tmp_path / "a.png.png")
    found, lesions, true = lungs.read_all(tmp_path, ["a.png", "b.png"], 32, "crop")
    assert found.shape == lesions.shape == (2, 32, 32) and true == 1
    assert found[0].all() and np.array_equal(found[1], lungs.box(32))
    assert lungs.read_all(Path("nowhere"), [], 32, "crop")[0].shape == (0, 32, 32)
