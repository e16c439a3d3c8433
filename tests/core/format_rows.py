"""Rows that the tests of the exchange formats write and read."""

from dataclasses import replace

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import LandmarkRow, rows_of
from napari_dentlm.core.formats.rows import COLUMNS
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
KEYS = SCHEME.keys
MODEL_COLUMNS = ("x_predicted", "y_predicted", "expected_error_px", "expected_error_mm", "flag", "updated_utc")
"""What the wide CSV drops."""


def annotation() -> Annotation:
    marks = [Landmark(key, State.PREDICTED, Point(i + 0.1, 2 * i), origin="model:m@1") for i, key in enumerate(KEYS)]
    marks[9] = Landmark(
        "Go", State.CORRECTED, Point(694.25, 1805), "reader:anna", predicted=Point(690, 1800), expected_error_px=12.5
    )
    marks[0] = Landmark("S", State.NOT_VISIBLE, None, "reader:anna", reason="artefact, \u201ccrossed\u201d")
    return Annotation.of(SCHEME, "ab" * 32, marks, annotator="anna")


def film_rows(image: str = "p1/001.jpg", calibration: Calibration | None = None) -> list[LandmarkRow]:
    calibration = calibration or Calibration.dataset(0.1)
    return rows_of(annotation(), image=image, image_size=(1935, 2400), calibration=calibration, patient="P0")


def contour_rows(image: str = "p1/001.jpg") -> list[LandmarkRow]:
    """Rows of a film on which a reader placed both contours of gonion."""
    sides = Point(690.5, 1800), Point(698, 1810)
    gonion = replace(annotation().landmarks["Go"], sides=sides)
    found = rows_of(
        annotation().with_landmark(gonion),
        image=image,
        image_size=(1935, 2400),
        calibration=Calibration.dataset(0.1),
        patient="P0",
    )
    assert [row.side for row in found if row.landmark == "Go"] == ["", "left", "right"]
    return found


def kept(rows: list[LandmarkRow], *dropped: str) -> list[tuple]:
    names = [name for name in COLUMNS if name not in dropped]
    return [tuple(getattr(row, name) for name in names) for row in rows]
