"""Makes small image files of every kind that is read, and damages them."""

import io
from collections.abc import Callable
from pathlib import Path

import gdcm
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate

Film = NDArray[np.uint8]


def film(height: int = 120, width: int = 96, seed: int = 0) -> Film:
    """A smooth grey picture with some noise that uses 0 to 255."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = np.sin(rows / 9 + seed) + np.cos(columns / 7) + 0.1 * rng.standard_normal((height, width))
    stretched = (waves - waves.min()) / (waves.max() - waves.min())
    return np.rint(stretched * 255).astype(np.uint8)


def colour_film(height: int = 120, width: int = 96) -> Film:
    """Three different channels."""
    return np.dstack([film(height, width, seed) for seed in range(3)])


def dataset_of(pixels: NDArray[np.generic], *, bits: int = 8, photometric: str = "MONOCHROME2") -> Dataset:
    """A DX-like data set, explicit VR little endian; pixels (H, W), (H, W, 3) or (frames, H, W)."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = uid.DigitalXRayImageStorageForPresentation
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.Modality = "DX"
    dataset.PatientID = "PID-1"
    dataset.PatientName = "Test^Patient"
    samples = 3 if pixels.ndim == 3 and pixels.shape[-1] == 3 else 1
    if pixels.ndim == 3 and samples == 1:
        dataset.NumberOfFrames = pixels.shape[0]
    size = pixels.shape[:2] if samples == 3 else pixels.shape[-2:]
    dataset.Rows, dataset.Columns = size
    dataset.SamplesPerPixel = samples
    if samples == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    dataset.PixelData = pixels.tobytes() + b"\x00" * (pixels.nbytes % 2)
    dataset["PixelData"].VR = "OB" if pixels.dtype.itemsize == 1 else "OW"
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    """Write a data set as a DICOM file."""
    dataset.save_as(path, enforce_file_format=True)
    return path


def save_as_syntax(dataset: Dataset, path: Path, syntax: uid.UID) -> Path:
    """Write a data set in a transfer syntax, compressed with pydicom's encoders or gdcm."""
    if syntax in (uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless):
        dataset.compress(syntax, generate_instance_uid=False)
        return save(dataset, path)
    if syntax in (uid.JPEGLosslessSV1, uid.JPEGLossless):
        return _save_with_gdcm(dataset, path)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == uid.ExplicitVRBigEndian and dataset.BitsAllocated == 16:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dataset.save_as(
        path,
        implicit_vr=syntax == uid.ImplicitVRLittleEndian,
        little_endian=syntax != uid.ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return path


def _save_with_gdcm(dataset: Dataset, path: Path) -> Path:
    raw = path.with_suffix(".raw")
    save(dataset, raw)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(raw))
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
    raw.unlink()
    return path


def save_jpeg_baseline(path: Path, picture: PillowImage.Image, photometric: str) -> Path:
    """Write a DICOM file around a JPEG that Pillow made."""
    coded = io.BytesIO()
    picture.save(coded, "JPEG", quality=95)
    dataset = dataset_of(np.asarray(picture), photometric=photometric)
    dataset.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    dataset.PixelData = encapsulate([coded.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    return save(dataset, path)


def _raster(name: str, picture: Callable[[], PillowImage.Image], **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        picture().save(path, **options)  # type: ignore[arg-type]
        return path

    return write


def _dicom(name: str, syntax: uid.UID, pixels: NDArray[np.generic], **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        return save_as_syntax(dataset_of(pixels, **options), folder / f"{name}.dcm", syntax)  # type: ignore[arg-type]

    return write


def _grey() -> PillowImage.Image:
    return PillowImage.fromarray(film())


def _colour() -> PillowImage.Image:
    return PillowImage.fromarray(colour_film())


def _grey_16() -> PillowImage.Image:
    return PillowImage.fromarray(film().astype(np.uint16) * 257)


def _pages(**options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"pages_{options.get('compression', 'raw')}.tif"
        pages = [PillowImage.fromarray(film(seed=seed)) for seed in range(3)]
        pages[0].save(path, save_all=True, append_images=pages[1:], **options)  # type: ignore[arg-type]
        return path

    return write


_FILM_12 = film().astype(np.uint16) * 16
_FILM_16 = film().astype(np.uint16) * 257
_FRAMES = np.stack([film(seed=seed) for seed in range(3)])

KINDS: dict[str, Callable[[Path], Path]] = {
    "jpeg": _raster("grey.jpg", _grey, quality=90),
    "jpeg colour": _raster("colour.jpg", _colour, quality=90),
    "jpeg progressive": _raster("progressive.jpg", _colour, progressive=True),
    "jpeg cmyk": _raster("cmyk.jpg", lambda: _colour().convert("CMYK")),
    "png": _raster("grey.png", _grey),
    "png 16 bit": _raster("grey16.png", _grey_16),
    "png alpha": _raster("alpha.png", lambda: _colour().convert("RGBA")),
    "png palette": _raster("palette.png", lambda: _colour().convert("P")),
    "png bilevel": _raster("bilevel.png", lambda: _grey().convert("1")),
    "tiff": _raster("grey.tif", _grey),
    "tiff 16 bit": _raster("grey16.tif", _grey_16),
    "tiff colour lzw": _raster("colour.tif", _colour, compression="tiff_lzw"),
    "tiff jpeg": _raster("jpeg.tif", _grey, compression="jpeg"),
    "tiff bilevel": _raster("fax.tif", lambda: _grey().convert("1"), compression="group4"),
    "tiff pages": _pages(),
    "tiff pages deflate": _pages(compression="tiff_adobe_deflate"),
    "bmp": _raster("grey.bmp", _grey),
    "bmp colour": _raster("colour.bmp", _colour),
    "dicom": _dicom("native", uid.ExplicitVRLittleEndian, film()),
    "dicom implicit": _dicom("implicit", uid.ImplicitVRLittleEndian, _FILM_12, bits=12),
    "dicom big endian": _dicom("big", uid.ExplicitVRBigEndian, _FILM_16, bits=16),
    "dicom deflated": _dicom("deflated", uid.DeflatedExplicitVRLittleEndian, _FILM_12, bits=12),
    "dicom rle": _dicom("rle", uid.RLELossless, _FILM_12, bits=12),
    "dicom jpeg 2000": _dicom("j2k", uid.JPEG2000Lossless, _FILM_12, bits=12),
    "dicom jpeg-ls": _dicom("jls", uid.JPEGLSLossless, _FILM_12, bits=12),
    "dicom jpeg lossless": _dicom("jpll", uid.JPEGLosslessSV1, _FILM_12, bits=12),
    "dicom jpeg": lambda folder: save_jpeg_baseline(folder / "baseline.dcm", _colour(), "YBR_FULL_422"),
    "dicom frames": _dicom("frames", uid.ExplicitVRLittleEndian, _FRAMES),
    "dicom frames rle": _dicom("frames_rle", uid.RLELossless, _FRAMES),
    "dicom colour": _dicom("rgb", uid.ExplicitVRLittleEndian, colour_film(), photometric="RGB"),
}
"""Name to writer: it makes a file of this kind in a folder and returns its path."""

DAMAGES = (
    "truncated",
    "bytes changed",
    "head of another file",
    "block zeroed",
    "bytes inserted",
    "bits of head",
)


def truncated(data: bytes, share: float) -> bytes:
    """The first part of a file, at least one byte shorter."""
    return data[: min(len(data) - 1, max(1, int(len(data) * share)))]


def damaged(data: bytes, other: bytes, damage: str, rng: np.random.Generator) -> bytes:
    """Damage a file; ``other`` is a file of another kind."""
    place = int(rng.integers(len(data)))
    changed = bytearray(data)
    if damage == "truncated":
        return truncated(data, float(rng.uniform(0.01, 0.999)))
    if damage == "bytes changed":
        for index in rng.integers(len(data), size=int(rng.integers(1, 40))):
            changed[index] = rng.integers(256)
    elif damage == "head of another file":
        length = int(rng.integers(4, 300))
        changed[:length] = other[:length]
    elif damage == "block zeroed":
        changed[place : place + 512] = bytes(min(512, len(data) - place))
    elif damage == "bytes inserted":
        changed[place:place] = rng.bytes(int(rng.integers(1, 64)))
    else:
        for index in rng.integers(min(len(data), 600), size=8):
            changed[index] ^= 1 << int(rng.integers(8))
    return bytes(changed)
