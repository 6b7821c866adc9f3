"""Masks follow their picture into the square; without one the assumed box stands in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xrays import lungs, pictures
from xrays.console import BadInput


@given(st.integers(70, 200), st.integers(70, 200), st.sampled_from(["crop", "squash"]))
@settings(max_examples=30, deadline=None)
def test_a_mask_lands_where_its_picture_lands(tmp_path_factory, width, height, fit):
    """A bright rectangle, drawn on the picture and in the mask, is brought to the square by both ways."""
    picture, mask = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    where = (slice(height // 3, height // 2), slice(width // 3, 2 * width // 3))
    picture[where], mask[where] = 255, lungs.LUNG
    path = tmp_path_factory.mktemp("masks") / "a.png"
    Image.fromarray(mask).save(path)
    found, lesions = lungs.read(path, (width, height), 64, fit)
    bright = pictures.prepare(picture, 64, fit) > 127
    assert (found != bright).sum() <= 0.12 * bright.sum() + 4 and not lesions.any()


def test_a_lesion_is_lung_too(tmp_path):
    Image.fromarray(np.full((64, 64), lungs.LESION, np.uint8)).save(tmp_path / "a.png")
    found, lesions = lungs.read(tmp_path / "a.png", (64, 64), 32, "crop")
    assert found.all() and lesions.all()


@pytest.mark.parametrize("size", [32, 64, 128])
def test_the_assumed_box_is_the_middle_of_the_picture(size):
    box = lungs.box(size)
    assert np.array_equal(box, box[::-1]) and np.array_equal(box, box[:, ::-1])
    assert box.mean() == pytest.approx(0.62 * 0.75, abs=0.04) and not box[0].any() and box[size // 2, size // 2]


def test_it_is_counted_how_many_pictures_have_a_mask(tmp_path):
    Image.fromarray(np.full((64, 64), lungs.LUNG, np.uint8)).save(tmp_path / "a.png.png")
    rows = pd.DataFrame({"image": ["a.png", "b.png"], "width": 64, "height": 64})
    found, lesions, true = lungs.read_all(tmp_path, rows, 32, "crop")
    assert found.shape == lesions.shape == (2, 32, 32) and true == 1
    assert found[0].all() and np.array_equal(found[1], lungs.box(32))
    assert lungs.read_all(Path("nowhere"), rows[:0], 32, "crop")[0].shape == (0, 32, 32)


@given(st.integers(70, 200), st.integers(70, 200))
@settings(max_examples=20, deadline=None)
def test_a_mask_goes_through_the_crop_of_its_picture_pixel_by_pixel(tmp_path_factory, width, height):
    """Where nothing is scaled the mask is its picture's middle square exactly; no level between is invented."""
    side = min(width, height)
    mask = np.random.default_rng(0).choice(np.array([0, lungs.LUNG, lungs.LESION], np.uint8), (height, width))
    path = tmp_path_factory.mktemp("masks") / "a.png"
    Image.fromarray(mask).save(path)
    found, lesions = lungs.read(path, (width, height), side, "crop")
    square = pictures.prepare(mask, side, "crop")
    assert np.array_equal(found, square > 0) and np.array_equal(lesions, square == lungs.LESION)


@pytest.mark.parametrize("save, says", [
    (lambda path: Image.new("L", (64, 80)).save(path), "64 x 80 pixels, mode L, not 8-bit grey of 80 x 64"),
    (lambda path: Image.new("RGB", (80, 64)).save(path), "mode RGB, not 8-bit grey"),
    (lambda path: Image.new("1", (80, 64)).save(path), "mode 1, not 8-bit grey"),
    (lambda path: path.write_bytes(b"no mask"), "a mask that cannot be read"),
    (lambda path: Image.new("L", (80, 64)).save(path) or path.write_bytes(path.read_bytes()[:50]), "cannot be read")])
def test_a_mask_that_cannot_belong_to_its_picture_is_refused_by_name(tmp_path, save, says):
    save(tmp_path / "a.png.png")
    with pytest.raises(BadInput, match=says) as refusal:
        lungs.read(tmp_path / "a.png.png", (80, 64), 32, "crop")
    assert "a.png.png" in str(refusal.value)


def test_a_name_that_leaves_no_room_for_its_mask_has_none(tmp_path):
    found, lesions = lungs.read(tmp_path / f"{'x' * 248}.jpg.png", (64, 64), 64, "crop")
    assert np.array_equal(found, lungs.box(64)) and not lesions.any()
