"""Readers change their minds: where one came to mark a landmark elsewhere.

Somebody who marks films for weeks does not mark the last ones as the first. A network that learns both habits has
maps that are blurred by the change. What changed is seen in the distances between a reader's points and those of
members that never saw the film: they scatter around one level as long as the habit is the same, and around another
afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.scheme import LandmarkScheme
from training.films import TrainingFilm

Array = NDArray[np.float64]

LEAST_FILMS = 15
"""Films before and after a change without which nobody can tell it from chance."""
LEAST_GAIN = 22.0
"""Fewer than one in a hundred series of films in random order reaches it (see `best_split`)."""
FAR = 5.0
"""Face units from the median beyond which a point counts no more: a gross error is not a habit."""


@dataclass(frozen=True, slots=True)
class Change:
    """A reader marks a landmark elsewhere from some film on.

    Parameters
    ----------
    reader, landmark
        Their numbers.
    first
        Number of the first film that is marked in the newer way.
    step
        (2,) by how much the newer points lie further right and down, in face units.
    """

    reader: int
    landmark: int
    first: int
    step: tuple[float, float]


def find_changes(residuals: Array) -> list[Change]:
    """Find where readers changed their habits, by binary segmentation (Scott and Knott 1974).

    Parameters
    ----------
    residuals
        (N, R, K, 2) points of R readers minus those of members that never saw the film, in face units, films in the
        order in which they were marked; NaN where there is none.
    """
    changes = []
    for reader, landmark in np.ndindex(residuals.shape[1:3]):
        series = residuals[:, reader, landmark]
        known = np.flatnonzero(np.isfinite(series).all(axis=1))
        if len(known) < 2 * LEAST_FILMS:
            continue
        series = series[known]
        starts = [0, *_splits(_without_gross(series)), len(series)]
        # Gross within its own part: the smaller part of a large change would seem gross beside the larger one.
        levels = [_without_gross(series[start:end]).mean(axis=0) for start, end in pairwise(starts)]
        for start, (older, newer) in zip(starts[1:-1], pairwise(levels), strict=True):
            right, down = (newer - older).tolist()
            changes.append(Change(reader, landmark, int(known[start]), (right, down)))
    return changes


def best_split(series: Array) -> tuple[int, float]:
    """Return where (N, 2) falls best into two parts, and the gain.

    The gain is by how much the two means explain the series better than one, in variances of a coordinate around
    them; 0 where the series is too short.
    """
    count = len(series)
    first = np.arange(LEAST_FILMS, count - LEAST_FILMS + 1)
    if len(first) == 0:
        return 0, 0.0
    sums = np.cumsum(series, axis=0)
    before = sums[first - 1] / first[:, None]
    after = (sums[-1] - sums[first - 1]) / (count - first)[:, None]
    explained = first * (count - first) / count * ((after - before) ** 2).sum(axis=1)
    best = int(explained.argmax())
    rest = ((series - series.mean(axis=0)) ** 2).sum() - explained[best]
    return int(first[best]), float(explained[best] / max(rest / (2 * count), np.finfo(float).tiny))


def _splits(series: Array) -> list[int]:
    first, gain = best_split(series)
    if gain < LEAST_GAIN:
        return []
    return [*_splits(series[:first]), first, *(first + later for later in _splits(series[first:]))]


def _without_gross(series: Array) -> Array:
    median = np.median(series, axis=0)
    away = series - median
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    return median + away * np.minimum(1.0, FAR / np.maximum(distance, FAR))


def reader_names(films: Sequence[TrainingFilm]) -> list[str]:
    """Return the names of all readers; those who have none are numbered."""
    return sorted({name for film in films for name in _names(film)})


def residuals(films: Sequence[TrainingFilm], references: Sequence[Array]) -> Array:
    """Return how far each reader's points lie from reference points.

    Parameters
    ----------
    films
        N films in the order in which they were marked.
    references
        (K, 2) for each film, in upright pixels, from networks that never saw its labels.

    Returns
    -------
    residuals
        (N, R, K, 2) in face units along the face's own axes, readers in the order of `reader_names`; NaN where a reader
        gave no point.
    """
    names = reader_names(films)
    found = np.full((len(films), len(names), len(references[0]), 2), np.nan)
    for number, (film, reference) in enumerate(zip(films, references, strict=True)):
        rows = [names.index(name) for name in _names(film)]
        found[number, rows] = (film.readers - reference) @ film.axes.T / film.frame.unit
    return found


def in_words(changes: Sequence[Change], films: Sequence[TrainingFilm], scheme: LandmarkScheme) -> list[str]:
    """Return a sentence for each change."""
    names = reader_names(films)
    return [
        f"From {films[c.first].name} on {names[c.reader]} marks {scheme.keys[c.landmark]} "
        f"about {abs(c.step[0]):.1f} mm further {'forward' if c.step[0] > 0 else 'back'} and "
        f"{abs(c.step[1]):.1f} mm further {'down' if c.step[1] > 0 else 'up'}."
        for c in changes
    ]


def _names(film: TrainingFilm) -> Sequence[str]:
    return film.source.reader_names or [f"reader {number + 1}" for number in range(len(film.readers))]
