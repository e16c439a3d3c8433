"""What held-out films teach about a trained cascade: its errors, and how far to trust each point."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import ExpectedError, ReaderSpread
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.trust import FLOOR
from napari_dentlm.core.scheme import LandmarkScheme
from training.films import RawFilm

PROBABILITY = 0.95
LEAST_FILMS = 8
POOLING = 300.0
"""Films from which on a landmark's own quantile weighs more than that of all landmarks: its few largest errors
say little."""
RIDGE = 1.0
"""Films' worth of doubt about the exponents."""
ROUNDS = 50
WIDTH_MARGIN, BETWEEN_MARGIN = 2.0, 3.5
"""About halfway, in ratios, between the films (a film of another machine among them) and photographs of faces."""
FLAGGED = 0.1
"""Share of points whose expected error asks for a look first."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A cascade's results on films that it was not trained on.

    Parameters
    ----------
    names, groups
        N films and the patients they belong to.
    errors
        (N, K) distances in ``unit``; NaN where there is no truth or no point.
    refused
        (N,) whether the cascade gave no points at all.
    unit
        ``mm``, or ``px`` when the spacing of any film is unknown.
    relative
        (N, K) errors in face units.
    signs
        (N, K, 3) logarithms of the signs (see `trust.Signs`).
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    errors: NDArray[np.float64]
    refused: NDArray[np.bool_]
    unit: str
    relative: NDArray[np.float64]
    signs: NDArray[np.float64]

    @classmethod
    def join(cls, parts: Sequence["HeldOut"]) -> "HeldOut":
        """Put the films of several members together."""
        names, groups = (tuple(n for p in parts for n in getattr(p, field)) for field in ("names", "groups"))
        errors, refused, relative, signs = (
            np.concatenate([getattr(p, field) for p in parts]) for field in ("errors", "refused", "relative", "signs")
        )
        return cls(names, groups, errors, refused, parts[0].unit, relative, signs)


def measure(
    cascade: Cascade,
    films: Sequence[RawFilm],
    landmarks: Sequence[int],
    *,
    in_mm: bool,
    before_each: Callable[[], None] = lambda: None,
) -> HeldOut:
    """Label films and compare with their readers' mean.

    Parameters
    ----------
    cascade, films
        What is measured, and on what.
    landmarks
        Numbers of its landmarks in the scheme.
    in_mm
        Whether the errors are to be in mm; every film's spacing must be known then.
    before_each
        Called before every film; what it raises ends the work.
    """
    errors, relative = np.full((2, len(films), len(landmarks)), np.nan)
    signs = np.full((len(films), len(landmarks), 3), np.nan)
    refused = np.zeros(len(films), dtype=bool)
    for number, film in enumerate(films):
        before_each()
        (prediction,) = cascade.predict([film.load()], quality=Quality.STANDARD)
        if prediction.points is None:
            refused[number] = True
            continue
        pixels = np.linalg.norm(prediction.points - film.points[list(landmarks)], axis=1)
        errors[number] = pixels * film.mm_per_pixel if in_mm and film.mm_per_pixel else pixels
        if prediction.signs is not None and prediction.unit_px is not None:
            relative[number], signs[number] = pixels / prediction.unit_px, prediction.signs.logarithms
    names, groups = tuple(f.name for f in films), tuple(f.group for f in films)
    return HeldOut(names, groups, errors, refused, "mm" if in_mm else "px", relative, signs)


def calibrate(held_out: HeldOut) -> ExpectedError | None:
    """Return the calibration of the expected error, or None when too few films were held out.

    Errors are modelled as a landmark's factor times powers of the signs, fitted as a gamma regression with a
    logarithmic link (McCullagh and Nelder 1989). The radius is the conformal quantile (Vovk et al. 2005) of the
    ratio between error and model, a landmark's own pulled towards that of all landmarks. The model of a ratio is that
    of the other patients (jackknife), or few films would look easier than new ones are.
    """
    complete = np.isfinite(held_out.relative).all(axis=1) & np.isfinite(held_out.signs).all(axis=(1, 2))
    if complete.sum() < LEAST_FILMS:
        return None
    errors, signs = held_out.relative[complete], held_out.signs[complete]
    scale, exponents = _gamma_regression(errors, signs)
    model = scale * np.exp(signs @ exponents)
    ratio = _ratios(errors, signs, np.array(held_out.groups)[complete])
    pooled, own = _quantile(ratio.ravel()), np.array([_quantile(column) for column in ratio.T])
    weight = len(ratio) / (len(ratio) + POOLING)
    factor = weight * own + (1 - weight) * pooled
    return ExpectedError(
        probability=PROBABILITY,
        films=int(complete.sum()),
        factor=tuple(np.round(scale * factor, 4).tolist()),
        exponents=tuple(np.round(exponents, 4).tolist()),
        flag_above=round(float(np.quantile(factor * model, 1 - FLAGGED)), 3),
    )


def _ratios(errors: NDArray[np.float64], signs: NDArray[np.float64], groups: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return errors (N, K) as multiples of what the films of all other groups let expect."""
    found = np.empty_like(errors)
    for group in np.unique(groups):
        own = groups == group
        others = ~own if (~own).any() else own
        scale, exponents = _gamma_regression(errors[others], signs[others])
        found[own] = errors[own] / (scale * np.exp(signs[own] @ exponents))
    return found


def usual_doubt(
    held_out: HeldOut, width_margin: float = WIDTH_MARGIN, between_margin: float = BETWEEN_MARGIN
) -> dict[str, float]:
    """Return the `Normality` limits of doubt: what 95 % of the held-out films stay below, times a margin."""
    complete = np.isfinite(held_out.signs).all(axis=(1, 2))
    if complete.sum() < LEAST_FILMS:
        return {}
    medians = np.median(np.exp(held_out.signs[complete]) - FLOOR, axis=1)
    width, _, between = np.percentile(medians, 100 * PROBABILITY, axis=0)
    return {
        "width_above": round(float(width_margin * width), 3),
        "between_above": round(float(between_margin * between), 3),
    }


def _gamma_regression(
    errors: NDArray[np.float64], signs: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit ``errors`` (N, K) by iterated least squares: a factor (K,) and exponents (3,) of the signs (N, K, 3).

    The fewer the films, the more the exponents are pulled towards 0.
    """
    centred = signs - signs.mean(axis=0)
    exponents = np.zeros(signs.shape[-1])
    ridge = RIDGE * errors.shape[1] * np.eye(len(exponents))
    for _ in range(ROUNDS):
        model = np.exp(centred @ exponents)
        excess = errors / ((errors / model).mean(axis=0) * model) - 1
        normal = np.einsum("nki,nkj->ij", centred, centred) + ridge
        gradient = np.einsum("nki,nk->i", centred, excess) - ridge @ exponents
        exponents = exponents + np.linalg.solve(normal, gradient)
    return (errors / np.exp(signs @ exponents)).mean(axis=0), exponents


def _quantile(values: NDArray[np.float64]) -> float:
    rank = int(np.ceil((len(values) + 1) * PROBABILITY))
    return float(np.sort(values)[min(rank, len(values)) - 1])


def reader_spread(films: Sequence[RawFilm], scheme: LandmarkScheme) -> dict[str, ReaderSpread]:
    """Return how the second reader differs from the first, per landmark in mm.

    Empty unless two readers, the same on every film, read some of them.
    """
    names = {f.reader_names for f in films if len(f.readers) == 2}
    if len(names) != 1:
        return {}
    pairs = [(f.readers[1] - f.readers[0]) * f.mm_per_pixel for f in films if len(f.readers) == 2 and f.mm_per_pixel]
    if not pairs:
        return {}
    difference = np.stack(pairs)
    known = np.isfinite(difference).all(axis=(0, 2))
    mean, distance = difference.mean(axis=0), np.linalg.norm(difference, axis=2).mean(axis=0)
    return {
        key: ReaderSpread(
            offset_x=round(float(mean[n, 0]), 3),
            offset_y=round(float(mean[n, 1]), 3),
            distance=round(float(distance[n]), 3),
        )
        for n, key in enumerate(scheme.keys)
        if known[n]
    }
