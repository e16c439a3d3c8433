"""From stored values to what is shown: grey limits, identical channels, orientation."""

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.imaging.image import Pixels

NARROWEST_SHARE = 1 / 16
"""Values that fill less of their range than this are shown from their lowest to their highest."""


def range_window(low: int, high: int, bits: int) -> tuple[float, float]:
    """Grey limits for an image that states none.

    With 8 bits they are the whole range, as for a JPEG. With more bits the upper limit is the largest value
    of the bits that the image really uses, because 12-bit films are often stored as 16 bit. So an 8-bit film
    times 16, stored as 12 bit, gets the greys of the JPEG within 1 level.

    Parameters
    ----------
    low, high
        Smallest and largest value of the image; signed values are allowed.
    bits
        Bits stored per pixel.

    Returns
    -------
    tuple of float
        Low and high limit.
    """
    if low < 0:
        return float(low), float(max(high, low + 1))
    top = 2 ** max(bits if bits <= 8 else high.bit_length(), 1) - 1
    if bits > 8 and high - low < top * NARROWEST_SHARE:
        return float(low), float(max(high, low + 1))
    return 0.0, float(top)


def as_shown(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation, and drop channels that are all the same.

    Parameters
    ----------
    pixels
        (H, W) or (H, W, 3), as stored.
    orientation
        1 to 8 as in EXIF; other numbers mean 1.

    Returns
    -------
    NDArray
        (H, W) or (H, W, 3), contiguous; (W, H) for the orientations 5 to 8.
    """
    shown: Pixels = single_channel(pixels)
    if orientation in (5, 6, 7, 8):
        shown = shown.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        shown = shown[:, ::-1]
    if orientation in (3, 4, 7, 8):
        shown = shown[::-1]
    return np.ascontiguousarray(shown)


def single_channel(pixels: Pixels) -> Pixels:
    """Reduce three identical channels to one; other images come back unchanged.

    Parameters
    ----------
    pixels
        (H, W) or (H, W, 3).

    Returns
    -------
    NDArray
        (H, W) where all channels agree everywhere, else ``pixels``.
    """
    if pixels.ndim == 2:
        return pixels
    sample = pixels[::16, ::16]
    if np.any(sample[..., 0] != sample[..., 1]) or np.any(sample[..., 1] != sample[..., 2]):
        return pixels
    red, green, blue = (_channel(pixels, index) for index in range(3))
    return red if np.array_equal(red, green) and np.array_equal(green, blue) else pixels


def _channel(pixels: Pixels, index: int) -> NDArray[np.uint8]:
    """One channel, contiguous; cv2 is several times faster here than a slice."""
    return np.asarray(cv2.extractChannel(pixels, index), dtype=np.uint8)
