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
    names
        N films.
    errors
        (N, K) mm; NaN where there is no truth or no point.
    spread
        (N, K) width of the maps, in mm.
    """

    names: tuple[str, ...]
    errors: NDArray[np.float64]
    spread: NDArray[np.float64]


def measure(bundle: Bundle, films: Sequence[RawFilm], landmarks: Sequence[int], device: str = "auto") -> HeldOut:
    """Label films with a bundle and compare with their readers' mean; ``landmarks`` pick from the scheme."""
    cascade = Cascade(bundle, device)
    errors = np.full((len(films), len(landmarks)), np.nan)
    spread = np.full_like(errors, np.nan)
    for number, film in enumerate(films):
        (prediction,) = cascade.predict([film.load()], quality=Quality.STANDARD)
        if prediction.points is None:
            continue
        mm = film.mm_per_pixel or 1.0
        errors[number] = np.linalg.norm(prediction.points - film.points[list(landmarks)], axis=1) * mm
        if prediction.spread_px is not None:
            spread[number] = prediction.spread_px * mm
    return HeldOut(tuple(f.name for f in films), errors, spread)


def calibrate(held_out: HeldOut) -> ExpectedError | None:
    """Return the calibration of the expected error, or None when too few films were held out.

    The error is divided by the map's width plus a constant; the radius is the conformal quantile of that ratio
    (Vovk et al. 2005), a landmark's own pulled towards that of all landmarks.
    """
    complete = np.isfinite(held_out.errors).all(axis=1) & np.isfinite(held_out.spread).all(axis=1)
    if complete.sum() < LEAST_FILMS:
        return None
    errors, spread = held_out.errors[complete], held_out.spread[complete]
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
    level = min(1.0, np.ceil((len(values) + 1) * PROBABILITY) / len(values))
    return float(np.quantile(values, level, method="higher"))


def reader_spread(films: Sequence[RawFilm], scheme: LandmarkScheme) -> dict[str, ReaderSpread]:
    """Return how the second reader differs from the first, per landmark in mm, over films with two readers."""
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
