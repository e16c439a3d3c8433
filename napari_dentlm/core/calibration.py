"""Millimetres per pixel, and where they come from."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_dentlm.core.errors import CalibrationError


class SpacingSource(StrEnum):
    """Where a spacing comes from; written beside every millimetre."""

    PIXEL_SPACING = "pixel_spacing"
    IMAGER_SPACING_CORRECTED = "imager_spacing_corrected"
    RULER = "ruler"
    USER = "user"
    DATASET = "dataset"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The size of one pixel in the patient, or the reason why it is not known.

    Parameters
    ----------
    row_mm
        Distance of the centres of two rows (vertical), mm per pixel; None without a calibration.
    column_mm
        Distance of the centres of two columns (horizontal), mm per pixel; None without a calibration.
    source
        Where the spacing comes from.
    reason
        Why there is none, or how it was found, in words for the dentist.
    offered_mm
        A spacing (row, column) that the file states but that does not count; the dentist may accept it, which
        makes it a calibration of source ``user``. Only without a calibration.

    Raises
    ------
    CalibrationError
        When a spacing is not a finite positive length, or stands beside the source ``none``.
    """

    row_mm: float | None
    column_mm: float | None
    source: SpacingSource
    reason: str = ""
    offered_mm: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Check that the values fit the source."""
        if self.source is SpacingSource.NONE:
            if self.row_mm is not None or self.column_mm is not None:
                raise CalibrationError("A spacing needs a source other than 'none'.")
            if self.offered_mm is not None:
                _check_spacing(self.offered_mm)
            return
        if self.row_mm is None or self.column_mm is None:
            raise CalibrationError(f"The source '{self.source}' needs a spacing in mm per pixel.")
        if self.offered_mm is not None:
            raise CalibrationError("A spacing is offered only where there is no calibration.")
        _check_spacing((self.row_mm, self.column_mm))

    @classmethod
    def none(cls, reason: str, offered_mm: tuple[float, float] | None = None) -> Self:
        """No calibration, with the reason in words and, where the file states one, the spacing on offer."""
        return cls(None, None, SpacingSource.NONE, reason, offered_mm)

    @classmethod
    def user(cls, mm: float) -> Self:
        """A spacing that the user states, mm per pixel in both directions."""
        return cls(mm, mm, SpacingSource.USER)

    @classmethod
    def dataset(cls, mm: float) -> Self:
        """A spacing that is part of a data set's description, mm per pixel in both directions."""
        return cls(mm, mm, SpacingSource.DATASET)

    @property
    def is_known(self) -> bool:
        """Whether pixels can be turned into millimetres."""
        return self.source is not SpacingSource.NONE

    def to_mm(self, points_xy: ArrayLike) -> NDArray[np.float64] | None:
        """Turn points from pixels into millimetres.

        Parameters
        ----------
        points_xy
            (K, 2) float64, x then y, pixels. NaN stays NaN.

        Returns
        -------
        NDArray or None
            (K, 2) float64, x then y, mm from the centre of the first pixel; None without a calibration.
        """
        if self.row_mm is None or self.column_mm is None:
            return None
        return np.asarray(points_xy, dtype=np.float64) * (self.column_mm, self.row_mm)

    def distance_mm(self, a: ArrayLike, b: ArrayLike) -> float | None:
        """Distance of two points, each x then y in pixels, in mm; None without a calibration."""
        difference = self.to_mm(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64))
        return None if difference is None else float(np.hypot(difference[0], difference[1]))


def _check_spacing(spacing_mm: tuple[float, float]) -> None:
    """Refuse a spacing that is no finite positive length."""
    for value in spacing_mm:
        if not math.isfinite(value) or value <= 0:
            raise CalibrationError(f"A spacing must be a positive number of mm per pixel, not {value}.")
