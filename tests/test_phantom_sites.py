"""Confounding: who goes to which site, and that each shortcut changes what it says and nothing else."""

import io
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.phantoms import at, patients_of
from xrays.phantom.archive import drawn, picture_file
from xrays.phantom.drawing import Drawing
from xrays.phantom.people import Picture, drawn_patient
from xrays.phantom.presets import ANYWHERE, PRESETS, SHORTCUTS, Preset, preset_named
from xrays.schema import Shortcut

SEEDS = range(3)


def square(picture: np.ndarray) -> np.ndarray:
    """The middle square, which a centre crop leaves."""
    side = min(picture.shape)
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    return picture[top : top + side, left : left + side]


@cache
def film(seed: int, site: str = "A", *shortcuts: str) -> Drawing:
    """One patient of a seed at a site; without shortcuts A and B are the same."""
    return drawn(seed, at(site, *shortcuts, seed=seed))


def file_of(seed: int, picture: Picture) -> bytes:
    return picture_file(seed, picture, drawn(seed, picture))


def same_body(one: Drawing, other: Drawing) -> bool:
    return np.array_equal(one.lungs, other.lungs) and np.array_equal(one.lesions, other.lesions)


@settings(max_examples=8, deadline=None)
@given(rho=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_rho_is_the_share_of_patients_at_the_site_that_goes_with_their_label(rho, seed):
    preset = Preset(rho, ("size",))
    assert abs(np.mean(list(patients_of(preset, seed, "Normal", 1500))) - rho) < 0.07  # 5 sd of a share of 1,500
    assert abs(np.mean(list(patients_of(preset, seed, "COVID-19", 1500))) - (1 - rho)) < 0.07


def test_whoever_is_at_the_labels_site_stays_there_as_rho_grows():
    before = set()
    for rho in (0.0, 0.3, 0.5, 0.8, 1.0):
        own = {i for i, at_a in enumerate(patients_of(Preset(rho, ("size",)), 0, "Normal", 200)) if at_a}
        assert before <= own
        before = own
    assert before == set(range(200))


@pytest.mark.parametrize("finding", ["SARS", "ARDS", "Streptococcus", "No Finding"])
def test_controls_of_the_same_source_are_where_covid_is(finding):
    preset = PRESETS["coronahack_like"]
    assert all(drawn_patient(preset, 0, finding, index).site == preset.sites[1] for index in range(20))


def test_presets_are_as_documented():
    every = ("age", "marker", "bands", "crop", "jpeg", "intensity", "size")
    assert PRESETS == {
        "clean": Preset(0.5, ()), "hard": Preset(0.8, every), "coronahack_like": Preset(1.0, every),
        "reversed": Preset(0.0, every),
    }
    assert tuple(SHORTCUTS) == Shortcut.__args__
    assert PRESETS["clean"].sites == preset_named("hard", shortcuts=[]).sites == (ANYWHERE, ANYWHERE)
    assert preset_named("clean", 1, ["size", "age"]) == Preset(1.0, ("age", "size"))


@pytest.mark.parametrize("name", ["hard", "coronahack_like", "reversed"])
def test_bodies_and_diseases_are_the_same_in_all_presets(name):
    for finding in ("Normal", "COVID-19"):
        for index in range(40):
            one, other = (drawn_patient(PRESETS[preset], 0, finding, index) for preset in ("clean", name))
            assert (one.sex, one.severity, one.test) == (other.sex, other.severity, other.test)


def test_age_sends_small_children_to_a_and_adults_to_b_and_leaves_who_fits_untouched():
    for index in range(60):
        before, child, adult = (at(*where, index=index).patient for where in (("A",), ("A", "age"), ("B", "age")))
        assert 1 <= child.age <= 5 and 19 <= adult.age <= 90
        assert adult.age == before.age or before.age < 19
    assert file_of(0, at("B", index=1)) == file_of(0, at("B", "age", index=1))


def test_a_child_is_small_on_its_film():
    for seed in SEEDS:
        adult, child = film(seed, "B", "age"), film(seed, "A", "age")
        assert child.lungs.mean() < 0.9 * adult.lungs.mean()


def test_the_marker_is_a_white_r_in_the_corner_at_a_and_none_at_b():
    planted = 0
    for seed in range(6):
        without, marked, bare = film(seed), film(seed, "A", "marker"), film(seed, "B", "marker")
        assert same_body(marked, bare) and same_body(marked, without)
        changed = np.argwhere(square(marked.picture) != square(bare.picture))
        if len(changed):
            planted += 1
            assert (changed.max(0) < 0.3 * min(marked.picture.shape)).all()
            assert set(square(marked.picture)[tuple(changed.T)]) == {245}
    assert planted >= 5


def test_bands_are_black_at_both_sides_and_leave_the_middle_alone():
    banded = 0
    for seed in SEEDS:
        without, with_bands, bare = film(seed), film(seed, "A", "bands"), film(seed, "B", "bands")
        assert same_body(with_bands, without) and same_body(bare, without)
        picture, other = square(with_bands.picture), square(bare.picture)
        side = len(picture)
        inner = slice(round(0.11 * side), round(0.89 * side))
        assert np.array_equal(picture[:, inner], other[:, inner])
        outer = round(0.04 * side)
        banded += not picture[:, :outer].any() and not picture[:, -outer:].any()
    assert banded >= 2


def test_a_tight_crop_shows_larger_lungs_on_a_film_of_the_same_size():
    for seed in SEEDS:
        wide, tight = film(seed, "A", "crop"), film(seed, "B", "crop")
        assert tight.picture.shape == wide.picture.shape and tight.lungs.mean() > 1.2 * wide.lungs.mean()


def test_jpeg_changes_the_file_and_not_the_film():
    for seed in SEEDS:
        films = [film(seed, site, "jpeg") for site in "AB"]
        assert np.array_equal(films[0].picture, films[1].picture) and same_body(*films)
        coarse, fine = (picture_file(seed, at(site, "jpeg", seed=seed), films[0]) for site in "AB")
        assert len(coarse) < 0.5 * len(fine)
        # The step of the mean grey of a block of 8 x 8 pixels, times 8.
        steps = [Image.open(io.BytesIO(file)).quantization[0][0] for file in (coarse, fine)]
        assert steps[0] > 60 and steps[1] < 6


def test_intensity_shifts_the_greys_and_not_the_body():
    for seed in SEEDS:
        without, bright, dark = film(seed), film(seed, "A", "intensity"), film(seed, "B", "intensity")
        assert same_body(bright, without) and same_body(dark, without)
        assert bright.picture.mean() > dark.picture.mean() + 25


def test_size_changes_the_pixels_of_the_film_and_not_what_it_shows():
    for seed in SEEDS:
        large, small = film(seed, "A", "size"), film(seed, "B", "size")
        assert large.picture.shape[1] >= 470 and small.picture.shape[1] <= 340
        assert abs(large.lungs.mean() - small.lungs.mean()) < 0.02
        thumbnails = [np.asarray(Image.fromarray(drawing.picture).resize((16, 16), Image.Resampling.BOX), dtype=float)
                      for drawing in (large, small)]
        assert np.abs(thumbnails[0] - thumbnails[1]).mean() < 12
