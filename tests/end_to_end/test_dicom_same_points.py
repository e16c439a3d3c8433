"""A film gets the same points as PNG and as DICOM, whatever the packing."""

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from napari_dentlm.core.imaging import read_image
from sample_data import generate_film
from sample_data.files import write_dicom
from tests.core.imaging.film_files import save_as_syntax

FILM = generate_film(7102)


def dataset_of(bits: int, inverted: bool, folder: Path) -> Dataset:
    """The film with so many bits stored, as MONOCHROME2 or inverted as MONOCHROME1."""
    path = folder / "base.dcm"
    write_dicom(FILM, path)
    dataset = pydicom.dcmread(path)
    dataset.decompress()
    path.unlink()
    pixels = FILM.pixels.astype(np.uint16 if bits > 8 else np.uint8) << (bits - 8)
    if inverted:
        pixels = (2**bits - 1 - pixels).astype(pixels.dtype)
        dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.BitsAllocated = 16 if bits > 8 else 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset["PixelData"].VR = "OW"
    dataset.PixelData = pixels.tobytes() + b"\0" * (pixels.nbytes % 2)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


@pytest.fixture(scope="module")
def png_points(cascade, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    path = tmp_path_factory.mktemp("png") / "film.png"
    assert cv2.imwrite(str(path), FILM.pixels)
    points = cascade.predict([read_image(path).grey()])[0].points
    assert points is not None
    return points


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bits", "inverted", "syntax"),
    [
        (8, False, ExplicitVRLittleEndian),
        (8, True, RLELossless),
        (12, False, JPEG2000Lossless),
        (12, True, JPEGLosslessSV1),
        (16, False, JPEGLSLossless),
        (16, True, ExplicitVRLittleEndian),
    ],
    ids=["8 plain", "8 inverted RLE", "12 JPEG 2000", "12 inverted JPEG lossless", "16 JPEG-LS", "16 inverted"],
)
def test_same_points(cascade, png_points: np.ndarray, tmp_path: Path, bits: int, inverted: bool, syntax: UID) -> None:
    path = tmp_path / "film.dcm"
    save_as_syntax(dataset_of(bits, inverted, tmp_path), path, syntax)
    image = read_image(path)
    points = cascade.predict([image.grey()])[0].points
    assert points is not None
    assert np.abs(points - png_points).max() <= 0.5
    assert image.calibration.is_known
