"""How far the model's own words on its points can be trusted: the expected error, and the flag."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE_MM = 4.0
"""An error above this is one that a flag should have announced."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Circles of the expected error and flags, against one truth.

    Parameters
    ----------
    circles
        Points that state an expected error and are marked in the truth.
    inside, landmarks
        Share (0 to 1) of the circles that hold the true point: of all, and of each landmark.
    median_area_mm2
        Of the circles.
    points, flagged
        Points that are compared, and how many of them are flagged.
    large, large_flagged
        Errors above LARGE_MM, and how many of them are flagged.
    """

    circles: int
    inside: float
    landmarks: dict[str, float]
    median_area_mm2: float
    points: int
    flagged: int
    large: int
    large_flagged: int

    def as_dict(self) -> dict[str, Any]:
        """The figures for JSON; a share of nothing is None."""
        return {
            "circles": self.circles,
            "inside": _known(self.inside),
            "landmarks": {key: _known(share) for key, share in self.landmarks.items()},
            "median_area_mm2": _known(self.median_area_mm2),
            "points": self.points,
            "flagged": self.flagged,
            "above_4_mm": self.large,
            "above_4_mm_flagged": self.large_flagged,
        }


def trust_of(
    errors: NDArray[np.float64], radii: NDArray[np.float64], flagged: NDArray[np.bool_], keys: Sequence[str]
) -> Trust:
    """Compare what the model says of its points with their errors.

    Parameters
    ----------
    errors
        (N, K) in mm; NaN where the prediction or the truth has no point.
    radii
        (N, K) expected errors in mm; NaN where the model states none.
    flagged
        (N, K) whether the model asks for a look.
    keys
        K landmark keys.
    """
    compared = np.isfinite(errors)
    circled = compared & np.isfinite(radii)
    inside = np.where(circled, errors <= radii, np.nan)
    large = compared & (errors > LARGE_MM)
    return Trust(
        circles=int(circled.sum()),
        inside=_share(inside),
        landmarks={key: _share(inside[:, column]) for column, key in enumerate(keys)},
        median_area_mm2=float(np.median(np.pi * radii[circled] ** 2)) if circled.any() else float("nan"),
        points=int(compared.sum()),
        flagged=int((compared & flagged).sum()),
        large=int(large.sum()),
        large_flagged=int((large & flagged).sum()),
    )


def _share(held: NDArray[np.float64]) -> float:
    known = held[np.isfinite(held)]
    return float(known.mean()) if known.size else float("nan")


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None
