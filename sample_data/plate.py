"""The plate that absorption is added up on, before it becomes grey levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_data.curves import Points

_SUBPIXEL_BITS = 5


@dataclass(frozen=True, slots=True)
class Stroke:
    """One piece of anatomy in mm.

    Attributes
    ----------
    curve : array (n, 2)
        Its outline or centre line.
    amount : float
        Absorption that it adds; negative for air.
    blur : float
        Softness of its edge, mm.
    width : float or None
        Thickness of a line, mm; None fills the outline.
    inner : bool
        Whether only the part inside the closed curve is drawn, so that the outer edge is the curve.
    """

    curve: Points
    amount: float
    blur: float
    width: float | None = None
    inner: bool = False


def expose(strokes: Iterable[Stroke], size: tuple[int, int], mm_per_pixel: float) -> NDArray[np.float32]:
    """Add up the absorption of posed strokes.

    Parameters
    ----------
    strokes : iterable of Stroke
        Curves in film millimetres: (0, 0) is the corner of the plate, not the centre of its first pixel.
    size : tuple of int
        Width and height of the plate in pixels.
    mm_per_pixel : float
        Edge of a plate pixel, mm.

    Returns
    -------
    array (height, width) float32
        Absorption, 0 for air.
    """
    plate = np.zeros((size[1], size[0]), np.float32)
    for stroke in strokes:
        _add(plate, stroke, mm_per_pixel)
    return plate


def _add(plate: NDArray[np.float32], stroke: Stroke, mm_per_pixel: float) -> None:
    """Add one stroke inside the box that it touches."""
    height, width = plate.shape
    pixels = stroke.curve / mm_per_pixel - 0.5
    sigma = stroke.blur / mm_per_pixel
    margin = 3 * sigma + (stroke.width or 0) / mm_per_pixel + 2
    low = np.floor(np.clip(pixels.min(axis=0) - margin, 0, [width, height])).astype(int)
    high = np.ceil(np.clip(pixels.max(axis=0) + margin, 0, [width, height])).astype(int)
    if np.any(high - low < 2):
        return
    # A wide blur holds no detail, so a coarser grid gives the same picture for a fraction of the time.
    step = 1 if sigma < 6 else 2 ** int(np.log2(sigma / 3))
    box = (high - low + step - 1) // step
    mask = _mask(pixels - low, box, stroke, mm_per_pixel, step)
    if step > 1:
        fine = (int(box[0]) * step, int(box[1]) * step)
        mask = np.asarray(cv2.resize(mask, fine, interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    size = high - low
    plate[low[1] : high[1], low[0] : high[0]] += stroke.amount * mask[: size[1], : size[0]]


def _mask(
    pixels: Points, box: NDArray[np.int64], stroke: Stroke, mm_per_pixel: float, step: int
) -> NDArray[np.float32]:
    """Draw one stroke into its own box, 0 to 1, blurred."""
    mask = np.zeros((int(box[1]), int(box[0])), np.uint8)
    fixed = np.round(((pixels + 0.5) / step - 0.5) * 2**_SUBPIXEL_BITS).astype(np.int32)[None]
    if stroke.width is None:
        cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
    else:
        thickness = max(1, round(stroke.width / mm_per_pixel / step))
        cv2.polylines(mask, fixed, False, 255, thickness, cv2.LINE_AA, _SUBPIXEL_BITS)
    if stroke.inner:
        inside = np.zeros_like(mask)
        cv2.fillPoly(inside, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        mask = np.minimum(mask, inside)
    sigma = stroke.blur / mm_per_pixel / step
    soft: NDArray[np.float32] = mask.astype(np.float32) / np.float32(255)
    if sigma > 0.3:
        blurred = cv2.GaussianBlur(soft, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        soft = np.asarray(blurred, dtype=np.float32)
    return soft
