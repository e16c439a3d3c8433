"""The average face and the frame in which every film looks alike: same place, same size, upright."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.transform import Points, Transform2D

WINDOW_SIDE = 190.0
"""Side of the face window in face units; one face unit is a millimetre on a film of average size."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a face lies in an upright image.

    Parameters
    ----------
    centre
        (2,) x, y in pixels: the centroid of the landmarks.
    unit
        Pixels per face unit.
    angle
        Degrees by which the face is turned clockwise against the average face.
    """

    centre: NDArray[np.float64]
    unit: float
    angle: float = 0.0

    def window(self, size: int, *, side: float = WINDOW_SIDE, shift: NDArray[np.float64] | None = None) -> Transform2D:
        """Return the map from the upright image to a square window of ``side`` face units and ``size`` pixels.

        ``shift`` (2,) moves the window's centre, in image pixels.
        """
        centre = self.centre if shift is None else self.centre + shift
        return Transform2D.window(centre, side * self.unit, (size, size), self.angle)


@dataclass(frozen=True, slots=True)
class FaceShape:
    """Statistics of the training shapes.

    Parameters
    ----------
    mean
        (K, 2) float64 in face units, centroid at (0, 0), upright, facing right.
    residual
        95th percentile of the training films' distance from the average shape after the best
        similarity (root mean square over landmarks, face units).
    """

    mean: NDArray[np.float64]
    residual: float

    @classmethod
    def fit(cls, shapes: NDArray[np.float64], mm_per_pixel: NDArray[np.float64]) -> "FaceShape":
        """Average shapes by generalised Procrustes analysis (Gower 1975).

        Parameters
        ----------
        shapes
            (N, K, 2) float64 in pixels.
        mm_per_pixel
            (N,) spacing of each film, so that one face unit is a millimetre on the average film.
        """
        centred = (shapes - shapes.mean(axis=1, keepdims=True)) * mm_per_pixel[:, None, None]
        size = float(np.sqrt((centred**2).sum(axis=(1, 2))).mean())
        mean = centred.mean(axis=0)
        for _ in range(10):
            mean *= size / np.sqrt((mean**2).sum())
            mean = np.mean([_similarity(shape, mean)[1] for shape in centred], axis=0)
        mean *= size / np.sqrt((mean**2).sum())
        residuals = [np.sqrt(((_similarity(s, mean)[1] - mean) ** 2).sum(axis=1).mean()) for s in centred]
        return cls(mean, float(np.percentile(residuals, 95)))

    def frame(self, points: Points) -> Frame:
        """Return the frame of an upright face from its landmarks (K, 2) in pixels; NaN where one is unknown.

        At least two landmarks must be known.
        """
        known = np.isfinite(points).all(axis=1)
        (linear, offset), _ = _similarity(points[known], self.mean[known])
        centre = -np.linalg.solve(linear, offset)
        unit = 1.0 / np.sqrt(abs(np.linalg.det(linear)))
        angle = float(np.rad2deg(np.arctan2(linear[0, 1], linear[0, 0])))
        return Frame(centre, float(unit), angle)

    def pose(self, points: Points) -> tuple[int, bool]:
        """Return (rotation in 0, 90, 180, 270; mirrored) of a film from its landmarks (K, 2), NaN where unknown."""
        known = np.isfinite(points).all(axis=1)
        found = []
        for mirrored in (False, True):
            shape = points[known] * ([-1, 1] if mirrored else [1, 1])
            (linear, _), fitted = _similarity(shape, self.mean[known])
            distance = float(((fitted - self.mean[known]) ** 2).sum())
            turn = np.rad2deg(np.arctan2(linear[0, 1], linear[0, 0])) * (-1 if mirrored else 1)
            found.append((distance, int(np.round(turn / 90)) % 4 * 90, mirrored))
        _, rotation, mirrored = min(found)
        return rotation, mirrored

    def distance(self, points: Points) -> float:
        """Return how far a shape (K, 2) is from the average one, in face units (root mean square)."""
        _, fitted = _similarity(points, self.mean)
        return float(np.sqrt(((fitted - self.mean) ** 2).sum(axis=1).mean()))


def _similarity(
    source: Points, target: Points
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]:
    """Best similarity from source to target (Umeyama 1991): ((linear, offset), mapped source)."""
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    scale = float((singular * sign).sum() / (a**2).sum())
    linear = scale * (u * sign) @ vt
    offset = target_mean - linear @ source_mean
    return (linear, offset), source @ linear.T + offset
