"""Lines 37 to 39, 42: files in every dress that a chest X-ray comes in; what is accepted comes out exactly."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.faults.filtered import accepted, counts, pictures, place, refused, renamed, rows
from xrays.pictures import prepare

NORMAL = "IM-0115-0001.jpeg"
SIZE = 64  # filter.size of the tiny project


def saved(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(content: bytes) -> Image.Image:
    """The grey picture in a file; the phantom's JPEGs hold nothing else."""
    picture = Image.open(io.BytesIO(content))
    assert picture.mode == "L"
    return picture


def redressed(dress, name: str = NORMAL):
    """Give a picture's pixels in another file format under its old name."""
    return lambda archive: archive.update({place(name): dress(pixels(archive[place(name)]))})


def png_of_depth_16(samples: np.ndarray) -> bytes:
    """A PNG of 16 bits a sample, (height, width, 1 to 4): Pillow reads all four kinds, and writes one."""
    height, width, channels = samples.shape
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(lines), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks)


def deep(channels: int):
    """16 bits a sample, scaled to the whole range; opaque where there is an alpha channel."""
    def dress(picture: Image.Image) -> bytes:
        grey = np.asarray(picture).astype(np.uint16) * 257
        alpha = np.full_like(grey, 65535)
        return png_of_depth_16(np.stack([*[grey] * (channels if channels % 2 else channels - 1),
                                         *[alpha] * (1 - channels % 2)], axis=-1))
    return dress


@pytest.mark.line(37, "accepted")
@pytest.mark.parametrize("channels", [1, 2, 3, 4], ids=["grey", "grey and alpha", "RGB", "RGBA"])
def test_sixteen_bits_give_the_picture_of_the_eight_bit_original(archive_bench, channels):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(deep(channels)))
    after = pictures(archive_bench)[NORMAL]
    assert np.abs(after - before).max() <= 1
    assert after.max() < 255 or before.max() == 255  # nothing was clipped to white


@pytest.mark.line(37, "input")
def test_twelve_bits_that_nobody_scaled_are_dropped_and_not_blackened(archive_bench):
    accepted(archive_bench, redressed(lambda picture: png_of_depth_16(np.asarray(picture)[..., None] * np.uint16(16))))
    assert rows(archive_bench).loc[NORMAL, ["role", "reason"]].tolist() == ["dropped", "12 bits in a 16-bit file"]
    assert counts(archive_bench)["dropped_unusable"] == 3  # the phantom brings two


@pytest.mark.line(38, "accepted")
@pytest.mark.parametrize("dress", [
    pytest.param(lambda picture: saved(picture.convert("RGB")), id="RGB"),
    pytest.param(lambda picture: saved(picture.convert("RGBA")), id="RGBA"),
    pytest.param(lambda picture: saved(picture.convert("LA")), id="LA"),
    pytest.param(lambda picture: saved(picture.convert("P")), id="P"),
    pytest.param(lambda picture: saved(picture.convert("P"), transparency=b"\xff" * 256), id="P, opaque"),
])
def test_every_lossless_mode_gives_the_same_picture(archive_bench, dress):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(dress))
    assert (pictures(archive_bench)[NORMAL] == before).all()


@pytest.mark.line(38, "accepted")
def test_four_colours_of_a_printer_give_the_same_picture_but_for_the_jpeg(archive_bench):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(lambda picture: saved(picture.convert("CMYK"), "JPEG", quality=98)))
    assert np.abs(pictures(archive_bench)[NORMAL] - before).max() <= 3


@pytest.mark.line(38, "accepted")
def test_one_bit_is_black_and_white(archive_bench):
    black_and_white = []

    def dress(picture: Image.Image) -> bytes:
        black_and_white.append(picture.point(lambda value: 255 * (value > 99)))
        return saved(black_and_white[0].convert("1"))
    accepted(archive_bench, redressed(dress))
    assert (pictures(archive_bench)[NORMAL] == prepare(np.asarray(black_and_white[0]), SIZE, "crop")).all()


@pytest.mark.line(38, "accepted")
def test_what_is_transparent_is_white_and_not_what_lies_under_it(archive_bench):
    def dress(picture: Image.Image) -> bytes:
        alpha = Image.new("L", picture.size, 255)
        alpha.paste(0, (0, 0, picture.width, picture.height // 2))
        return saved(Image.merge("LA", [picture, alpha]))
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(dress))
    after = pictures(archive_bench)[NORMAL]
    assert (after[:SIZE // 2 - 4] == 255).all()  # Lanczos reaches three pixels far
    assert (after[SIZE // 2 + 4:] == before[SIZE // 2 + 4:]).all()


TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 6: "ROTATE_90", 8: "ROTATE_270"}  # what undoes each, done beforehand


def turned(orientation: int, kind: str, **options):
    """The picture as a camera stores it that was held otherwise, with the note how to turn it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return lambda picture: saved(picture.transpose(Image.Transpose[TURNS[orientation]]), kind, exif=exif, **options)


@pytest.mark.line(39, "accepted")
@pytest.mark.parametrize("orientation", list(TURNS))
def test_a_turned_copy_gives_the_same_picture(archive_bench, orientation):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(turned(orientation, "PNG")))
    assert (pictures(archive_bench)[NORMAL] == before).all()


@pytest.mark.line(39, "accepted")
def test_a_turned_jpeg_gives_the_same_picture_but_for_the_jpeg(archive_bench):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(turned(6, "JPEG", quality=98)))
    assert np.abs(pictures(archive_bench)[NORMAL] - before).max() <= 3


@pytest.mark.sample
@pytest.mark.line(42, "accepted")
def test_a_png_that_is_called_jpeg_gives_the_same_picture(archive_bench):
    before = pictures(archive_bench)[NORMAL]
    accepted(archive_bench, redressed(saved))
    assert (pictures(archive_bench)[NORMAL] == before).all()


@pytest.mark.line(42, "input")
@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_another_format_that_is_called_jpeg_is_dropped(archive_bench, kind):
    accepted(archive_bench, redressed(lambda picture: saved(picture, kind)))
    assert rows(archive_bench).loc[NORMAL, ["role", "reason"]].tolist() == ["dropped", "unreadable"]


@pytest.mark.line(42, "input")
def test_another_suffix_is_refused_by_name(archive_bench):
    refused(archive_bench, "download", "the zip's entry '.*IM-0115-0001.gif' is neither csv, jpeg, jpg nor png",
            change=renamed(NORMAL, "IM-0115-0001.gif"))
