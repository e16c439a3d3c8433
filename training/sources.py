"""Where training films come from: the ISBI folder, our own CSV, a pack of either, and the generator."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import DentLMError, TrainingError
from napari_dentlm.core.formats import format_of, isbi_txt, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.isbi_duplicates import TRAIN_TWINS
from napari_dentlm.core.scheme import LandmarkScheme
from sample_data import FILM_SEEDS, generate_film
from training.films import RawFilm
from training.pack import SUFFIX, load_pack

ISBI_TRAINING = range(1, 151)
TRAINED_STATES = (State.CONFIRMED, State.CORRECTED, State.PLACED)


def load_films(
    labels: Path, scheme: LandmarkScheme, *, images: Path | None = None, spacing_mm: float | None = None
) -> list[RawFilm]:
    """Read films and labels from a landmark CSV, an ISBI folder or a pack of both.

    Parameters
    ----------
    labels
        Our CSV, an ISBI 2015 folder (one with `annotations` and `train`, or the annotations alone), or a pack.
    images
        Folder of the films: what the CSV's image paths are relative to (by default the CSV's own folder), or the
        ISBI films (by default `train` beside the annotations).
    spacing_mm
        Millimetres per pixel stated by the user; it counts before what the CSV says. ISBI films have 0.1 mm.

    Raises
    ------
    TrainingError
        When nothing usable is found, in words.
    """
    if labels.is_dir():
        return load_isbi(labels, images)
    if not labels.is_file():
        raise TrainingError(f"{labels.name}: there is no such file or folder.")
    if labels.suffix.lower() == SUFFIX:
        if images or spacing_mm:
            raise TrainingError(f"{labels.name}: a pack holds its films and their scale. State them when you pack.")
        return load_pack(labels, scheme)
    kind = format_of(labels)
    if kind.name != "csv":
        raise TrainingError(
            f"{labels.name}: films are learnt from our CSV, an ISBI folder or a pack, not {kind.title}."
        )
    return load_csv(labels, scheme, images=images or labels.parent, spacing_mm=spacing_mm)


def load_isbi(folder: Path, images: Path | None = None) -> list[RawFilm]:
    """Read the training films 1 to 150 of ISBI 2015, without the twenty that stand in Test1 as well."""
    from napari_dentlm.core.imaging import image_paths  # a machine that only trains from packs may lack decoders

    annotations = folder / "annotations" if (folder / "annotations").is_dir() else folder
    films = images or annotations.parent / "train"
    if not films.is_dir():
        raise TrainingError(
            f"{folder.name}: an ISBI folder holds `annotations` and `train`; the films are not there. "
            "Name their folder with --images."
        )
    readers = isbi_txt.read_isbi_folder(annotations)
    found = []
    for path in image_paths(films):
        number = int(re.sub(r"\D", "", path.stem) or 0)
        if number in ISBI_TRAINING and number not in TRAIN_TWINS:
            points = np.stack([_points_of(number, name, points) for name, points in sorted(readers.items())])
            found.append(
                RawFilm(path.stem, path.stem, partial(_grey, path, 0), points, 0.1, reader_names=tuple(sorted(readers)))
            )
    if not found:
        raise TrainingError(f"{folder.name}: none of the training films 001 to 150 is there.")
    return found


def _points_of(number: int, reader: str, films: Mapping[int, NDArray[np.float64]]) -> NDArray[np.float64]:
    if number not in films:
        raise TrainingError(
            f"{number:03d}: the reader {reader} has no points of this film. Add {reader}/{number:03d}.txt, or take the "
            "film away."
        )
    return films[number]


def load_csv(path: Path, scheme: LandmarkScheme, *, images: Path, spacing_mm: float | None) -> list[RawFilm]:
    """Read the confirmed, corrected and placed points of our CSV; predicted points are never learnt from.

    Points of another scheme are left out: a table of films and photographs serves for both. The films come in the order
    in which they were marked, as far as the table tells it.
    """
    rows = [
        row
        for row in landmark_csv.read(path, scheme)
        if row.state in TRAINED_STATES and row.x is not None and not row.side and not row.instance
    ]
    if not rows:
        raise TrainingError(
            f"{path.name}: no confirmed, corrected or placed point. Correct or confirm some points and export again."
        )
    if found := landmark_csv.conflicts(rows):
        raise TrainingError(f"{path.name}: {' '.join(found)} Remove one of the two and train again.")
    films: dict[tuple[str, int], list[LandmarkRow]] = defaultdict(list)
    groups: dict[str, str] = {}
    for row in rows:
        content = row.image_id or row.image
        groups.setdefault(content, row.patient or row.image)
        films[content, row.frame].append(row)
    in_time = sorted(films.items(), key=lambda item: min(row.updated_utc for row in item[1]))
    return [_csv_film(rows, groups[content], scheme, images, spacing_mm) for (content, _), rows in in_time]


def _csv_film(
    rows: list[LandmarkRow], group: str, scheme: LandmarkScheme, images: Path, spacing_mm: float | None
) -> RawFilm:
    from napari_dentlm.core.imaging import read_image

    first = rows[0]
    image = read_image(images / first.image, first.frame)
    if first.image_id and image.image_id != first.image_id:
        raise TrainingError(f"{first.image}: the image has changed since it was labelled. Label it again.")
    annotators = sorted({row.annotator for row in rows})
    points = np.full((len(annotators), len(scheme.keys), 2), np.nan)
    for row in rows:
        points[annotators.index(row.annotator), scheme.index(row.landmark)] = row.x, row.y
    load = partial(_grey, images / first.image, first.frame)
    spacing = spacing_mm or first.spacing_x_mm
    return RawFilm(first.image, group, load, points, spacing, reader_names=tuple(annotators))


def generated_films(count: int) -> list[RawFilm]:
    """Return films drawn from seeds 0 to ``count - 1``, which are shown nowhere else."""
    if set(range(count)) & set(FILM_SEEDS):
        raise TrainingError("The shipped sample films must not be trained on; ask for fewer generated films.")
    return [_generated(seed) for seed in range(count)]


def _generated(seed: int) -> RawFilm:
    points: NDArray[np.float64] = generate_film(seed).points[None]
    name = f"generated-{seed}"
    return RawFilm(name, name, partial(_draw, seed), points, 0.1, generated=True)


def _draw(seed: int) -> Grey:
    return generate_film(seed).pixels


def _grey(path: Path, frame: int) -> Grey:
    from napari_dentlm.core.imaging import read_image

    try:
        return read_image(path, frame).grey()
    except DentLMError as error:
        raise TrainingError(f"A training image cannot be read. {error}") from error
