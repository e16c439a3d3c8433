"""What readers say of films: the truth that predictions are compared with."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_dentlm.cli.evaluation.films import (
    Points,
    Spacing,
    film_by_content,
    film_number,
    points_of,
    rows_by_film,
    spacings,
)
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import isbi_txt, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.formats.purpose import ExportPurpose
from napari_dentlm.core.scheme import FILM, LandmarkScheme, load_scheme

MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Truth:
    """What readers say.

    Parameters
    ----------
    readers
        Reader, then film, to (K, 2) float64, x then y, pixels, in the scheme's order; NaN where there is no
        point.
    by_number
        Whether films are known by the number in their file name (ISBI), not by their content.
    spacing
        Millimetres per pixel (x, y) of each film, where the truth states it.
    scheme
        The scheme of the points.
    names
        Path of each film as the truth has it; empty where films are known by number.
    """

    readers: Mapping[str, Mapping[Hashable, Points]]
    by_number: bool
    spacing: Mapping[Hashable, Spacing]
    scheme: LandmarkScheme
    names: Mapping[Hashable, str] = field(default_factory=dict)

    @property
    def films(self) -> frozenset[Hashable]:
        """Every film that a reader marked."""
        return frozenset(film for points in self.readers.values() for film in points)

    @property
    def choices(self) -> tuple[str, ...]:
        """What predictions can be compared with: the mean first, when there is more than one reader."""
        return (MEAN, *self.readers) if len(self.readers) > 1 else tuple(self.readers)

    def film_of(self, row: LandmarkRow) -> Hashable | None:
        """What the truth calls the film of a row; None when it cannot know it."""
        if not self.by_number:
            return film_by_content(row)
        number = film_number(row.image)
        return number if row.frame == 0 and row.instance == 0 else None

    def films_named(self, name: str) -> frozenset[Hashable]:
        """Films that a file may be, by its name alone."""
        if self.by_number:
            return self.films & {film_number(name)}
        return frozenset(film for film, image in self.names.items() if Path(image).name == name)

    def points(self, reader: str) -> Mapping[Hashable, Points]:
        """Points of one reader, or the mean over the readers who marked a point, with sub-pixel floats."""
        if reader != MEAN:
            return self.readers[reader]
        films = {film: None for points in self.readers.values() for film in points}
        return {film: _mean_of([points[film] for points in self.readers.values() if film in points]) for film in films}


def read_truth(path: Path, scheme_name: str = "") -> Truth:
    """Read an ISBI annotations folder or a landmark CSV.

    Parameters
    ----------
    path
        The folder or file.
    scheme_name
        Only its points count; without it, all.

    Raises
    ------
    SchemaError
        When a file is damaged or holds no point that a reader stands for.
    """
    if path.is_dir():
        readers: dict[str, dict[Hashable, Points]] = {
            name: dict(films.items()) for name, films in isbi_txt.read_isbi_folder(path).items()
        }
        spacing = (isbi_txt.MM_PER_PIXEL, isbi_txt.MM_PER_PIXEL)
        numbers = {number for points in readers.values() for number in points}
        return Truth(readers, True, dict.fromkeys(numbers, spacing), load_scheme(FILM))
    rows = ExportPurpose.TRAINING.select(landmark_csv.read(path, load_scheme(scheme_name) if scheme_name else None))
    if not rows:
        raise SchemaError("there is no point that a reader placed, corrected or confirmed", path)
    scheme = _scheme_of(rows, path)
    by_reader: dict[str, list[LandmarkRow]] = {}
    for row in rows:
        by_reader.setdefault(row.annotator or "reader", []).append(row)
    readers = {
        name: {film: points_of(marks, scheme) for film, marks in rows_by_film(own, film_by_content).items()}
        for name, own in by_reader.items()
    }
    films_of_all = rows_by_film(rows, film_by_content)
    names = {film: marks[0].image for film, marks in films_of_all.items()}
    return Truth(readers, False, spacings(films_of_all), scheme, names)


def _mean_of(marked: Sequence[Points]) -> Points:
    """Mean of several readers' points of one film; NaN where nobody marked one."""
    return np.asarray(np.ma.masked_invalid(marked).mean(axis=0).filled(np.nan))


def _scheme_of(rows: Sequence[LandmarkRow], path: Path) -> LandmarkScheme:
    names = {row.scheme for row in rows}
    if len(names) > 1:
        found = " and ".join(sorted(names))
        raise SchemaError(f"it holds points of {found}, which are not scored together. Choose one with --scheme", path)
    return load_scheme(names.pop())
