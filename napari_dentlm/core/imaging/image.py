"""One frame of a file, as it is shown."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.calibration import Calibration

Pixels = NDArray[np.uint8 | np.uint16]
"""(H, W) uint8 or uint16, or (H, W, 3) uint8."""
COLOURFUL = 12.0
"""Mean difference between the strongest and the weakest colour from which a picture is in colour."""
_COLOUR_STEP = 8


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One frame of an image file, ready to be shown.

    Parameters
    ----------
    path
        The file.
    frame, frame_count
        Number of this frame, from 0, and how many the file has.
    image_id
        SHA-256 (hexadecimal) over shape, dtype and stored pixels; see `identify`.
    pixels
        As shown: (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB. Modality and VOI steps, MONOCHROME1
        inversion and EXIF orientation are applied. Read only.
    window
        Grey limits to show first, (low, high), in values of ``pixels``.
    calibration
        Millimetres per pixel of ``pixels``.
    patient_id
        PatientID of a DICOM file as it stands there. Never written to a file, never logged.
    modality
        DICOM modality (``CR``, ``DX``...); empty for other files.
    """

    path: Path
    frame: int
    frame_count: int
    image_id: str
    pixels: Pixels = field(repr=False)
    window: tuple[float, float]
    calibration: Calibration
    patient_id: str | None = field(repr=False)
    modality: str

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Number of rows."""
        return int(self.pixels.shape[0])

    @property
    def in_colour(self) -> bool:
        """Whether the picture is in colour; a film that was stored with three channels, or scanned, is not."""
        if self.pixels.ndim != 3:
            return False
        few = self.pixels[::_COLOUR_STEP, ::_COLOUR_STEP].astype(np.int16)
        return float((few.max(axis=2) - few.min(axis=2)).mean()) > COLOURFUL

    def grey(self) -> NDArray[np.uint8]:
        """What the cascade sees: one channel of 8 bit, with the window mapped to 0..255.

        Returns
        -------
        NDArray
            (H, W) uint8; colours by their luma (ITU-R BT.601). May share memory with ``pixels``.
        """
        pixels = self.pixels
        if pixels.ndim == 3:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        if pixels.dtype == np.uint8 and self.window == (0.0, 255.0):
            return np.asarray(pixels, dtype=np.uint8)
        return window_table(self.window, pixels.dtype)[pixels]

    def shown(self) -> NDArray[np.uint8]:
        """What a person sees: (H, W) uint8 with the window applied, or (H, W, 3) uint8 RGB of a colour picture."""
        return np.asarray(self.pixels, dtype=np.uint8) if self.pixels.ndim == 3 else self.grey()


def window_table(window: tuple[float, float], dtype: np.dtype[np.uint8 | np.uint16]) -> NDArray[np.uint8]:
    """Table from every value of ``dtype`` to a grey of 8 bit.

    Parameters
    ----------
    window
        Low and high limit; low maps to 0, high to 255, linear between and clipped outside. A window of
        256 values or more is cut into 256 equal bins, so that a film of 8 bits stored with 12 or 16 keeps its
        very grey levels; a narrower one is rounded.
    dtype
        uint8 or uint16.

    Returns
    -------
    NDArray
        (256,) or (65536,) uint8.
    """
    low, high = window
    values = np.arange(np.iinfo(dtype).max + 1, dtype=np.float64)
    if high - low >= np.iinfo(np.uint8).max:
        scaled = np.floor((values - low) * (256.0 / (high - low + 1)))
    else:
        scaled = np.rint((values - low) * (255.0 / max(high - low, 1e-9)))
    return np.clip(scaled, 0.0, 255.0).astype(np.uint8)


def identify(stored: NDArray[np.generic]) -> str:
    """Name a frame by its content.

    Parameters
    ----------
    stored
        The frame's pixels as the decoder gives them, before EXIF orientation, LUT and inversion.

    Returns
    -------
    str
        SHA-256 in hexadecimal over a line ``HxWxC dtype`` and the pixels, row by row, little endian.
    """
    little_endian = np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{'x'.join(map(str, stored.shape))} {stored.dtype.name}\n".encode("ascii"))
    digest.update(little_endian.data)
    return digest.hexdigest()
