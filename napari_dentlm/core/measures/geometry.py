"""Angles and distances between vectors of a tracing that faces right, y pointing down.

A positive turn is clockwise on the screen: down at the front. A direction without length has no angle: the
result is NaN then, never 0.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

Vector = tuple[float, float]
"""x then y; in mm, or in pixels where there is no calibration."""


def angle(u: Vector, w: Vector) -> float:
    """Angle between two directions, 0 to 180 degrees."""
    return abs(tilt(u, w))


def tilt(u: Vector, w: Vector) -> float:
    """Turn from `u` to `w`, -180 to 180 degrees, positive when `w` points further down at the front."""
    if u == (0.0, 0.0) or w == (0.0, 0.0):
        return math.nan
    return math.degrees(math.atan2(_cross(u, w), _dot(u, w)))


def least_angle(u: Vector, first: Vector, second: Vector) -> float:
    """The smaller of the angles that `u` makes with `first` and with `second`, 0 to 180 degrees."""
    angles = angle(u, first), angle(u, second)
    return math.nan if any(map(math.isnan, angles)) else min(angles)


def length(v: Vector) -> float:
    """Length of `v`."""
    return math.hypot(*v)


def ratio(v: Vector, w: Vector) -> float:
    """Length of `v` as a multiple of the length of `w`."""
    return _divided(length(v), length(w))


def along(v: Vector, axis: Vector) -> float:
    """How far `v` reaches in the direction of `axis`."""
    return _divided(_dot(v, axis), length(axis))


def ahead(v: Vector, axis: Vector) -> float:
    """How far `v` reaches to the front of `axis`, which points down."""
    return _divided(_cross(v, axis), length(axis))


def below(v: Vector, axis: Vector) -> float:
    """How far `v` reaches below `axis`, which points to the front."""
    return _divided(_cross(axis, v), length(axis))


def share_below(v: Vector, whole: Vector, axis: Vector) -> float:
    """How far `v` reaches below `axis`, as a part of how far `whole` does."""
    return _divided(below(v, axis), below(whole, axis))


def share_along(v: Vector, whole: Vector) -> float:
    """How far `v` reaches along `whole`, as a part of the length of `whole`."""
    return _divided(along(v, whole), length(whole))


def turn(u: Vector, w: Vector) -> float:
    """Turn from `u` to `w`, -180 to 180 degrees, positive clockwise; for faces, which do not face a side."""
    return tilt(u, w)


def level(v: Vector) -> float:
    """Turn of `v` against the rows of the picture, positive when its end lies lower."""
    return tilt((1.0, 0.0), v)


def length_along(v: Vector, axis: Vector) -> float:
    """Length of `v`, negative when it points against `axis`."""
    reach = along(v, axis)
    return reach if math.isnan(reach) else math.copysign(length(v), reach)


FORMULAS: Mapping[str, Callable[..., float]] = MappingProxyType(
    {
        formula.__name__: formula
        for formula in (
            *(angle, tilt, turn, level, least_angle),
            *(length, ratio, along, ahead, below, share_below, share_along, length_along),
        )
    }
)
"""What the formulas of the definitions may name."""

NEEDS_FACING = frozenset({"tilt", "ahead", "below"})
"""Formulas whose sign turns over when the film is mirrored."""


def _cross(u: Vector, w: Vector) -> float:
    return u[0] * w[1] - u[1] * w[0]


def _dot(u: Vector, w: Vector) -> float:
    return u[0] * w[0] + u[1] * w[1]


def _divided(value: float, by: float) -> float:
    return value / by if by else math.nan
