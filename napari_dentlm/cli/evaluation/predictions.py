"""Predictions under the truth's names of the films."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cli.evaluation.films import Points, Spacing, points_of, rows_by_film, spacings
from napari_dentlm.cli.evaluation.truth import Truth
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.scheme import LandmarkScheme


@dataclass(frozen=True, slots=True)
class PredictedFilm:
    """What the predictions say of one film.

    Parameters
    ----------
    name
        Path of the film as the predictions have it.
    points
        (K, 2), x then y, pixels; NaN where there is no point.
    radius
        (K,) expected error in pixels; NaN where the model states none, or a reader changed its point.
    flagged
        (K,) whether the model asks for a look at its point.
    """

    name: str
    points: Points
    radius: NDArray[np.float64]
    flagged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predicted films under the truth's names, and the images that the truth does not know."""

    keys: tuple[str, ...]
    films: Mapping[Hashable, PredictedFilm]
    spacing: Mapping[Hashable, Spacing]
    origins: tuple[str, ...]
    unmatched: tuple[str, ...]


def match(rows: Sequence[LandmarkRow], truth: Truth, source: str) -> Predictions:
    """Bring predicted rows under the truth's names of the films.

    Parameters
    ----------
    rows
        Of one annotator only.
    truth
        Names the films.
    source
        Where the rows come from, for messages.

    Raises
    ------
    DentLMError
        When there are points of several readers, or no film of the truth.
    """
    annotators = {row.annotator for row in rows}
    if len(annotators) > 1:
        raise DentLMError(
            f"{source}: there are points of {counted(len(annotators), 'reader')}. Use: dentlm label --predictions-only"
        )
    known = truth.films
    matched = [row for row in rows if truth.film_of(row) in known]
    if not matched:
        raise DentLMError(f"{source}: none of its films is among the films of the truth.")
    unmatched = dict.fromkeys(row.image for row in rows if truth.film_of(row) not in known)
    by_film = rows_by_film(matched, truth.film_of)
    films = {film: _predicted(own, truth.scheme) for film, own in by_film.items()}
    keys = tuple(key for key in truth.scheme.keys if any(row.landmark == key for row in matched))
    origins = tuple(sorted({row.origin for row in matched if row.origin}))
    return Predictions(keys, films, spacings(by_film), origins, tuple(unmatched))


def _predicted(rows: Sequence[LandmarkRow], scheme: LandmarkScheme) -> PredictedFilm:
    radius = np.full(len(scheme.keys), np.nan)
    flagged = np.zeros(len(scheme.keys), dtype=bool)
    for row in rows:
        # Radius and flag speak of the model's point: they say nothing of one that a reader moved.
        if row.state is State.PREDICTED:
            index = scheme.index(row.landmark)
            radius[index] = np.nan if row.expected_error_px is None else row.expected_error_px
            flagged[index] = bool(row.flag)
    return PredictedFilm(rows[0].image, points_of(rows, scheme), radius, flagged)
