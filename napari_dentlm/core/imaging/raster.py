"""Reading JPEG, PNG, TIFF and BMP.

Each format has one decoder (for JPEG see `jpeg_decoding`, Pillow for the rest), so that an image_id never
depends on which library happens to be installed. A resolution in dots per inch is never a calibration: it
says how large a picture is to be printed, not how large the patient is.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.imaging.codestreams import StreamHeader, check_jpeg
from napari_dentlm.core.imaging.damage import DamageError
from napari_dentlm.core.imaging.image import Image, Pixels, identify
from napari_dentlm.core.imaging.integrity import check_bmp, check_png
from napari_dentlm.core.imaging.jpeg_decoding import jpeg_pixels
from napari_dentlm.core.imaging.source import FileKind
from napari_dentlm.core.imaging.tiff_structure import TiffPage, tiff_pages
from napari_dentlm.core.imaging.tone import as_shown, range_window

_ORIENTATION_TAG = 0x0112
_NO_CALIBRATION = Calibration.none("The image file states no calibrated pixel size (dots per inch do not count).")
_GREY_MODES = frozenset({"L", "I;16", "I;16B", "I;16L", "1"})
_COLOUR_MODES = frozenset({"RGB", "RGBA", "RGBX", "P", "PA", "CMYK", "YCbCr", "La", "LA", "RGBa"})


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A frame as decoded: what is hashed, what is shown before orientation, and how."""

    stored: NDArray[np.generic]
    pixels: Pixels
    orientation: int
    bits: int


class RasterFrames:
    """The frames of one JPEG, PNG, TIFF or BMP file, checked for being whole.

    Parameters
    ----------
    path
        The file.
    data
        Its content.
    kind
        Its format.

    Raises
    ------
    DamageError
        When the file is cut short or damaged.
    """

    def __init__(self, path: Path, data: bytes, kind: FileKind) -> None:
        self._path = path
        self._data = data
        self._kind = kind
        self._pages: list[TiffPage] = []
        self._jpeg: StreamHeader | None = None
        if kind is FileKind.JPEG:
            self._jpeg = check_jpeg(data)
        elif kind is FileKind.PNG:
            check_png(data)
        elif kind is FileKind.BMP:
            check_bmp(data)
        else:
            self._pages = tiff_pages(data)
        self.count = max(1, len(self._pages))

    def read(self, frame: int) -> Image:
        """Decode one frame.

        Parameters
        ----------
        frame
            0 to ``count - 1``.

        Returns
        -------
        Image
            The frame, without calibration.

        Raises
        ------
        DamageError
            When the pixels cannot be decoded, or are of a kind that is not read.
        """
        if self._jpeg is not None and self._jpeg.components in (1, 3):
            decoded = self._decode_jpeg(self._jpeg)
        elif self._kind is FileKind.TIFF:
            decoded = self._decode_tiff_page(frame)
        else:
            decoded = self._decode_with_pillow()
        pixels = as_shown(decoded.pixels, decoded.orientation)
        pixels.flags.writeable = False
        window = (0.0, 255.0)
        if pixels.dtype == np.uint16:
            window = range_window(int(pixels.min()), int(pixels.max()), decoded.bits)
        return Image(
            path=self._path,
            frame=frame,
            frame_count=self.count,
            image_id=identify(decoded.stored),
            pixels=pixels,
            window=window,
            calibration=_NO_CALIBRATION,
            patient_id=None,
            modality="",
        )

    def _decode_jpeg(self, header: StreamHeader) -> _Decoded:
        stored = jpeg_pixels(self._data, header)
        with PillowImage.open(io.BytesIO(self._data), formats=("JPEG",)) as picture:
            orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
        return _Decoded(stored, stored, orientation, 8)

    def _decode_with_pillow(self) -> _Decoded:
        with PillowImage.open(io.BytesIO(self._data), formats=(self._kind.value,)) as picture:
            stored, pixels = _arrays(picture)
            orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
        return _Decoded(stored, pixels, orientation, 8 * pixels.itemsize)

    def _decode_tiff_page(self, frame: int) -> _Decoded:
        page = self._pages[frame]
        data = self._data
        if page.orientation_at is not None:
            # Pillow turns TIFF pages while it decodes; the stored pixels are wanted first.
            upright = (1).to_bytes(2, "little" if data[:2] == b"II" else "big")
            data = data[: page.orientation_at] + upright + data[page.orientation_at + 2 :]
        with PillowImage.open(io.BytesIO(data), formats=("TIFF",)) as picture:
            picture.seek(frame)
            stored, pixels = _arrays(picture)
        if page.is_white_zero and pixels.dtype == np.uint16:
            # Pillow inverts 1- and 8-bit pages by itself, others not.
            pixels = np.asarray((1 << page.bits) - 1 - pixels.astype(np.int32), dtype=np.uint16)
        return _Decoded(stored, pixels, page.orientation, page.bits)


def _arrays(picture: PillowImage.Image) -> tuple[NDArray[np.generic], Pixels]:
    """The stored pixels of a Pillow image, and the same as grey or RGB.

    Parameters
    ----------
    picture
        An opened image; it is decoded here.

    Returns
    -------
    tuple of NDArray
        Stored pixels in the file's own channels (palette indices for a palette); (H, W) uint8 or uint16, or
        (H, W, 3) uint8 RGB without alpha.

    Raises
    ------
    DamageError
        When the image has pixels of 32 bit, floating point or an unknown colour space.
    """
    if picture.mode not in _GREY_MODES | _COLOUR_MODES:
        found = f"its pixels are of the kind '{picture.mode}', which is not read"
        raise DamageError(found, "Save it with 8 or 16 bits, grey or RGB.")
    if picture.mode == "1":
        picture = picture.convert("L")
    stored: NDArray[np.generic] = np.asarray(picture)
    if picture.mode in _GREY_MODES:
        # Big-endian 16-bit pages come as they are stored; everything else works on the machine's order.
        grey: Pixels = stored.astype(np.uint8 if picture.mode == "L" else np.uint16, copy=False)
        return stored, grey
    return stored, np.asarray(picture.convert("L" if picture.mode in ("LA", "La") else "RGB"), dtype=np.uint8)
