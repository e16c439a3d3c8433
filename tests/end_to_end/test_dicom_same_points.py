"""A film gets the same points as PNG and as DICOM, whatever the packing."""

from collections.abc import Callable
from pathlib import Path

import cv2
import gdcm
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLSLossless, RLELossless

from napari_dentlm.core.imaging import read_image
from sample_data import generate_film
from sample_data.files import write_dicom

FILM = generate_film(7102)
Packing = Callable[[Dataset, Path], None]


def plain(dataset: Dataset, path: Path) -> None:
    dataset.save_as(path, enforce_file_format=True)


def compressed(syntax: pydicom.uid.UID) -> Packing:
    def pack(dataset: Dataset, path: Path) -> None:
        dataset.compress(syntax, generate_instance_uid=False)
        plain(dataset, path)

    return pack


def jpeg_lossless(dataset: Dataset, path: Path) -> None:
    whole = path.with_suffix(".plain")
    plain(dataset, whole)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(whole))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    whole.unlink()


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
    ("bits", "inverted", "pack"),
    [
        (8, False, plain),
        (8, True, compressed(RLELossless)),
        (12, False, compressed(JPEG2000Lossless)),
        (12, True, jpeg_lossless),
        (16, False, compressed(JPEGLSLossless)),
        (16, True, plain),
    ],
    ids=["8 plain", "8 inverted RLE", "12 JPEG 2000", "12 inverted JPEG lossless", "16 JPEG-LS", "16 inverted"],
)
def test_same_points(cascade, png_points: np.ndarray, tmp_path: Path, bits: int, inverted: bool, pack: Packing) -> None:
    path = tmp_path / "film.dcm"
    pack(dataset_of(bits, inverted, tmp_path), path)
    image = read_image(path)
    points = cascade.predict([image.grey()])[0].points
    assert points is not None
    assert np.abs(points - png_points).max() <= 0.5
    assert image.calibration.is_known
