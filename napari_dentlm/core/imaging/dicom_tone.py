"""From stored DICOM values to the grey values that are shown: modality, VOI, then MONOCHROME1.

Everything is a table over all stored values, so a film of 5 million pixels costs one look-up. A linear
modality step (rescale) keeps the stored values and moves the grey limits instead, which loses nothing; a
modality LUT, a VOI LUT and a sigmoid VOI function change the values. A linear VOI window becomes the image's
window.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from napari_dentlm.core.imaging.image import Pixels
from napari_dentlm.core.imaging.tone import range_window

_SIGMOID_TOP = 65535.0


@dataclass(frozen=True, slots=True)
class Shown:
    """Pixels ready to be shown.

    Parameters
    ----------
    pixels
        (H, W) uint8 or uint16.
    window
        Grey limits (low, high) in values of ``pixels``.
    """

    pixels: Pixels
    window: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _VoiWindow:
    """A usable VOI window, in modality values."""

    center: float
    width: float
    function: str

    def limits(self) -> tuple[float, float]:
        """Values that become black and white (DICOM PS3.3, C.11.2.1.2)."""
        if self.function == "LINEAR_EXACT":
            return self.center - self.width / 2, self.center + self.width / 2
        # A width of 1 is a step from black to white, and limits have to differ.
        half = max(self.width - 1, 1) / 2
        return self.center - 0.5 - half, self.center - 0.5 + half


@dataclass(frozen=True, slots=True)
class _Values:
    """Values on their way to the screen: unsigned, with what turns them into modality values.

    Stored values that were signed are shifted by ``zero``, the value of ``pixels`` that a stored 0 has; those of a
    falling rescale are mirrored there.
    """

    pixels: Pixels
    bits: int
    slope: float
    intercept: float
    zero: int = 0
    is_mirrored: bool = False

    def limits_of(self, low: float, high: float) -> tuple[float, float]:
        """Turn limits in modality values into values of ``pixels``."""
        return (low - self.intercept) / self.slope, (high - self.intercept) / self.slope

    def plain_limits(self) -> tuple[float, float]:
        """Grey limits where the header states none: those that the stored values have, see `range_window`."""
        way = -1 if self.is_mirrored else 1
        stored = sorted(way * (int(value) - self.zero) for value in (self.pixels.min(), self.pixels.max()))
        low, high = sorted(self.zero + way * limit for limit in range_window(stored[0], stored[1], self.bits))
        return low, high


def shown_grey(stored: NDArray[np.generic], dataset: Dataset) -> Shown:
    """Apply the modality, VOI and presentation steps of a grey DICOM frame.

    Parameters
    ----------
    stored
        (H, W) integers as stored; signed where the header says so.
    dataset
        The header.

    Returns
    -------
    Shown
        Bright is dense (bone is white), whatever the photometric interpretation.
    """
    values = _modality(stored, dataset)
    low, high = int(values.pixels.min()), int(values.pixels.max())
    voi = _voi_window(dataset)
    window = None if voi is None else values.limits_of(*voi.limits())
    if window is not None and (window[1] <= low or window[0] >= high) and high > low:
        voi = window = None  # It would show nothing: a default that the device never filled in.
    if voi is not None and voi.function == "SIGMOID":
        values, window = _sigmoid(values, voi), (0.0, _SIGMOID_TOP)
    elif voi is None and _lut(dataset, "VOILUTSequence") is not None:
        values = _apply_lut(values, dataset, "VOILUTSequence")
        window = (0.0, float(2**values.bits - 1))
    if window is None:
        window = values.plain_limits()
    if dataset.PhotometricInterpretation != "MONOCHROME1":
        return Shown(values.pixels, window)
    top = 2**values.bits - 1
    inverted: Pixels = np.subtract(top, values.pixels, dtype=values.pixels.dtype)
    return Shown(inverted, (top - window[1], top - window[0]))


def _modality(stored: NDArray[np.generic], dataset: Dataset) -> _Values:
    """Make the stored values unsigned and apply the modality step."""
    bits = int(dataset.BitsStored)
    is_signed = np.issubdtype(stored.dtype, np.signedinteger)
    lowest = -(2 ** (bits - 1)) if is_signed else 0
    dtype: type[np.uint8 | np.uint16] = np.uint8 if stored.dtype.itemsize == 1 else np.uint16
    unsigned = stored.astype(np.int32) - lowest if is_signed else stored
    pixels: Pixels = unsigned.astype(dtype)
    values = _Values(pixels, bits, 1.0, float(lowest), -lowest)
    if _lut(dataset, "ModalityLUTSequence") is not None:
        return _apply_lut(values, dataset, "ModalityLUTSequence")
    slope, intercept = _first_number(dataset, "RescaleSlope"), _first_number(dataset, "RescaleIntercept")
    if slope is None or intercept is None or slope == 0:
        return values
    intercept += slope * lowest
    if slope > 0:
        return _Values(pixels, bits, slope, intercept, -lowest)
    # A falling rescale turns the picture over; the values are mirrored so that the rest can stay rising.
    top = 2**bits - 1
    mirrored: Pixels = np.subtract(top, pixels, dtype=dtype)
    return _Values(mirrored, bits, -slope, intercept + slope * top, top + lowest, is_mirrored=True)


def _apply_lut(values: _Values, dataset: Dataset, keyword: str) -> _Values:
    """Look all values up in the LUT of a sequence; the result needs no further rescale."""
    found = _lut(dataset, keyword)
    if found is None:
        return values
    table, first, bits = found
    every = np.arange(2**values.bits, dtype=np.float64) * values.slope + values.intercept
    index = np.clip(np.rint(every) - first, 0, len(table) - 1).astype(np.int64)
    if keyword == "ModalityLUTSequence":
        # Tables for 10-bit films often claim 16 bits; their largest value tells the depth.
        bits = max(1, int(table.max()).bit_length())
    dtype = np.uint8 if bits <= 8 else np.uint16
    return _Values(table[index].astype(dtype)[values.pixels], bits, 1.0, 0.0)


def _lut(dataset: Dataset, keyword: str) -> tuple[NDArray[np.int64], int, int] | None:
    """Table, first mapped value and bits of the first LUT of a sequence; None without one."""
    sequence = dataset.get(keyword)
    if not sequence:
        return None
    count, first, bits = (int(value) for value in sequence[0].LUTDescriptor)
    count = count or 65536
    data = sequence[0].LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] else ">"
        # 8-bit tables are stored either one or two values to a word.
        code = "u1" if bits <= 8 and len(data) < 2 * count else f"{order}u2"
        data = np.frombuffer(data[: count * np.dtype(code).itemsize], dtype=code)
    table = np.asarray(data, dtype=np.int64)[:count] & (2**bits - 1)
    if len(table) < count or not 1 <= bits <= 16:
        raise ValueError(f"{keyword} has {len(table)} of {count} values")
    return table, first, bits


def _sigmoid(values: _Values, voi: _VoiWindow) -> _Values:
    """Apply the sigmoid VOI function; the result fills 16 bits."""
    every = np.arange(2**values.bits, dtype=np.float64) * values.slope + values.intercept
    exponent = np.clip(-4 * (every - voi.center) / voi.width, -700, 700)
    table = np.rint(_SIGMOID_TOP / (1 + np.exp(exponent))).astype(np.uint16)
    return _Values(table[values.pixels], 16, 1.0, 0.0)


def _voi_window(dataset: Dataset) -> _VoiWindow | None:
    """The first VOI window of the header, when its numbers make sense."""
    center, width = _first_number(dataset, "WindowCenter"), _first_number(dataset, "WindowWidth")
    function = str(dataset.get("VOILUTFunction") or "LINEAR").strip().upper()
    if center is None or width is None or width < (1 if function == "LINEAR" else 0) or width == 0:
        return None
    return _VoiWindow(center, width, function)


def _first_number(dataset: Dataset, keyword: str) -> float | None:
    """First finite value of an element, or None."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, str | bytes):
        return None
    if hasattr(value, "__len__"):
        value = value[0] if len(value) else None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
