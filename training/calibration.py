"""What held-out films teach about a trained cascade: its errors, and how far to trust each point."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import Bundle, ExpectedError, ReaderSpread
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.core.scheme import LandmarkScheme
from training.films import RawFilm

PROBABILITY = 0.95
LEAST_FILMS = 8
POOLING = 40.0
"""Points of all landmarks that weigh as much as the landmark's own in its quantile."""
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
    relative, spread
        (N, K) errors and widths of the maps, both in face units.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    errors: NDArray[np.float64]
    refused: NDArray[np.bool_]
    unit: str
    relative: NDArray[np.float64]
    spread: NDArray[np.float64]


def measure(bundle: Bundle, films: Sequence[RawFilm], landmarks: Sequence[int], device: str = "auto") -> HeldOut:
    """Label films with a bundle and compare with their readers' mean; ``landmarks`` pick from the scheme."""
    cascade = Cascade(bundle, device)
    errors, relative, spread = np.full((3, len(films), len(landmarks)), np.nan)
    refused = np.zeros(len(films), dtype=bool)
    calibrated = all(film.mm_per_pixel for film in films)
    for number, film in enumerate(films):
        (prediction,) = cascade.predict([film.load()], quality=Quality.STANDARD)
        if prediction.points is None:
            refused[number] = True
            continue
        pixels = np.linalg.norm(prediction.points - film.points[list(landmarks)], axis=1)
        errors[number] = pixels * film.mm_per_pixel if calibrated and film.mm_per_pixel else pixels
        if prediction.spread_px is not None and prediction.unit_px is not None:
            relative[number] = pixels / prediction.unit_px
            spread[number] = prediction.spread_px / prediction.unit_px
    names, groups = tuple(f.name for f in films), tuple(f.group for f in films)
    return HeldOut(names, groups, errors, refused, "mm" if calibrated else "px", relative, spread)


def calibrate(held_out: HeldOut) -> ExpectedError | None:
    """Return the calibration of the expected error, or None when too few films were held out.

    The error is divided by the map's width plus a constant; the radius is the conformal quantile of that ratio
    (Vovk et al. 2005), a landmark's own pulled towards that of all landmarks.
    """
    complete = np.isfinite(held_out.relative).all(axis=1) & np.isfinite(held_out.spread).all(axis=1)
    if complete.sum() < LEAST_FILMS:
        return None
    errors, spread = held_out.relative[complete], held_out.spread[complete]
    base = float(np.median(spread))
    ratio = errors / (spread + base)
    pooled, own = _quantile(ratio.ravel()), np.array([_quantile(column) for column in ratio.T])
    weight = len(ratio) / (len(ratio) + POOLING)
    factor = weight * own + (1 - weight) * pooled
    expected = factor * (spread + base)
    return ExpectedError(
        probability=PROBABILITY,
        films=int(complete.sum()),
        factor=tuple(np.round(factor, 4).tolist()),
        offset=tuple(np.round(factor * base, 4).tolist()),
        flag_above=round(float(np.quantile(expected, 1 - FLAGGED)), 3),
    )


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
