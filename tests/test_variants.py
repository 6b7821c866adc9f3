"""Variants of pictures: what is said to be gone is gone, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xrays import variants

SIDE = 32
GREY = arrays(np.uint8, (2, SIDE, SIDE))
EDGES = st.tuples(*[st.integers(0, SIDE - 1)] * 4).map(lambda edges: (*sorted(edges[:2]), *sorted(edges[2:])))
law = settings(max_examples=60, deadline=None)


@st.composite
def lungs(draw):
    """One or two rectangles on each picture."""
    masks = np.zeros((2, SIDE, SIDE), bool)
    for mask in masks:
        for top, bottom, left, right in draw(st.lists(EDGES, min_size=1, max_size=2)):
            mask[top:bottom + 1, left:right + 1] = True
    return masks


@law
@given(GREY, GREY, lungs())
def test_occluded_pictures_depend_on_no_pixel_of_the_lungs_box_and_keep_the_rest(one, other, mask):
    box = variants.boxes(mask)
    assert (box | mask == box).all()
    mixed = np.where(box, other, one)
    assert np.array_equal(variants.occluded(one, mask), variants.occluded(mixed, mask))
    assert np.array_equal(variants.occluded(one, mask)[~box], one[~box])


@law
@given(GREY, lungs())
def test_of_the_lungs_shape_an_occluded_picture_shows_the_box_alone(one, mask):
    whole = np.zeros_like(mask)
    for box, lung in zip(whole, mask):
        rows, columns = np.flatnonzero(lung.any(1)), np.flatnonzero(lung.any(0))
        box[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1] = True
    assert np.array_equal(variants.occluded(one, mask), variants.occluded(one, whole))


@law
@given(GREY, GREY, lungs())
def test_a_border_does_not_depend_on_the_centre(one, other, mask):
    mixed = one.copy()
    mixed[:, 4:28, 4:28] = other[:, 4:28, 4:28]
    bordered = variants.border(one, mask)
    assert np.array_equal(bordered, variants.border(mixed, mask))
    assert np.array_equal(bordered[:, :4], one[:, :4]) and np.array_equal(bordered[:, :, 28:], one[:, :, 28:])


@law
@given(GREY, GREY, lungs())
def test_lungs_alone_do_not_depend_on_what_is_outside(one, other, mask):
    assert np.array_equal(variants.only_lungs(one, mask), variants.only_lungs(np.where(mask, one, other), mask))
    assert np.array_equal(variants.only_lungs(one, mask)[mask], one[mask])


@law
@given(GREY, lungs(), st.sampled_from(sorted(variants.ALL)))
def test_every_variant_keeps_shape_and_kind_and_leaves_the_picture_itself_alone(one, mask, name):
    before, lung = one.copy(), mask.copy()
    changed = variants.ALL[name](one, mask)
    assert changed.shape == one.shape and changed.dtype == np.uint8
    assert np.array_equal(one, before) and np.array_equal(mask, lung)


@law
@given(GREY, lungs(), st.sampled_from(sorted(variants.ALL)))
def test_a_picture_is_changed_in_the_same_way_alone_and_among_others(one, mask, name):
    alone = variants.ALL[name](one[1:], mask[1:])
    assert np.array_equal(variants.ALL[name](one, mask)[1:], alone)


@law
@given(GREY, lungs())
def test_paint_only_darkens_and_never_touches_a_lung(one, mask):
    painted = variants.painted(one, mask)
    assert (painted <= one).all()
    assert np.array_equal(painted[variants.widened(mask)], one[variants.widened(mask)])


@pytest.mark.parametrize("size", [64, 128, 224])
def test_paint_takes_a_letter_away_and_leaves_a_smooth_picture_as_it_was(size):
    grey = np.add.outer(np.arange(size), np.arange(size)) * 150 // (2 * size)
    pictures = np.stack([grey.astype(np.uint8)] * 2)
    lung = np.zeros((2, size, size), bool)
    lung[:, size // 3:, size // 3:] = True
    assert np.array_equal(variants.painted(pictures, lung), pictures)
    lettered = variants.marker(pictures, lung)
    assert (lettered.astype(int) - pictures).max() > 150
    assert np.abs(variants.painted(lettered, lung).astype(int) - pictures).max() < 25


def test_paint_leaves_what_is_too_large_for_a_letter():
    pictures = np.full((1, 64, 64), 40, np.uint8)
    pictures[0, 5:7, 5:45] = 200  # a catheter, say
    assert np.array_equal(variants.painted(pictures, np.zeros((1, 64, 64), bool)), pictures)


def test_a_marker_is_an_r_at_the_upper_left():
    before = np.zeros((1, 64, 64), np.uint8)
    letter = variants.marker(before, before.astype(bool))[0] > 0
    rows, columns = np.flatnonzero(letter.any(1)), np.flatnonzero(letter.any(0))
    drawn = letter[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1]
    assert ["".join(" #"[int(dot)] for dot in row) for row in drawn] == [
        "#### ", "#   #", "#   #", "#### ", "# #  ", "#  # ", "#   #"]
    assert rows[-1] < 16 and columns[-1] < 16


def test_bars_are_a_sixteenth_of_the_width_on_either_side():
    barred = variants.bars(np.full((1, 64, 64), 9, np.uint8), np.zeros((1, 64, 64), bool))[0]
    assert (barred[:, :4] == 0).all() and (barred[:, -4:] == 0).all() and (barred[:, 4:-4] == 9).all()


def test_twice_flipped_is_as_before_and_once_is_mirrored():
    one = np.random.default_rng(0).integers(0, 256, (2, 8, 8), np.uint8)
    once = variants.flipped(one, one > 0)
    assert np.array_equal(once[:, :, 0], one[:, :, -1]) and np.array_equal(variants.flipped(once, one > 0), one)


def test_a_crop_drops_the_edge_and_keeps_the_middle_in_its_place():
    pictures = np.full((1, 128, 128), 100, np.uint8)
    pictures[0, :9] = 255
    pictures[0, 62:66, 62:66] = 0
    changed = variants.cropped(pictures, pictures > 0)[0]
    assert changed[:3].max() < 110 and changed[64, 64] < 20


def test_jpeg_changes_little_but_something():
    pictures = np.random.default_rng(0).integers(90, 160, (1, 64, 64), np.uint8)
    change = np.abs(variants.jpeg(pictures, pictures > 0).astype(int) - pictures)
    assert 0 < change.mean() < 25


@pytest.mark.parametrize("name", variants.ALL)
def test_no_pictures_are_no_trouble(name):
    assert variants.ALL[name](np.zeros((0, 32, 32), np.uint8), np.zeros((0, 32, 32), bool)).shape == (0, 32, 32)
