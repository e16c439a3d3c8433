"""Decoding the stored pixels of one DICOM frame, with one fixed decoder per transfer syntax."""

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments, get_frame
from pydicom.pixels.decoders.base import get_decoder

from napari_dentlm.core.imaging.codestreams import StreamHeader, check_jpeg, check_jpeg_2000
from napari_dentlm.core.imaging.damage import DamageError, check_size
from napari_dentlm.core.imaging.jpeg_decoding import check_coded_picture

# gdcm writes to the standard error stream otherwise.
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()
gdcm.Trace.DebugOff()

_DECODERS: dict[str, str] = {
    uid.JPEGBaseline8Bit: "pillow",
    uid.JPEGExtended12Bit: "pillow",
    uid.JPEGLossless: "gdcm",
    uid.JPEGLosslessSV1: "gdcm",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEGLSNearLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
    uid.JPEG2000: "pylibjpeg",
    uid.HTJ2KLossless: "pylibjpeg",
    uid.HTJ2KLosslessRPCL: "pylibjpeg",
    uid.HTJ2K: "pylibjpeg",
    uid.RLELossless: "pydicom",
}
_NATIVE = frozenset(
    {
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    }
)
_KEEPS_BIT_PLACES = _NATIVE | {uid.RLELossless}
"""The codecs of the other syntaxes give values that start at the lowest bit, whatever HighBit says."""
_JPEG_2000 = frozenset({uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K})


class MissingCodecError(Exception):
    """No decoder for a transfer syntax: its name, and the package that has one (or nothing)."""

    def __init__(self, syntax: str, package: str) -> None:
        super().__init__(syntax, package)
        self.syntax = syntax
        self.package = package


def frame_count(dataset: Dataset) -> int:
    """Number of frames that the header declares; at least 1."""
    return max(1, int(dataset.get("NumberOfFrames") or 1))


def check_pixel_data(dataset: Dataset) -> None:
    """Check header and amount of pixel data before anything is decoded.

    Parameters
    ----------
    dataset
        The DICOM file.

    Raises
    ------
    DamageError
        When there are no pixels, the declared size is impossible, the depth is not read, or frames are
        missing.
    MissingCodecError
        When nothing here decodes the transfer syntax.
    """
    if "PixelData" not in dataset:
        is_float = "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset
        found = "its pixels are floating point" if is_float else "this DICOM file holds no picture"
        raise DamageError(found, "Choose a file with a film or a photo.")
    check_size(int(dataset.Columns), int(dataset.Rows))
    if int(dataset.BitsAllocated) not in (1, 8, 16) or not 1 <= int(dataset.BitsStored) <= 16:
        found = f"it has {dataset.BitsAllocated} bits per pixel, which is not read"
        raise DamageError(found, "Export it with 8 to 16 bits.")
    if int(dataset.SamplesPerPixel) not in (1, 3):
        raise DamageError(f"it has {dataset.SamplesPerPixel} channels, which is not read")
    syntax = transfer_syntax(dataset)
    if syntax in _NATIVE:
        present, needed = len(dataset.PixelData), -(-_frame_bits(dataset) * frame_count(dataset) // 8)
    elif syntax in _DECODERS:
        if syntax == uid.JPEGExtended12Bit and int(dataset.BitsStored) > 8:
            raise MissingCodecError(f"{syntax.name} with {dataset.BitsStored} bits", "pylibjpeg-libjpeg")
        # The first fragment is the offset table.
        present, needed = sum(1 for _ in generate_fragments(dataset.PixelData)) - 1, frame_count(dataset)
    else:
        raise MissingCodecError(syntax.name, "")
    if present < needed:
        raise DamageError("the picture is cut short")


def transfer_syntax(dataset: Dataset) -> uid.UID:
    """The transfer syntax; old files without one are little endian."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if syntax is not None:
        return uid.UID(syntax)
    return uid.ImplicitVRLittleEndian if dataset.original_encoding[0] else uid.ExplicitVRLittleEndian


def stored_frame(dataset: Dataset, frame: int) -> tuple[NDArray[np.generic], str]:
    """Decode the stored values of one frame; no LUT, no colour conversion, no inversion.

    Parameters
    ----------
    dataset
        A DICOM file that passed `check_pixel_data`.
    frame
        Number of the frame, from 0.

    Returns
    -------
    tuple
        (H, W) or (H, W, 3), uint8, int8, uint16 or int16, with bits above BitsStored (overlays) removed; and
        the photometric interpretation of these values.

    Raises
    ------
    DamageError
        When the frame's stream is cut short or contradicts the header.
    """
    syntax = transfer_syntax(dataset)
    plugin = _DECODERS.get(syntax, "")
    if plugin and syntax != uid.RLELossless:
        _check_stream(dataset, frame, syntax)
    decoder = get_decoder(syntax)
    dataset.file_meta.TransferSyntaxUID = syntax
    # pydicom would clear unused bits as if every pixel ended at bit 0; HighBit may say otherwise. (Its
    # annotation of the keyword arguments is wrong.)
    pixels, meta = decoder.as_array(
        dataset,
        index=frame,
        raw=True,
        decoding_plugin=plugin,
        correct_unused_bits=False,  # type: ignore[arg-type]
    )
    shape = (int(dataset.Rows), int(dataset.Columns))
    if pixels.shape[:2] != shape:
        raise DamageError("the picture has another size than the header says")
    return _without_unused_bits(pixels, dataset), str(meta["photometric_interpretation"])


def _check_stream(dataset: Dataset, frame: int, syntax: uid.UID) -> None:
    """Check that a frame's compressed stream is whole and has the size of the header."""
    stream = get_frame(
        dataset.PixelData,
        frame,
        number_of_frames=frame_count(dataset),
        extended_offsets=_extended_offsets(dataset),
    )
    header: StreamHeader = check_jpeg_2000(stream) if syntax in _JPEG_2000 else check_jpeg(stream)
    if header.bits == 8:
        check_coded_picture(stream, header)
    declared = (int(dataset.Columns), int(dataset.Rows), int(dataset.SamplesPerPixel))
    if (header.width, header.height, header.components) != declared:
        raise DamageError("the picture has another size than the header says")


def _extended_offsets(dataset: Dataset) -> tuple[bytes, bytes] | None:
    """The extended offset table, where there is one."""
    offsets, lengths = dataset.get("ExtendedOffsetTable"), dataset.get("ExtendedOffsetTableLengths")
    return (offsets, lengths) if offsets and lengths else None


def _frame_bits(dataset: Dataset) -> int:
    """Bits of one uncompressed frame."""
    samples = int(dataset.SamplesPerPixel)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        samples = 2
    return int(dataset.Rows) * int(dataset.Columns) * samples * int(dataset.BitsAllocated)


def _without_unused_bits(pixels: NDArray[np.generic], dataset: Dataset) -> NDArray[np.generic]:
    """Remove bits that do not belong to the pixel; some old devices keep overlays there."""
    bits, high = int(dataset.BitsStored), int(dataset.HighBit)
    width = 8 * pixels.dtype.itemsize
    if transfer_syntax(dataset) not in _KEEPS_BIT_PLACES or not bits - 1 <= high < width:
        high = bits - 1
    if bits >= width:
        return pixels
    # Shifting left and back clears the bits above, and repeats the sign of signed values.
    cleared: NDArray[np.generic] = np.right_shift(np.left_shift(pixels, width - 1 - high), width - bits)
    return cleared
