"""Predictions against readers: matching of films, errors in mm, and tables of them."""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import CalibrationError, DentLMError, SchemaError
from napari_dentlm.core.formats import isbi_txt, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.formats.purpose import ExportPurpose
from napari_dentlm.core.isbi_duplicates import TEST1_TWINS, TRAIN_TWINS
from napari_dentlm.core.metrics import ScoreTable, mre, radial_errors, score_table
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme

MEAN = "mean"
ALL_FILMS = "all films"
WITHOUT_TWINS = "without duplicates"
ISBI_MM = 0.1

Points = NDArray[np.float64]
Spacing = tuple[float, float]


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
    """

    readers: Mapping[str, Mapping[Hashable, Points]]
    by_number: bool
    spacing: Mapping[Hashable, Spacing]
    scheme: LandmarkScheme

    def film_of(self, row: LandmarkRow) -> Hashable | None:
        """What the truth calls the film of a row; None when it cannot know it."""
        if not self.by_number:
            return _film_of(row)
        number = film_number(row.image)
        return number if row.frame == 0 and row.instance == 0 else None

    def points(self, reader: str) -> Mapping[Hashable, Points]:
        """Points of one reader, or the mean over the readers who marked a point, with sub-pixel floats."""
        if reader != MEAN:
            return self.readers[reader]
        films = {film: None for points in self.readers.values() for film in points}
        return {film: _mean_of([points[film] for points in self.readers.values() if film in points]) for film in films}

    @property
    def choices(self) -> tuple[str, ...]:
        """What predictions can be compared with: the mean first, when there is more than one reader."""
        return (MEAN, *self.readers) if len(self.readers) > 1 else tuple(self.readers)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predicted points of each film, under the truth's names of the films."""

    keys: tuple[str, ...]
    films: Mapping[Hashable, Points]
    names: Mapping[Hashable, str]
    spacing: Mapping[Hashable, Spacing]
    origins: tuple[str, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Tables by truth and set of films, and the mean error of each film against the headline truth."""

    headline: str
    keys: tuple[str, ...]
    origins: tuple[str, ...]
    tables: Mapping[str, Mapping[str, ScoreTable]]
    per_film: Mapping[str, float | None]
    left_out: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Everything for JSON."""
        return {
            "truth": self.headline,
            "landmarks": list(self.keys),
            "origins": list(self.origins),
            "tables": {
                truth: {films: table.as_dict() for films, table in sets.items()} for truth, sets in self.tables.items()
            },
            "per_film_mm": dict(self.per_film),
            "left_out": list(self.left_out),
        }


def film_number(image: str) -> int | None:
    """Number at the end of a file's name, before the ending: ``test1/151.jpg`` gives 151."""
    match = re.search(r"(\d+)(\.\w+)?$", image)
    return int(match[1]) if match else None


def read_truth(path: Path) -> Truth:
    """Read an ISBI annotations folder or a landmark CSV.

    Raises
    ------
    SchemaError
        When a file is damaged or holds no point that a reader stands for.
    """
    if path.is_dir():
        scheme = load_scheme("isbi19")
        readers: dict[str, dict[Hashable, Points]] = {
            name: dict(points) for name, points in isbi_txt.read_isbi_folder(path).items()
        }
        spacing = (ISBI_MM, ISBI_MM)
        films = {film for points in readers.values() for film in points}
        return Truth(readers, True, dict.fromkeys(films, spacing), scheme)
    rows = ExportPurpose.TRAINING.select(landmark_csv.read(path))
    if not rows:
        raise SchemaError("there is no point that a reader placed, corrected or confirmed", path)
    scheme = _scheme_of(rows, path)
    by_reader: dict[str, list[LandmarkRow]] = {}
    for row in rows:
        by_reader.setdefault(row.annotator or "reader", []).append(row)
    readers = {name: _grouped(own, scheme, _film_of)[0] for name, own in by_reader.items()}
    return Truth(readers, False, _spacings(rows, _film_of), scheme)


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
            f"{source}: there are points of {len(annotators)} readers. Use: dentlm label --predictions-only"
        )
    known = {film for points in truth.readers.values() for film in points}
    matched = [row for row in rows if truth.film_of(row) in known]
    if not matched:
        raise DentLMError(f"{source}: none of its films is among the films of the truth.")
    unmatched = dict.fromkeys(row.image for row in rows if truth.film_of(row) not in known)
    films, names = _grouped(matched, truth.scheme, truth.film_of)
    keys = tuple(key for key in truth.scheme.keys if any(row.landmark == key for row in matched))
    origins = tuple(sorted({row.origin for row in matched if row.origin}))
    return Predictions(keys, films, names, _spacings(matched, truth.film_of), origins, tuple(unmatched))


def evaluate(predictions: Predictions, truth: Truth, *, headline: str, spacing_mm: float | None = None) -> Evaluation:
    """Score predictions against the mean of the readers and against each of them.

    A point counts where the truth has it; where only the prediction lacks it, it is missing.

    Raises
    ------
    CalibrationError
        When a film's millimetres per pixel are not known.
    DentLMError
        When the headline truth has no point in common with the predictions.
    """
    columns = [truth.scheme.index(key) for key in predictions.keys]
    tables: dict[str, dict[str, ScoreTable]] = {}
    per_film: dict[str, float | None] = {}
    left_out: dict[str, None] = {}
    for choice in truth.choices:
        points = truth.points(choice)
        there = [film for film in predictions.films if film in points]
        films = [film for film in there if np.isfinite(points[film][columns]).any()]
        left_out |= {predictions.names[film]: None for film in there if film not in films}
        errors = _errors(predictions, points, films, columns, _scales(predictions, truth, films, spacing_mm))
        asked = np.isfinite([points[film][columns].sum(axis=1) for film in films]).reshape(errors.shape)
        tables[choice] = _tables(errors, asked, films, predictions.keys, truth.by_number)
        if choice == headline:
            if not np.isfinite(errors).any():
                raise DentLMError("No point of these films is both predicted and marked: there is nothing to compare.")
            means = [mre(error) for error in errors]
            per_film = {
                predictions.names[film]: mean if np.isfinite(mean) else None
                for film, mean in zip(films, means, strict=True)
            }
    return Evaluation(headline, predictions.keys, predictions.origins, tables, per_film, tuple(left_out))


def _errors(
    predictions: Predictions,
    points: Mapping[Hashable, Points],
    films: Sequence[Hashable],
    columns: list[int],
    scales: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give (N, K) errors in mm."""
    if not films:
        return np.empty((0, len(columns)))
    predicted = np.stack([predictions.films[film][columns] for film in films])
    return radial_errors(predicted, np.stack([points[film][columns] for film in films]), scales)


def _mean_of(marked: Sequence[Points]) -> Points:
    """Mean of several readers' points of one film; NaN where nobody marked one."""
    return np.asarray(np.ma.masked_invalid(marked).mean(axis=0).filled(np.nan))


def _tables(
    errors: NDArray[np.float64],
    asked: NDArray[np.bool_],
    films: Sequence[Hashable],
    keys: Sequence[str],
    isbi: bool,
) -> dict[str, ScoreTable]:
    tables = {ALL_FILMS: score_table(errors, keys, asked=asked)}
    # Only where films of Train were not themselves predicted: there both twins are training films.
    if isbi and TEST1_TWINS & set(films) and not TRAIN_TWINS & set(films):
        alone = [film not in TEST1_TWINS for film in films]
        tables[WITHOUT_TWINS] = score_table(errors[alone], keys, asked=asked[alone])
    return tables


def _scales(
    predictions: Predictions, truth: Truth, films: Sequence[Hashable], spacing_mm: float | None
) -> NDArray[np.float64]:
    """Give (N, 2) mm per pixel, x then y."""
    scales: list[Spacing] = []
    for film in films:
        known = truth.spacing.get(film) or predictions.spacing.get(film)
        scale = (spacing_mm, spacing_mm) if spacing_mm is not None else known
        if scale is None:
            raise CalibrationError(
                f"{predictions.names[film]}: mm per pixel are not known. Give them with --spacing MM"
            )
        scales.append(scale)
    return np.array(scales, dtype=np.float64).reshape(-1, 2)


def _film_of(row: LandmarkRow) -> Hashable | None:
    return (row.image_id, row.frame, row.instance) if row.image_id else None


def _grouped(
    rows: Iterable[LandmarkRow], scheme: LandmarkScheme, film_of: Any
) -> tuple[dict[Hashable, Points], dict[Hashable, str]]:
    """Points and image names by film; a film under two names counts once, with the first name's points."""
    films: dict[Hashable, Points] = {}
    names: dict[Hashable, str] = {}
    for row in rows:
        film = film_of(row)
        if film is None:
            raise SchemaError(f"{row.image} has no image_id, so its film cannot be matched")
        if names.setdefault(film, row.image) != row.image:
            continue
        points = films.setdefault(film, np.full((len(scheme.keys), 2), np.nan))
        if row.x is not None and row.y is not None:
            points[scheme.index(row.landmark)] = row.x, row.y
    return films, names


def _spacings(rows: Iterable[LandmarkRow], film_of: Any) -> dict[Hashable, Spacing]:
    return {
        film_of(row): (row.spacing_x_mm, row.spacing_y_mm)
        for row in rows
        if row.spacing_x_mm is not None and row.spacing_y_mm is not None
    }


def _scheme_of(rows: Sequence[LandmarkRow], path: Path) -> LandmarkScheme:
    names = {row.scheme for row in rows}
    if len(names) > 1:
        raise SchemaError(f"points of several schemes ({', '.join(sorted(names))}) cannot be scored together", path)
    return load_scheme(names.pop())
