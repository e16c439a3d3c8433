"""Accuracy of points on faces: the normalised mean error, in percent of the distance between the eyes.

Divided by the distance of the outer corners of the eyes (Sagonas et al. 2013, 300 Faces in the Wild), so that a face
counts the same whatever its size. A face without points is a failure, and no failure is left out of the tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_dentlm.core.metrics import Errors, bootstrap_interval, interval_text, number_text
from napari_dentlm.core.scheme import LandmarkScheme

EYES = ("eye_right_1", "eye_left_4")
"""Outer corners of the eyes."""
FAILURE = 8.0
"""Percent above which the points of a face count as a failure."""
_REGIONS = {"outline": "jaw", "brows": "brow", "nose": "nose", "eyes": "eye", "mouth": "lip"}


def eyes_apart(points: NDArray[np.float64], scheme: LandmarkScheme) -> NDArray[np.float64]:
    """Return the distance of the outer corners of the eyes, (...,) for points (..., K, 2)."""
    right, left = (points[..., scheme.index(key), :] for key in EYES)
    return np.asarray(np.linalg.norm(right - left, axis=-1), dtype=np.float64)


def relative_errors(predicted: ArrayLike, truth: ArrayLike, scheme: LandmarkScheme) -> Errors:
    """Distances (N, K) between predicted and true points (N, K, 2), in percent of the true distance of the eyes.

    NaN where either point is absent; all NaN for a face whose corners of the eyes are not in the truth.
    """
    first, second = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 3 or first.shape[1:] != (len(scheme.keys), 2):
        raise ValueError(f"expected two arrays (N, {len(scheme.keys)}, 2), got {first.shape} and {second.shape}")
    apart = eyes_apart(second, scheme)[:, None]
    apart = np.where(apart > 0, apart, np.nan)
    return np.asarray(100 * np.linalg.norm(first - second, axis=-1) / apart, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class NmeTable:
    """The figures of a set of faces.

    Parameters
    ----------
    faces, missing
        How many faces, and how many of them have no points.
    nme, interval, median
        Mean over the faces that have points, its bootstrap 95 % interval over faces, and the median; in percent.
    failures
        Share (0 to 1) of all faces above `FAILURE` or without points.
    regions
        Mean of each part of the face, in percent.
    """

    faces: int
    missing: int
    nme: float
    interval: tuple[float, float]
    median: float
    failures: float
    regions: Mapping[str, float]

    def text(self) -> str:
        """The table for a terminal."""
        spread = f"95 % interval {interval_text(self.interval, 2)}, median {number_text(self.median, 2)} %"
        lines = [
            f"{'faces':<12}{self.faces:>6}   without points {self.missing}",
            f"{'NME':<12}{number_text(self.nme, 2):>6} %  {spread}",
            f"{'failures':<12}{number_text(100 * self.failures, 2):>6} %  NME above {FAILURE:g} %, or no points",
        ]
        return "\n".join(lines + [f"  {name:<10}{number_text(value, 2):>6} %" for name, value in self.regions.items()])

    def as_dict(self) -> dict[str, Any]:
        """The figures for JSON; None where one is not known."""
        values = {"nme": self.nme, "median": self.median, "failures": self.failures, **self.regions}
        known = {name: value if np.isfinite(value) else None for name, value in values.items()}
        ends = [end if np.isfinite(end) else None for end in self.interval]
        return {"faces": self.faces, "missing": self.missing, "interval": ends, **known}


def nme_table(errors: Errors, keys: Sequence[str]) -> NmeTable:
    """Return the figures of errors (N, K) in percent, of landmarks ``keys``; rows of NaN are faces without points."""
    each = np.array([_mean(row) for row in errors])
    there = each[np.isfinite(each)]
    regions = {
        name: _mean(errors[:, [key.startswith(start) for key in keys]])
        for name, start in _REGIONS.items()
        if any(key.startswith(start) for key in keys)
    }
    return NmeTable(
        faces=len(each),
        missing=len(each) - len(there),
        nme=_mean(there),
        interval=bootstrap_interval(there, _mean) if len(there) > 1 else (float("nan"), float("nan")),
        median=float(np.median(there)) if len(there) else float("nan"),
        failures=1 - float((there <= FAILURE).sum()) / len(each) if len(each) else float("nan"),
        regions=regions,
    )


def _mean(values: Errors) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
