"""Which way a face looks on the film, and how large it is: the film may be turned or mirrored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.guard.limits import DOWN, FORWARD, Stretch

Vector = NDArray[np.float64]
Positions = Mapping[str, Vector]
"""Landmark key to (2,) float64, x then y, square pixels or mm."""
_AGREED = 0.5
"""Stretches that point apart (a mean direction shorter than this) do not tell which way the face looks."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a face lies on the film.

    Parameters
    ----------
    axes
        Unit vectors to the front and to the chin, by name; at right angles.
    unit
        Length of one face unit.
    """

    axes: Mapping[Literal["forward", "down"], Vector]
    unit: float

    @classmethod
    def of(cls, positions: Positions) -> Self | None:
        """The face of these landmarks; None when they do not tell.

        Several stretches vote on each direction, so that one pair of landmarks at wrong places turns nothing
        round; the median over all of them gives the size.
        """
        forward, down, unit = _direction(positions, FORWARD), _direction(positions, DOWN), face_unit(positions)
        if forward is None or down is None or unit is None:
            return None
        across = down - (down @ forward) * forward
        length = float(np.linalg.norm(across))
        return cls({"forward": forward, "down": across / length}, unit) if length > _AGREED else None

    def ahead(self, first: Vector, second: Vector, axis: Literal["forward", "down"]) -> float:
        """How far `second` lies in front of, or below, `first`, in face units."""
        return float((second - first) @ self.axes[axis]) / self.unit


def face_unit(positions: Positions) -> float | None:
    """Length of one face unit, from the median of the stretches that are known; None without any."""
    ratios = [
        float(np.linalg.norm(positions[stretch.end] - positions[stretch.start])) / stretch.length
        for stretch in (*FORWARD, *DOWN)
        if stretch.start in positions and stretch.end in positions
    ]
    unit = float(np.median(ratios)) if ratios else 0.0
    return unit or None


def _direction(positions: Positions, stretches: Sequence[Stretch]) -> Vector | None:
    """Mean direction of the stretches that are known, as a unit vector."""
    directions = [
        vector / length
        for stretch in stretches
        if stretch.start in positions and stretch.end in positions
        for vector in [positions[stretch.end] - positions[stretch.start]]
        if (length := float(np.linalg.norm(vector)))
    ]
    if not directions:
        return None
    mean = np.mean(directions, axis=0)
    agreed = float(np.linalg.norm(mean))
    return mean / agreed if agreed > _AGREED else None
