"""Errors of predictions in millimetres, and the tables made of them."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cli.evaluation.films import Points, Spacing
from napari_dentlm.cli.evaluation.predictions import Predictions
from napari_dentlm.cli.evaluation.trust import Trust, trust_of
from napari_dentlm.cli.evaluation.truth import Truth
from napari_dentlm.core.errors import CalibrationError, DentLMError
from napari_dentlm.core.isbi_duplicates import TEST1_TWINS, TRAIN_TWINS
from napari_dentlm.core.metrics import ScoreTable, mre, radial_errors, score_table

ALL_FILMS = "all films"
WITHOUT_TWINS = "without duplicates"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Tables by truth and set of films, and the mean error of each film against the headline truth.

    Parameters
    ----------
    headline
        Whom the table of landmarks compares with: the mean or a reader.
    keys, origins
        Landmarks, and who predicted them.
    tables
        By truth, then by set of films.
    trust
        By truth: whether the model's own words on its points hold, over all films.
    per_film
        Mean error of each film in mm; None where it has no points.
    left_out
        Films of which the truth has no point that was predicted.
    unpredicted
        How many films of the truth have no prediction.
    """

    headline: str
    keys: tuple[str, ...]
    origins: tuple[str, ...]
    tables: Mapping[str, Mapping[str, ScoreTable]]
    trust: Mapping[str, Trust]
    per_film: Mapping[str, float | None]
    left_out: tuple[str, ...]
    unpredicted: int

    def as_dict(self) -> dict[str, Any]:
        """Everything for JSON."""
        return {
            "truth": self.headline,
            "landmarks": list(self.keys),
            "origins": list(self.origins),
            "tables": {
                truth: {films: table.as_dict() for films, table in sets.items()} for truth, sets in self.tables.items()
            },
            "expected_error": {truth: trust.as_dict() for truth, trust in self.trust.items()},
            "per_film_mm": dict(self.per_film),
            "left_out": list(self.left_out),
            "unpredicted": self.unpredicted,
        }


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
    compared = {
        choice: _compare(predictions, truth.points(choice), columns, _Scales(predictions, truth, spacing_mm))
        for choice in truth.choices
    }
    first = compared[headline]
    if not np.isfinite(first.errors).any():
        raise DentLMError("No point of these films is both predicted and marked: there is nothing to compare.")
    means = [mre(error) for error in first.errors]
    names = [predictions.films[film].name for film in first.films]
    keys = predictions.keys
    return Evaluation(
        headline=headline,
        keys=keys,
        origins=predictions.origins,
        tables={choice: _tables(each, keys, truth.by_number) for choice, each in compared.items()},
        trust={choice: trust_of(each.errors, each.radii, each.flagged, keys) for choice, each in compared.items()},
        per_film={name: mean if np.isfinite(mean) else None for name, mean in zip(names, means, strict=True)},
        left_out=tuple(dict.fromkeys(name for each in compared.values() for name in each.left_out)),
        unpredicted=len(truth.films - set(predictions.films)),
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """Films with a truth, and (N, K) arrays of them: errors and radii in mm, whether a point is asked for or flagged.

    ``left_out`` names films of which the truth has no point that counts.
    """

    films: tuple[Hashable, ...]
    errors: NDArray[np.float64]
    radii: NDArray[np.float64]
    asked: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Scales:
    """Millimetres per pixel of a film: the user's, else the truth's, else those of the predictions."""

    predictions: Predictions
    truth: Truth
    spacing_mm: float | None

    def of(self, film: Hashable) -> Spacing:
        if self.spacing_mm is not None:
            return self.spacing_mm, self.spacing_mm
        known = self.truth.spacing.get(film) or self.predictions.spacing.get(film)
        if known is None:
            name = self.predictions.films[film].name
            raise CalibrationError(f"{name}: mm per pixel are not known. Give them with --spacing MM")
        return known


def _compare(
    predictions: Predictions, points: Mapping[Hashable, Points], columns: list[int], scales: _Scales
) -> _Compared:
    there = [film for film in predictions.films if film in points]
    films = [film for film in there if np.isfinite(points[film][columns]).any()]
    left_out = tuple(predictions.films[film].name for film in there if film not in films)
    predicted = [predictions.films[film] for film in films]
    shape = len(films), len(columns)
    marked = np.array([points[film][columns] for film in films]).reshape(*shape, 2)
    found = np.array([film.points[columns] for film in predicted]).reshape(*shape, 2)
    mm = np.array([scales.of(film) for film in films]).reshape(-1, 2)
    radii = np.array([film.radius[columns] for film in predicted]).reshape(shape)
    return _Compared(
        films=tuple(films),
        errors=radial_errors(found, marked, mm),
        # A radius has no direction: the larger scale keeps the promise that the circle holds the true point.
        radii=radii * mm.max(axis=1, keepdims=True),
        asked=np.isfinite(marked).all(axis=2),
        flagged=np.array([film.flagged[columns] for film in predicted], dtype=bool).reshape(shape),
        left_out=left_out,
    )


def _tables(compared: _Compared, keys: Sequence[str], isbi: bool) -> dict[str, ScoreTable]:
    errors, asked, films = compared.errors, compared.asked, compared.films
    tables = {ALL_FILMS: score_table(errors, keys, asked=asked)}
    # Only where films of Train were not themselves predicted: there both twins are training films.
    if isbi and TEST1_TWINS & set(films) and not TRAIN_TWINS & set(films):
        alone = [film not in TEST1_TWINS for film in films]
        tables[WITHOUT_TWINS] = score_table(errors[alone], keys, asked=asked[alone])
    return tables
