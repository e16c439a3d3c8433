"""Points with known errors for the tests of ``dentlm evaluate``."""

from pathlib import Path

import numpy as np

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme("isbi19")
ORIGIN = "model:test@0123456789ab"


def base_points(film: int) -> np.ndarray:
    return np.random.default_rng(film).uniform(200, 1800, (19, 2)).round()


def rows_for(
    film: int, shift: float = 0.0, *, state: State = State.PREDICTED, annotator: str = "", mm: float | None = 0.1
) -> list[LandmarkRow]:
    """Points `shift` px below the senior's."""
    origin = ORIGIN if state is State.PREDICTED else f"reader:{annotator}"
    marks = [
        Landmark(key, state, Point(x, y + shift), origin)
        for key, (x, y) in zip(SCHEME.keys, base_points(film), strict=True)
    ]
    return landmark_csv.rows_of(
        Annotation.of(SCHEME, f"{film:064x}", marks, annotator=annotator),
        image=f"test1/{film:03d}.jpg",
        image_size=(1935, 2400),
        calibration=Calibration.none("") if mm is None else Calibration.user(mm),
        patient="",
    )


def write(path: Path, *groups: list[LandmarkRow]) -> Path:
    landmark_csv.write(path, [row for group in groups for row in group])
    return path
