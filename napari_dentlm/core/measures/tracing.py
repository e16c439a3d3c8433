"""A tracing: points in millimetres, or square pixels, turned over where the film faces left."""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures.geometry import Vector, below
from napari_dentlm.core.measures.midpoints import with_midpoints

_FORWARD = (("S", "N"), ("Po", "Or"), ("PNS", "ANS"))
_BELOW = ("A", "B", "Pog", "Me", "Gn", "L1", "U1", "Ls", "Li", "Pogs")


class Tracing:
    """Points on which measures are taken.

    Parameters
    ----------
    points
        Key to x, y in units that are equally long in both directions, y pointing down.

    Attributes
    ----------
    facing
        1 when the face looks to the right of the upright film, -1 to the left, None where the points do not tell.
    """

    def __init__(self, points: Mapping[str, Vector]) -> None:
        self.facing = _facing(points)
        mirror = self.facing or 1
        self._points = {key: (mirror * x, y) for key, (x, y) in with_midpoints(points).items()}

    @classmethod
    def of(cls, annotation: Annotation, calibration: Calibration | None) -> Self:
        """Tracing of the landmarks that have a position; in mm with a calibration, else in pixels."""
        return cls(positions(annotation, calibration))

    def __contains__(self, key: str) -> bool:
        return key in self._points

    def vector(self, start: str, end: str) -> Vector:
        """The way from landmark `start` to landmark `end`."""
        (x0, y0), (x1, y1) = self._points[start], self._points[end]
        return x1 - x0, y1 - y0


def positions(annotation: Annotation, calibration: Calibration | None) -> dict[str, Vector]:
    """Points of the landmarks that have a position, as they lie on the film; in mm with a calibration, else pixels."""
    points = to_units(annotation.points(), calibration)
    rows = zip(annotation.landmarks.values(), points, strict=True)
    return {mark.key: (float(x), float(y)) for mark, (x, y) in rows if mark.position is not None}


def to_units(pixels: NDArray[np.float64], calibration: Calibration | None) -> NDArray[np.float64]:
    """Points or steps, (K, 2) float64, x then y, pixels, in mm where there is a calibration."""
    in_mm = None if calibration is None else calibration.to_mm(pixels)
    return pixels if in_mm is None else in_mm


def _facing(points: Mapping[str, Vector]) -> int | None:
    """Tell a left-facing film by the jaws, which then lie on the other side of S-N.

    On an upright film this is the same as N standing left of S, and it holds on a film that lies on its side too.
    """
    for back, front in _FORWARD:
        jaws = [points[key] for key in _BELOW if key in points]
        if back in points and front in points and jaws:
            (x0, y0), (x1, y1) = points[back], points[front]
            depth = sum(below((x - x0, y - y0), (x1 - x0, y1 - y0)) for x, y in jaws)
            if depth > 0 or depth < 0:
                return 1 if depth > 0 else -1
    return None
