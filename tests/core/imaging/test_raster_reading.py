import struct

import numpy as np
import pytest
from film_files import KINDS, colour_film, film
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from napari_dentlm.core.errors import UnreadableImageError
from napari_dentlm.core.imaging import iter_frames, read_image
from napari_dentlm.core.imaging.image import window_table
from napari_dentlm.core.imaging.tone import range_window

LOSSLESS_GREY = ["png", "png 16 bit", "tiff", "tiff 16 bit", "bmp"]
LOSSLESS_COLOUR = ["png alpha", "tiff colour lzw", "bmp colour"]
TURNS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("kind", LOSSLESS_GREY)
def test_grey_files_give_the_film_back(kind, tmp_path):
    image = read_image(KINDS[kind](tmp_path))
    assert image.pixels.ndim == 2
    np.testing.assert_array_equal(image.grey(), film())
    assert (image.width, image.height) == (96, 120)
    assert not image.calibration.is_known
    assert image.patient_id is None
    assert image.modality == ""


@pytest.mark.parametrize("kind", LOSSLESS_COLOUR)
def test_colour_files_give_the_colours_back(kind, tmp_path):
    image = read_image(KINDS[kind](tmp_path))
    np.testing.assert_array_equal(image.pixels, colour_film())
    assert image.grey().shape == (120, 96)


@pytest.mark.parametrize("kind", ["jpeg", "jpeg colour", "jpeg progressive", "jpeg cmyk", "tiff jpeg"])
def test_jpeg_decodes_like_pillow(kind, tmp_path):
    path = KINDS[kind](tmp_path)
    with PillowImage.open(path) as picture:
        expected = np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))
    np.testing.assert_array_equal(read_image(path).pixels, expected)


def test_palette_and_bilevel(tmp_path):
    with PillowImage.open(KINDS["png palette"](tmp_path)) as picture:
        np.testing.assert_array_equal(read_image(picture.filename).pixels, np.asarray(picture.convert("RGB")))
    for kind in ("png bilevel", "tiff bilevel"):
        assert set(np.unique(read_image(KINDS[kind](tmp_path)).pixels)) == {0, 255}


def test_the_same_pixels_have_the_same_id_in_every_lossless_format(tmp_path):
    ids = {read_image(KINDS[kind](tmp_path)).image_id for kind in ("png", "tiff", "bmp", "dicom")}
    assert len(ids) == 1
    other = tmp_path / "other.png"
    changed = film()
    changed[0, 0] ^= 1
    PillowImage.fromarray(changed).save(other)
    assert read_image(other).image_id not in ids
    PillowImage.fromarray(film().reshape(96, 120)).save(other)
    assert read_image(other).image_id not in ids


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_but_not_its_id(ending, orientation, tmp_path):
    picture = PillowImage.fromarray(film())
    plain, turned = tmp_path / f"plain.{ending}", tmp_path / f"turned.{ending}"
    picture.save(plain)
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    picture.save(turned, exif=exif)
    image = read_image(turned)
    np.testing.assert_array_equal(image.pixels, TURNS[orientation](read_image(plain).pixels))
    assert image.image_id == read_image(plain).image_id


def test_identical_channels_become_one_but_keep_the_stored_id(tmp_path):
    grey, colour = tmp_path / "grey.png", tmp_path / "colour.png"
    PillowImage.fromarray(film()).save(grey)
    PillowImage.fromarray(np.dstack([film()] * 3)).save(colour)
    np.testing.assert_array_equal(read_image(colour).pixels, film())
    assert read_image(colour).image_id != read_image(grey).image_id
    nearly = np.dstack([film()] * 3)
    nearly[1, 1, 2] ^= 1
    PillowImage.fromarray(nearly).save(colour)
    assert read_image(colour).pixels.shape == (120, 96, 3)


@pytest.mark.parametrize("kind", ["tiff pages", "tiff pages deflate"])
def test_every_page_is_a_frame(kind, tmp_path):
    path = KINDS[kind](tmp_path)
    frames = list(iter_frames(path))
    assert [(image.frame, image.frame_count) for image in frames] == [(0, 3), (1, 3), (2, 3)]
    for seed, image in enumerate(frames):
        np.testing.assert_array_equal(image.pixels, film(seed=seed))
        assert read_image(path, seed).image_id == image.image_id
    assert len({image.image_id for image in frames}) == 3


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_white_is_zero_pages_are_inverted(depth, tmp_path):
    values = film().astype(depth) * (257 if depth is np.uint16 else 1)
    path = tmp_path / "negative.tif"
    PillowImage.fromarray(np.iinfo(depth).max - values).save(path)
    # Pillow would invert the pixels with the tag, so the tag is changed afterwards.
    entry = struct.pack("<HHI", 262, 3, 1)
    content = path.read_bytes()
    assert entry + b"\x01\x00" in content
    path.write_bytes(content.replace(entry + b"\x01\x00", entry + b"\x00\x00"))
    np.testing.assert_array_equal(read_image(path).grey(), film())


def test_dots_per_inch_are_no_calibration(tmp_path):
    path = tmp_path / "scan.jpg"
    PillowImage.fromarray(film()).save(path, dpi=(254, 254))
    calibration = read_image(path).calibration
    assert not calibration.is_known
    assert "dots per inch" in calibration.reason


def test_the_ending_does_not_matter_but_the_content_does(tmp_path):
    path = KINDS["png"](tmp_path).rename(tmp_path / "film.jpg")
    np.testing.assert_array_equal(read_image(str(path)).pixels, film())


def test_floating_point_pixels_are_refused(tmp_path):
    path = tmp_path / "float.tif"
    PillowImage.fromarray(film().astype(np.float32)).save(path)
    with pytest.raises(UnreadableImageError, match="8 or 16 bits"):
        read_image(path)


def test_pixels_cannot_be_changed(tmp_path):
    for kind in ("jpeg", "jpeg colour", "png 16 bit", "dicom rle"):
        with pytest.raises(ValueError, match="read-only"):
            read_image(KINDS[kind](tmp_path)).pixels[0, 0] = 0


@given(low=st.floats(-70000, 70000), width=st.floats(0, 70000), is_deep=st.booleans())
def test_grey_mapping_is_monotone_and_reaches_both_ends(low, width, is_deep):
    dtype = np.dtype(np.uint16 if is_deep else np.uint8)
    table = window_table((low, low + width), dtype)
    assert np.all(np.diff(table.astype(int)) >= 0)
    values = np.arange(len(table))
    assert np.all(table[values <= low] == 0)
    assert np.all(table[(values >= low + width) & (values > low + 1e-3)] == 255)


@given(low=st.integers(0, 65535), high=st.integers(0, 65535), bits=st.integers(1, 16))
def test_the_grey_limits_hold_the_data(low, high, bits):
    top = 2**bits - 1
    low, high = sorted((low & top, high & top))
    window = range_window(low, high, bits)
    assert window[0] <= low
    assert window[1] >= high
    assert window[1] > window[0]


@pytest.mark.parametrize("factor", [1, 2, 4, 8, 16, 32, 64, 128, 256])
def test_a_film_shifted_to_more_bits_keeps_its_greys(factor, tmp_path):
    path = tmp_path / "deep.png"
    PillowImage.fromarray(film().astype(np.uint16) * factor).save(path)
    assert np.abs(read_image(path).grey().astype(int) - film()).max() <= 1
