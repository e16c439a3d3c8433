"""Predictions of a model for ``dentlm evaluate``: the films are labelled in memory, nothing is written."""

import sys
from collections.abc import Hashable, Sequence
from pathlib import Path

from tqdm import tqdm

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cli.evaluation.truth import Truth
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import image_paths, iter_frames
from napari_dentlm.core.relative_path import relative_path
from napari_dentlm.labelling import LabelEvent, label_paths


def predicted_rows(cascade: Cascade, images: Path, truth: Truth, quality: Quality) -> list[landmark_csv.LandmarkRow]:
    """Label the films of the truth with a model, and no others.

    Films go by the names that the truth has for them. Where some are not found so, the other files are looked at
    for their pixels, because films may have been renamed.

    Parameters
    ----------
    cascade
        The model.
    images
        Folder of the films.
    truth
        Says which films count.
    quality
        How much work goes into each film.

    Raises
    ------
    DentLMError
        When a film of the truth cannot be read: a score over fewer films would look like a score over all.
    """
    paths = image_paths(images)
    named = [path for path in paths if truth.films_named(path.name)]
    rows, failed = _label(named, cascade, images, quality)
    absent = truth.films - {truth.film_of(row) for row in rows}
    if absent and not truth.by_number:
        renamed = [path for path in paths if path not in named and _shows(path, absent)]
        found, failed_too = _label(renamed, cascade, images, quality)
        rows, failed = rows + found, failed + failed_too
        absent -= {truth.film_of(row) for row in found}
    lost = [(path, reason) for path, reason in failed if path not in named or truth.films_named(path.name) & absent]
    if lost:
        path, reason = lost[0]
        raise DentLMError(f"{counted(len(lost), 'film')} could not be labelled, such as {path.name}: {reason}")
    return rows


def _label(
    paths: Sequence[Path], cascade: Cascade, images: Path, quality: Quality
) -> tuple[list[landmark_csv.LandmarkRow], list[tuple[Path, str]]]:
    """Give the rows of all films, and the films that failed."""
    rows: list[landmark_csv.LandmarkRow] = []
    with tqdm(total=len(paths), desc="Labelling", unit="film", file=sys.stderr, dynamic_ncols=True) as bar:

        def take(event: LabelEvent) -> None:
            bar.update(event.done - bar.n)
            rows.extend(_rows(event, images, frozenset(cascade.keys)))

        summary = label_paths(paths, cascade, quality=quality, journals=False, on_progress=take)
    return rows, summary.failed


def _shows(path: Path, films: frozenset[Hashable]) -> bool:
    """Whether a file holds one of the films; one that cannot be read and goes by another name is none of them."""
    try:
        return any((image.image_id, image.frame, 0) in films for image in iter_frames(path))
    except DentLMError:
        return False


def _rows(event: LabelEvent, images: Path, keys: frozenset[str]) -> list[landmark_csv.LandmarkRow]:
    if event.image is None:
        return []
    rows = landmark_csv.rows_of(
        event.annotations[0],
        image=relative_path(event.path, images),
        image_size=(event.image.width, event.image.height),
        calibration=event.calibrations[0],
        patient="",
    )
    return [row for row in rows if row.landmark in keys]
