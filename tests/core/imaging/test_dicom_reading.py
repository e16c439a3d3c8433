import numpy as np
import pytest
from film_files import (
    KINDS,
    colour_film,
    dataset_of,
    film,
    save,
    save_as_syntax,
    save_jpeg_baseline,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from napari_dentlm.core.imaging import iter_frames, read_image
from napari_dentlm.core.imaging.dicom_tone import shown_grey

SYNTAXES = [
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    uid.JPEG2000Lossless,
    uid.JPEGLSLossless,
    uid.JPEGLosslessSV1,
]


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_film_saved_as_dicom_looks_like_the_film(syntax, bits, photometric, tmp_path):
    stored = film() if bits == 8 else film().astype(np.uint16) * 2 ** (bits - 8)
    if photometric == "MONOCHROME1":
        stored = (2**bits - 1 - stored.astype(int)).astype(stored.dtype)
    path = save_as_syntax(dataset_of(stored, bits=bits, photometric=photometric), tmp_path / "film.dcm", syntax)
    image = read_image(path)
    assert np.abs(image.grey().astype(int) - film()).max() <= (0 if bits == 8 else 1)
    assert image.pixels.dtype == stored.dtype
    native = save(dataset_of(stored, bits=bits, photometric=photometric), tmp_path / "native.dcm")
    assert image.image_id == read_image(native).image_id
    assert (image.modality, image.patient_id) == ("DX", "PID-1")


def test_jpeg_baseline_grey_and_colour(tmp_path):
    grey, colour = PillowImage.fromarray(film()), PillowImage.fromarray(colour_film())
    grey.save(tmp_path / "grey.jpg", quality=95)
    image = read_image(save_jpeg_baseline(tmp_path / "grey.dcm", grey, "MONOCHROME2"))
    jpeg = read_image(tmp_path / "grey.jpg")
    np.testing.assert_array_equal(image.pixels, jpeg.pixels)
    assert image.image_id == jpeg.image_id
    colour.save(tmp_path / "colour.jpg", quality=95)
    image = read_image(save_jpeg_baseline(tmp_path / "colour.dcm", colour, "YBR_FULL_422"))
    jpeg = read_image(tmp_path / "colour.jpg")
    assert np.abs(image.pixels.astype(int) - jpeg.pixels).max() <= 2


def test_a_file_without_ending_or_preamble_is_read(tmp_path):
    path = KINDS["dicom"](tmp_path)
    bare = path.rename(tmp_path / "IM000001")
    np.testing.assert_array_equal(read_image(bare).pixels, film())
    headless = tmp_path / "old.dcm"
    headless.write_bytes(bare.read_bytes()[132:])
    np.testing.assert_array_equal(read_image(headless).pixels, film())


@pytest.mark.parametrize("kind", ["dicom frames", "dicom frames rle"])
def test_every_frame_is_an_image(kind, tmp_path):
    frames = list(iter_frames(KINDS[kind](tmp_path)))
    assert [image.frame for image in frames] == [0, 1, 2]
    for seed, image in enumerate(frames):
        np.testing.assert_array_equal(image.grey(), film(seed=seed))


def test_bits_above_the_pixel_do_not_count(tmp_path):
    stored = film().astype(np.uint16) * 16
    clean = read_image(save(dataset_of(stored, bits=12), tmp_path / "clean.dcm"))
    overlaid = stored | np.uint16(0x8000) * (film(seed=5) > 128)
    image = read_image(save(dataset_of(overlaid, bits=12), tmp_path / "overlay.dcm"))
    np.testing.assert_array_equal(image.pixels, clean.pixels)
    shifted = dataset_of(stored * 16, bits=12)
    shifted.HighBit = 15
    np.testing.assert_array_equal(read_image(save(shifted, tmp_path / "high.dcm")).pixels, clean.pixels)


def test_signed_values_keep_their_order(tmp_path):
    stored = film().astype(np.int16) * 8 - 1000
    image = read_image(save(dataset_of(stored, bits=16), tmp_path / "ct.dcm"))
    assert np.abs(image.grey().astype(int) - film()).max() <= 1


@pytest.mark.parametrize("times", [4, 16])
def test_signed_values_from_0_on_have_the_greys_of_unsigned_ones(times, tmp_path):
    stored = film().astype(np.uint16) * times
    grey = read_image(save(dataset_of(stored, bits=12), tmp_path / "unsigned.dcm")).grey()
    signed = read_image(save(dataset_of(stored.astype(np.int16), bits=13), tmp_path / "signed.dcm"))
    np.testing.assert_array_equal(signed.grey(), grey)


def test_signed_values_around_0_fill_the_greys(tmp_path):
    stored = film().astype(np.int16) * 20 - 2500
    grey = read_image(save(dataset_of(stored, bits=16), tmp_path / "signed.dcm")).grey()
    assert (grey.min(), grey.max()) == (0, 255)


def test_a_falling_rescale_keeps_the_contrast(tmp_path):
    stored = film().astype(np.uint16) * 20
    grey = read_image(save(dataset_of(stored, bits=16), tmp_path / "plain.dcm")).grey()
    dataset = dataset_of(stored, bits=16)
    dataset.RescaleSlope, dataset.RescaleIntercept = -1, 0
    falling = read_image(save(dataset, tmp_path / "falling.dcm")).grey()
    assert np.abs(falling.astype(int) - (255 - grey)).max() <= 1


def test_a_window_of_one_value_is_a_step(tmp_path):
    dataset = dataset_of(film())
    dataset.WindowCenter, dataset.WindowWidth = 128, 1
    image = read_image(save(dataset, tmp_path / "step.dcm"))
    assert image.window[0] < image.window[1]
    np.testing.assert_array_equal(image.grey(), np.where(film() >= 128, 255, 0))


def test_a_window_is_in_modality_values(tmp_path):
    dataset = dataset_of(film().astype(np.uint16), bits=12)
    dataset.RescaleSlope, dataset.RescaleIntercept = 2, -100
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = [100, 7], [200, 8], "LINEAR_EXACT"
    image = read_image(save(dataset, tmp_path / "window.dcm"))
    assert image.window == (50, 150)
    np.testing.assert_array_equal(image.pixels, film())


def test_a_falling_rescale_turns_the_greys_over(tmp_path):
    dataset = dataset_of(255 - film())
    dataset.RescaleSlope, dataset.RescaleIntercept = -1, 255
    np.testing.assert_array_equal(read_image(save(dataset, tmp_path / "falling.dcm")).grey(), film())
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = 127.5, 255, "LINEAR_EXACT"
    np.testing.assert_array_equal(read_image(save(dataset, tmp_path / "falling.dcm")).grey(), film())


@pytest.mark.parametrize(("center", "width"), [(-5000, 10), (60000, 10), ("", ""), (100, 0), (100, -4)])
def test_a_window_that_shows_nothing_is_ignored(center, width, tmp_path):
    dataset = dataset_of(film())
    dataset.WindowCenter, dataset.WindowWidth = center, width
    np.testing.assert_array_equal(read_image(save(dataset, tmp_path / "window.dcm")).grey(), film())


def _lut(values: np.ndarray, bits: int, first: int = 0) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(values), first, bits])
    item.add_new("LUTData", "OW", values.astype("<u2").tobytes())
    return Sequence([item])


def test_modality_lut_then_voi_lut_then_inversion(tmp_path):
    dataset = dataset_of(film(), photometric="MONOCHROME1")
    dataset.ModalityLUTSequence = _lut(np.arange(256) * 4, 16)
    doubled = np.minimum(np.arange(1021) * 2, 1023)
    dataset.VOILUTSequence = _lut(doubled, 10)
    image = read_image(save(dataset, tmp_path / "luts.dcm"))
    np.testing.assert_array_equal(image.pixels, 1023 - doubled[film().astype(int) * 4])
    assert image.window == (0, 1023)


def test_values_outside_a_lut_take_its_ends(tmp_path):
    dataset = dataset_of(film())
    dataset.VOILUTSequence = _lut(np.array([10, 20, 30]), 8, first=100)
    image = read_image(save(dataset, tmp_path / "lut.dcm"))
    expected = np.select([film() <= 100, film() == 101], [10, 20], 30)
    np.testing.assert_array_equal(image.pixels, expected)


def test_a_sigmoid_window_follows_its_formula(tmp_path):
    dataset = dataset_of(film())
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = 128, 100, "SIGMOID"
    image = read_image(save(dataset, tmp_path / "sigmoid.dcm"))
    expected = 255 / (1 + np.exp(-4 * (film().astype(float) - 128) / 100))
    assert np.abs(image.grey() - expected).max() <= 1


@settings(max_examples=60, deadline=None)
@given(
    center=st.floats(-5000, 70000),
    width=st.floats(1, 70000),
    slope=st.floats(-10, 10).filter(lambda value: abs(value) > 1e-3),
    intercept=st.floats(-3000, 3000),
    photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
def test_more_modality_value_is_never_darker(center, width, slope, intercept, photometric, function):
    stored = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    dataset = dataset_of(stored, bits=12, photometric=photometric)
    dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.6g}", f"{intercept:.6g}"
    dataset.WindowCenter, dataset.WindowWidth = f"{center:.6g}", f"{width:.6g}"
    dataset.VOILUTFunction = function
    shown = shown_grey(stored, dataset)
    low, high = shown.window
    grey = np.clip((shown.pixels.astype(float) - low) / max(high - low, 1e-9), 0, 1).ravel()
    rising = (slope > 0) == (photometric == "MONOCHROME2")
    assert np.all(np.diff(grey) >= 0) if rising else np.all(np.diff(grey) <= 0)


def test_palette_and_planes_and_ybr(tmp_path):
    dataset = dataset_of(film(), photometric="PALETTE COLOR")
    tables = {"Red": np.arange(256), "Green": np.arange(255, -1, -1), "Blue": np.arange(256) // 2}
    for name, table in tables.items():
        dataset.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        dataset.add_new(f"{name}PaletteColorLookupTableData", "OW", (table * 257).astype("<u2").tobytes())
    image = read_image(save(dataset, tmp_path / "palette.dcm"))
    np.testing.assert_array_equal(image.pixels, np.dstack([film(), 255 - film(), film() // 2]))

    planes = dataset_of(colour_film(), photometric="RGB")
    planes.PlanarConfiguration = 1
    planes.PixelData = np.ascontiguousarray(np.moveaxis(colour_film(), -1, 0)).tobytes()
    np.testing.assert_array_equal(read_image(save(planes, tmp_path / "planes.dcm")).pixels, colour_film())

    grey_ybr = np.dstack([film(), np.full_like(film(), 128), np.full_like(film(), 128)])
    ybr = read_image(save(dataset_of(grey_ybr, photometric="YBR_FULL"), tmp_path / "ybr.dcm"))
    np.testing.assert_array_equal(ybr.pixels, film())


def test_sixteen_bit_colour_is_reduced(tmp_path):
    deep = colour_film().astype(np.uint16) * 16
    image = read_image(save(dataset_of(deep, bits=12, photometric="RGB"), tmp_path / "deep.dcm"))
    np.testing.assert_array_equal(image.pixels, colour_film())


def test_the_name_of_the_patient_is_nowhere(tmp_path, caplog):
    path = KINDS["dicom jpeg 2000"](tmp_path)
    caplog.clear()
    with caplog.at_level("INFO"):
        image = read_image(path)
    assert image.patient_id == "PID-1"
    assert "PID-1" not in repr(image)
    assert path.name not in caplog.text
    assert "PID-1" not in caplog.text
    assert "Patient" not in caplog.text
