"""Smooth curves through given points, and the points on them that a definition asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

SAMPLES_PER_SPAN = 16


def smooth(points: Points, *, closed: bool = False) -> Points:
    """Run a centripetal Catmull-Rom spline through points.

    Parameters
    ----------
    points : array (n, 2)
        The points to pass through, in order.
    closed : bool
        Whether the curve returns to its first point.

    Returns
    -------
    array (m, 2)
        The sampled curve; point i of an open curve is sample ``i * SAMPLES_PER_SPAN``.
    """
    if closed:
        padded = np.vstack([points[-1:], points, points[:2]])
    else:
        padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    p0, p1, p2, p3 = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t1 = _knot(p0, p1)
    t2 = t1 + _knot(p1, p2)
    t3 = t2 + _knot(p2, p3)
    u = np.arange(SAMPLES_PER_SPAN) / SAMPLES_PER_SPAN
    t = (t1 + (t2 - t1) * u)[..., None]
    t1, t2, t3 = t1[..., None], t2[..., None], t3[..., None]
    q0, q1, q2, q3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    a1 = (t1 - t) / t1 * q0 + t / t1 * q1
    a2 = (t2 - t) / (t2 - t1) * q1 + (t - t1) / (t2 - t1) * q2
    a3 = (t3 - t) / (t3 - t2) * q2 + (t - t2) / (t3 - t2) * q3
    b1 = (t2 - t) / t2 * a1 + t / t2 * a2
    b2 = (t3 - t) / (t3 - t1) * a2 + (t - t1) / (t3 - t1) * a3
    curve = ((t2 - t) / (t2 - t1) * b1 + (t - t1) / (t2 - t1) * b2).reshape(-1, 2)
    return np.vstack([curve, points[:1] if closed else points[-1:]])


def _knot(a: Points, b: Points) -> Points:
    """Return the centripetal knot spacing between rows of a and b, shape (n, 1)."""
    return np.asarray(np.sqrt(np.maximum(np.linalg.norm(b - a, axis=1, keepdims=True), 1e-6)))


def by(x: float, y: float) -> Points:
    """Return an offset (2,): x to the front, y down."""
    return np.array([x, y], dtype=np.float64)


def span(curve: Points, first: int, last: int) -> Points:
    """Return the part of a smoothed curve between its control points first and last."""
    return curve[first * SAMPLES_PER_SPAN : last * SAMPLES_PER_SPAN + 1]


def extreme(curve: Points, direction: Points) -> Points:
    """Return the point (2,) of a curve that lies farthest along a direction (2,)."""
    dense = _refine(curve)
    return np.asarray(dense[int(np.argmax(dense @ direction))])


def deepest(curve: Points, direction: Points) -> Points:
    """Return the point (2,) of a curve farthest from its own end-to-end chord, towards a direction (2,)."""
    chord = curve[-1] - curve[0]
    normal = np.array([-chord[1], chord[0]])
    return extreme(curve, normal * np.sign(normal @ direction))


def _refine(curve: Points) -> Points:
    """Sample a polyline eight times finer, so that a found point is good to a hundredth of a millimetre."""
    at = np.arange(len(curve))
    fine = np.linspace(0, len(curve) - 1, 8 * (len(curve) - 1) + 1)
    return np.stack([np.interp(fine, at, curve[:, axis]) for axis in (0, 1)], axis=1)


def ellipse(centre: Points, radii: tuple[float, float], turn_deg: float = 0.0) -> Points:
    """Return a closed ellipse (m, 2) around a centre (2,), its first radius along the turned x axis."""
    angle = np.linspace(0, 2 * np.pi, 49)
    local = np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1)
    return centre + local @ rotation(turn_deg).T


def rotation(degrees: float) -> NDArray[np.float64]:
    """Return the 2 x 2 matrix that turns x towards y (clockwise on screen) by degrees."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])
