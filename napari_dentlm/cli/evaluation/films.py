"""Rows of tables brought together film by film."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.scheme import LandmarkScheme

Points = NDArray[np.float64]
"""(K, 2), x then y, pixels, in the scheme's order; NaN where there is no point."""
Spacing = tuple[float, float]
"""Millimetres per pixel, x then y."""
FilmOf = Callable[[LandmarkRow], Hashable | None]


def film_number(image: str) -> int | None:
    """Number at the end of a file's name, before the ending: ``test1/151.jpg`` gives 151."""
    match = re.search(r"(\d+)(\.\w+)?$", image)
    return int(match[1]) if match else None


def film_by_content(row: LandmarkRow) -> Hashable | None:
    """What a film is called that is known by its pixels; None when the row does not say."""
    return (row.image_id, row.frame, row.instance) if row.image_id else None


def rows_by_film(rows: Iterable[LandmarkRow], film_of: FilmOf) -> dict[Hashable, list[LandmarkRow]]:
    """Rows of each film; a film under two names counts once, with the first name's rows.

    Raises
    ------
    SchemaError
        When a row does not say which film it is about.
    """
    films: dict[Hashable, list[LandmarkRow]] = {}
    for row in rows:
        film = film_of(row)
        if film is None:
            raise SchemaError(f"{row.image} has no image_id, so its film cannot be matched")
        own = films.setdefault(film, [])
        if not own or own[0].image == row.image:
            own.append(row)
    return films


def points_of(rows: Iterable[LandmarkRow], scheme: LandmarkScheme) -> Points:
    """Points of one film."""
    points = np.full((len(scheme.keys), 2), np.nan)
    for row in rows:
        if row.x is not None and row.y is not None and not row.side:
            points[scheme.index(row.landmark)] = row.x, row.y
    return points


def spacings(films: Mapping[Hashable, Sequence[LandmarkRow]]) -> dict[Hashable, Spacing]:
    """Scale of each film whose rows state one."""
    return {
        film: (row.spacing_x_mm, row.spacing_y_mm)
        for film, rows in films.items()
        for row in rows
        if row.spacing_x_mm is not None and row.spacing_y_mm is not None
    }
