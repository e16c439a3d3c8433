"""The average shape of the training films, and how far a tracing is from it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from napari_dentlm.core.errors import BundleError, PathInput
from napari_dentlm.core.guard.limits import SHAPE_FACTOR, STRAY

Points = NDArray[np.float64]
LEAST_KNOWN = 8
"""Fewer landmarks than this do not show a shape."""
NEAR = 10.0
"""Distance in face units within which landmarks count about equally when they tell where another one lies."""


class _Normality(BaseModel):
    shape: tuple[tuple[float, float], ...] = Field(min_length=LEAST_KNOWN)
    residual: float = Field(gt=0)


class _Card(BaseModel):
    """What the guard reads of a bundle's card; the rest is the cascade's."""

    landmarks: tuple[str, ...]
    normality: _Normality


@dataclass(frozen=True, slots=True)
class ShapeStatistics:
    """What the shapes of the training films were like.

    Parameters
    ----------
    keys
        The K landmarks of the shape.
    mean
        (K, 2) float64, x then y: the average face, in face units.
    limit
        Distance from the average (root mean square over the landmarks, face units) beyond which a shape is unlike
        every training shape.
    reach
        (K,) how far each landmark may lie from its place in the average face when that is laid on the others;
        infinite where it is not known.
    """

    keys: tuple[str, ...]
    mean: Points
    limit: float
    reach: NDArray[np.float64]

    @classmethod
    def from_card(cls, path: PathInput) -> Self:
        """Statistics that stand in the card (``model.toml``) of a bundle.

        Raises
        ------
        BundleError
            When the card cannot be read, or says nothing of shapes.
        """
        name = Path(path).parent.name
        try:
            card = _Card.model_validate(tomllib.loads(Path(path).read_text(encoding="utf-8")))
        except OSError as error:
            raise BundleError(f"Model {name}: the card cannot be read ({error.strerror}).") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
            raise BundleError(f"Model {name}: the card says nothing usable of shapes. {error}") from error
        if len(card.landmarks) != len(card.normality.shape):
            raise BundleError(f"Model {name}: the card's average face has not one point per landmark.")
        reach = np.array([STRAY.get(key, np.inf) for key in card.landmarks])
        return cls(card.landmarks, np.array(card.normality.shape), card.normality.residual * SHAPE_FACTOR, reach)

    def facing(self, points: Points) -> Points:
        """Points (K, 2) as they are, or with x turned round where the face looks the other way than the average."""
        known = _known(points)
        turned = points * (-1.0, 1.0)
        if known.sum() < LEAST_KNOWN:
            return points
        return min((points, turned), key=lambda shape: _rms(laid_on(shape[known], self.mean[known]), self.mean[known]))

    def distances(self, points: Points) -> NDArray[np.float64]:
        """How far each landmark lies from its place when the average face is laid on the other landmarks.

        Near landmarks count more: they know better where their neighbour lies.

        Parameters
        ----------
        points
            (K, 2) float64, square pixels or mm, in the order of `keys`, facing as the average; NaN where absent.

        Returns
        -------
        (K,) float64
            Face units; NaN where absent, or where fewer than `LEAST_KNOWN` others are known.
        """
        known = _known(points)
        found = np.full(len(points), np.nan)
        for row in np.flatnonzero(known):
            others = known.copy()
            others[row] = False
            if others.sum() >= LEAST_KNOWN:
                weights = 1 / (((self.mean[others] - self.mean[row]) ** 2).sum(axis=1) + NEAR**2)
                fitted = laid_on(points[others], self.mean[others], weights, points[row : row + 1])
                found[row] = float(np.hypot(*(fitted[0] - self.mean[row])))
        return found

    def strays(self, points: Points) -> list[int]:
        """Rows of landmarks beyond their reach, the furthest first, each judged without those found before it."""
        points, strays = points.copy(), list[int]()
        while True:
            excess = np.nan_to_num(self.distances(points) / self.reach)
            worst = int(np.argmax(excess))
            if excess[worst] <= 1:
                return strays
            strays.append(worst)
            points[worst] = np.nan

    def distance(self, points: Points) -> float:
        """Root mean square distance from the average shape in face units; 0 with fewer than `LEAST_KNOWN` points."""
        known = _known(points)
        if known.sum() < LEAST_KNOWN:
            return 0.0
        return _rms(laid_on(points[known], self.mean[known]), self.mean[known])


def laid_on(
    source: Points, target: Points, weights: NDArray[np.float64] | None = None, moved: Points | None = None
) -> Points:
    """`moved` (default: `source`) under the similarity, without mirroring, that lays `source` best on `target`.

    Umeyama (1991), "Least-squares estimation of transformation parameters between two point patterns", with a
    weight for each point.
    """
    share = np.full(len(source), 1 / len(source)) if weights is None else weights / weights.sum()
    centre, goal = share @ source, share @ target
    a, b = source - centre, target - goal
    u, singular, vt = np.linalg.svd((b * share[:, None]).T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    size = float(share @ (a**2).sum(axis=1))
    linear = (u * sign) @ vt * (float((singular * sign).sum()) / size if size else 0.0)
    return np.asarray(((source if moved is None else moved) - centre) @ linear.T + goal, dtype=np.float64)


def _known(points: Points) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(points).all(axis=1))


def _rms(one: Points, other: Points) -> float:
    return float(np.sqrt(((one - other) ** 2).sum(axis=1).mean()))
