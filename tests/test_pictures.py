"""Pictures: read right, or refused with a reason; never clipped."""

import numpy as np
import pytest
from PIL import Image

from xrays import pictures

GRADIENT = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (80, 1))


def saved(tmp_path, picture, name="x.png", **options):
    path = tmp_path / name
    picture.save(path, **options)
    return path


def test_grey_comes_back_as_it_is(tmp_path):
    assert np.array_equal(pictures.decode(saved(tmp_path, Image.fromarray(GRADIENT)))[0], GRADIENT)


def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path):
    deep = Image.fromarray(GRADIENT.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    assert np.array_equal(pictures.decode(saved(tmp_path, deep))[0], GRADIENT)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "1", "CMYK"])
def test_every_mode_gives_one_grey_scale(tmp_path, mode):
    picture = Image.fromarray(GRADIENT).convert(mode)
    path = saved(tmp_path, picture, "x.jpeg", quality=98) if mode == "CMYK" else saved(tmp_path, picture)
    grey, stored = pictures.decode(path)
    assert grey.shape == (80, 96) and stored == mode
    expected = np.asarray(picture.convert("L")).astype(int)
    assert np.abs(grey.astype(int) - expected).max() <= 6


def test_transparency_shows_white_and_not_what_lies_under_it(tmp_path):
    hidden = Image.merge("LA", [Image.fromarray(GRADIENT), Image.new("L", (96, 80), 0)])
    hidden.putpixel((3, 3), (0, 255))
    grey, mode = pictures.decode(saved(tmp_path, hidden))
    assert mode == "LA" and grey[3, 3] == 0 and np.count_nonzero(grey != 255) == 1


def test_a_turned_picture_is_turned_back(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown rotated by 90 degrees
    path = saved(tmp_path, Image.fromarray(GRADIENT), "x.jpeg", exif=exif, quality=98)
    assert pictures.decode(path)[0].shape == (96, 80)


@pytest.mark.parametrize(("content", "reason"), [
    (b"", "unreadable"), (b"<html>sign in</html>", "unreadable"), (b"\xff\xd8\xff\xe0" + b"\0" * 300, "unreadable"),
])
def test_what_is_no_picture_is_unreadable(tmp_path, content, reason):
    path = tmp_path / "x.jpeg"
    path.write_bytes(content)
    with pytest.raises(pictures.Unusable, match=reason):
        pictures.decode(path)


def test_a_cut_file_is_unreadable(tmp_path):
    path = saved(tmp_path, Image.effect_noise((300, 300), 60), "x.jpeg")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(pictures.Unusable, match="unreadable"):
        pictures.decode(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(pictures.Unusable, match="file missing"):
        pictures.decode(tmp_path / "x.png")


@pytest.mark.parametrize(("size", "reason"), [
    ((1, 1), "smaller"), ((63, 200), "smaller"), ((400, 100), "times as long"), ((8000, 7000), "megapixels"),
])
def test_absurd_sizes_are_refused(tmp_path, size, reason):
    with pytest.raises(pictures.Unusable, match=reason):
        pictures.decode(saved(tmp_path, Image.new("1", size)))


def test_a_black_picture_is_refused(tmp_path):
    with pytest.raises(pictures.Unusable, match="one grey value"):
        pictures.decode(saved(tmp_path, Image.new("L", (100, 100))))


def test_a_film_of_several_frames_is_refused(tmp_path):
    frames = [Image.effect_noise((100, 100), sigma) for sigma in (20, 60)]
    path = saved(tmp_path, frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(pictures.Unusable, match="several frames"):
        pictures.decode(path)


def test_crop_takes_the_centre_and_squash_takes_all():
    grey = np.zeros((64, 128), np.uint8)
    grey[:, 32:96] = 200
    assert pictures.prepare(grey, 32, "crop").min() == 200
    squashed = pictures.prepare(grey, 32, "squash")
    assert squashed.shape == (32, 32) and squashed[:, 0].max() == 0 and squashed[:, 16].min() == 200
