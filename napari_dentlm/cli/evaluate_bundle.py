"""Predictions of a bundle for ``dentlm evaluate``: the films are labelled in memory, nothing is written."""

import sys
from pathlib import Path

from tqdm import tqdm

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cli.evaluation import Truth, film_number
from napari_dentlm.cli.paths import relative_path
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging import image_paths
from napari_dentlm.labelling import LabelEvent, label_paths


def predicted_rows(bundle: str, images: Path, truth: Truth, device: str) -> list[landmark_csv.LandmarkRow]:
    """Label the films of the truth with a bundle.

    Parameters
    ----------
    bundle
        Name or folder.
    images
        Folder of the films.
    truth
        Says which films count, where films go by number; otherwise all are labelled and matched by content.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.

    Raises
    ------
    DentLMError
        When a film cannot be read: a score over fewer films would look like a score over all.
    """
    cascade = Cascade.load(bundle, device)
    films = {film for points in truth.readers.values() for film in points}
    paths = [path for path in image_paths(images) if not truth.by_number or film_number(path.name) in films]
    rows: list[landmark_csv.LandmarkRow] = []
    with tqdm(total=len(paths), desc="Labelling", unit="film", file=sys.stderr, dynamic_ncols=True) as bar:

        def take(event: LabelEvent) -> None:
            bar.update(event.done - bar.n)
            rows.extend(_rows(event, images, frozenset(cascade.keys)))

        summary = label_paths(paths, cascade, journals=False, on_progress=take)
    if summary.failed:
        path, reason = summary.failed[0]
        raise DentLMError(f"{len(summary.failed)} films could not be read, such as {path.name}: {reason}")
    return rows


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
