"""Accuracy of landmarks: radial errors, MRE, SDR, and their bootstrap intervals over films.

A point that is missing is NaN in an array of errors. MRE is taken over the points that are there; a missing
point is a failure at every distance in the SDR; and every table shows how many are missing, so that nobody
scores better by leaving points out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Errors = NDArray[np.float64]
SDR_MM = (2.0, 2.5, 3.0, 4.0)


def radial_errors(predicted: ArrayLike, truth: ArrayLike, mm_per_pixel: ArrayLike = 1.0) -> Errors:
    """Distances between predicted and true points.

    Parameters
    ----------
    predicted, truth
        (N, K, 2), x then y, pixels; NaN where a point is absent. A missing truth makes the error NaN as well:
        leave such landmarks out of the arrays instead of counting them.
    mm_per_pixel
        One value, (N,) for each film, or (N, 2) for each film as x then y.

    Returns
    -------
    (N, K) float64
        Distances in mm; NaN where either point is absent.

    Raises
    ------
    ValueError
        When the shapes do not fit or a scale is not positive.
    """
    first, second = np.asarray(predicted, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 3 or first.shape[2] != 2:
        raise ValueError(f"expected two arrays (N, K, 2), got {first.shape} and {second.shape}")
    scale = np.asarray(mm_per_pixel, dtype=np.float64)
    if not (np.isfinite(scale).all() and (scale > 0).all()):
        raise ValueError("mm per pixel must be positive")
    if scale.ndim == 1:
        scale = scale[:, None, None]
    elif scale.ndim == 2:
        scale = scale[:, None, :]
    return np.asarray(np.linalg.norm((first - second) * scale, axis=-1), dtype=np.float64)


def mre(errors: ArrayLike) -> float:
    """Mean radial error over the points that are there; NaN when there is none."""
    values = _values(errors)
    present = values[np.isfinite(values)]
    return float(present.mean()) if present.size else float("nan")


def sdr(errors: ArrayLike, mm: float) -> float:
    """Share of points (0 to 1) with an error below `mm`; a missing point counts as a failure.

    NaN when there are no points at all.
    """
    values = _values(errors)
    with np.errstate(invalid="ignore"):
        return float((values < mm).mean()) if values.size else float("nan")


def bootstrap_interval(
    errors: ArrayLike,
    statistic: Callable[[Errors], float],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile interval of `statistic` over films drawn with replacement.

    Parameters
    ----------
    errors
        (N, ...) with films along the first axis; the points of a film depend on each other and stay together.
    statistic
        Takes an array shaped like `errors` and returns a number.
    resamples, level, seed
        How many draws, the share the interval holds, and the seed of the draws.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN when there are no films or the statistic is never defined.
    """
    values = _values(errors)
    rng, films = np.random.default_rng(seed), len(values)
    draws = np.array([statistic(values[rng.integers(0, films, films)]) for _ in range(resamples if films else 0)])
    draws = draws[np.isfinite(draws)]
    if not draws.size:
        return float("nan"), float("nan")
    low, high = np.percentile(draws, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class LandmarkScore:
    """Score of one landmark, or of all of them together.

    Parameters
    ----------
    key
        Landmark key, or ``all``.
    count, missing
        Points counted, and how many of them have no error because they are absent.
    mre, median, sd
        In mm, over the points that are there.
    sdr
        Shares (0 to 1) for SDR_MM; missing points are failures.
    mre_interval, sdr2_interval
        Bootstrap 95 % intervals over films, of the MRE and of the SDR at 2 mm; NaN for fewer than two films.
    """

    key: str
    count: int
    missing: int
    mre: float
    median: float
    sd: float
    sdr: tuple[float, ...]
    mre_interval: tuple[float, float]
    sdr2_interval: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        """The score for JSON; a number that is not defined is None."""
        return {
            "landmark": self.key,
            "count": self.count,
            "missing": self.missing,
            "mre_mm": _number(self.mre),
            "median_mm": _number(self.median),
            "sd_mm": _number(self.sd),
            "mre_interval_mm": [_number(end) for end in self.mre_interval],
            "sdr": {f"{mm:g}": _number(share) for mm, share in zip(SDR_MM, self.sdr, strict=True)},
            "sdr2_interval": [_number(end) for end in self.sdr2_interval],
        }


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores of all landmarks together (`overall`) and of each (`landmarks`), over `films` films."""

    films: int
    overall: LandmarkScore
    landmarks: tuple[LandmarkScore, ...]

    def text(self) -> str:
        """Aligned table for a terminal, the total last."""
        head = f"{'landmark':<10}{'MRE mm':>8}{'95 %':>16}{'SD':>7}"
        head += "".join(f"{f'<{mm:g}':>7}" for mm in SDR_MM) + f"{'missing':>9}"
        rows = [_text_row(score) for score in (*self.landmarks, self.overall)]
        interval = f"SDR at 2 mm, 95 % interval over films: {interval_text(self.overall.sdr2_interval, 1, 100)} %"
        note = f"Films: {self.films}. SDR in %, a missing point counts as a failure. "
        note += interval if self.films > 1 else "One film gives no interval."
        return "\n".join([head, *rows, note])

    def as_dict(self) -> dict[str, Any]:
        """The table for JSON."""
        return {
            "films": self.films,
            "overall": self.overall.as_dict(),
            "landmarks": {score.key: score.as_dict() for score in self.landmarks},
        }


def number_text(value: float, decimals: int) -> str:
    """A number for people, ``-`` where it is not defined."""
    return f"{value:.{decimals}f}" if np.isfinite(value) else "-"


def interval_text(ends: tuple[float, float], decimals: int, factor: float = 1) -> str:
    """An interval for people, its ends multiplied by `factor`; ``-`` where it is not defined."""
    low, high = (number_text(factor * end, decimals) for end in ends)
    return "-" if "-" in (low, high) else f"{low} to {high}"


def score_table(
    errors: ArrayLike, keys: Sequence[str], *, asked: NDArray[np.bool_] | None = None, resamples: int = 1000
) -> ScoreTable:
    """Scores of `errors`, overall and for each landmark.

    Parameters
    ----------
    errors
        (N, K) in mm, NaN where a point is missing.
    keys
        K landmark keys.
    asked
        (N, K), False where there is no truth: such a point is neither counted nor missing. Default: all True.
    resamples
        Draws of the bootstrap over films.
    """
    values = _values(errors)
    if values.ndim != 2 or values.shape[1] != len(keys):
        raise ValueError(f"expected errors (N, {len(keys)}), got {values.shape}")
    # From here on a missing point is infinitely far away, and NaN is a point that nobody asked for.
    values = np.where(np.isfinite(values), values, np.inf)
    if asked is not None:
        values = np.where(asked, values, np.nan)
    each = tuple(_score(key, values[:, [column]], resamples) for column, key in enumerate(keys))
    return ScoreTable(len(values), _score("all", values, resamples), each)


def _score(key: str, errors: Errors, resamples: int) -> LandmarkScore:
    errors = errors[~np.isnan(errors).all(axis=1)]
    counted, present = _counted(errors), errors[np.isfinite(errors)]
    return LandmarkScore(
        key=key,
        count=counted.size,
        missing=counted.size - present.size,
        mre=mre(errors),
        median=float(np.median(present)) if present.size else float("nan"),
        sd=float(present.std(ddof=1)) if present.size > 1 else float("nan"),
        sdr=tuple(sdr(counted, mm) for mm in SDR_MM),
        mre_interval=_interval(errors, mre, resamples),
        sdr2_interval=_interval(errors, lambda drawn: sdr(_counted(drawn), SDR_MM[0]), resamples),
    )


def _interval(errors: Errors, statistic: Callable[[Errors], float], resamples: int) -> tuple[float, float]:
    # Draws of one film are all alike: an interval without width would claim a certainty that nobody has.
    if len(errors) < 2:
        return float("nan"), float("nan")
    return bootstrap_interval(errors, statistic, resamples=resamples)


def _counted(errors: Errors) -> Errors:
    return errors[~np.isnan(errors)]


def _text_row(score: LandmarkScore) -> str:
    row = f"{score.key:<10}{number_text(score.mre, 2):>8}{interval_text(score.mre_interval, 2):>16}"
    row += f"{number_text(score.sd, 2):>7}"
    return row + "".join(f"{number_text(100 * share, 1):>7}" for share in score.sdr) + f"{score.missing:>9}"


def _values(errors: ArrayLike) -> Errors:
    return np.asarray(errors, dtype=np.float64)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None
