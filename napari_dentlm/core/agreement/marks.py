"""The points of one reader or of the model, under what they are matched by: image, frame, instance and landmark."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from napari_dentlm.core.annotation import Annotation, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats.rows import LandmarkRow

MODEL = ""
"""The annotator of the model's own points."""


class MarkId(NamedTuple):
    """What two points must share to be compared."""

    image_id: str
    frame: int
    instance: int
    landmark: str


class Mark(NamedTuple):
    """A position, x then y in pixels, and the scale of its image, mm per pixel (x, y), where it is known."""

    x: float
    y: float
    spacing: tuple[float, float] | None = None


Marks = Mapping[MarkId, Mark]


def marks_of(rows: Iterable[LandmarkRow], annotator: str) -> Marks:
    """Points of one annotator in rows of a table; `MODEL` gives the model's, also where a reader moved them.

    Of an image that stands in the rows under several names, the first counts.

    Raises
    ------
    SchemaError
        When a row does not say which image it is about.
    """
    marks: dict[MarkId, Mark] = {}
    for row in rows:
        place = _predicted_place(row) if annotator == MODEL else _place(row, annotator)
        # The landmark of a double contour is its midpoint, which has a row of its own.
        if place is None or row.side:
            continue
        if not row.image_id:
            raise SchemaError(f"{row.image} has no image_id, so its points cannot be matched")
        spacing = _spacing(row.spacing_x_mm, row.spacing_y_mm)
        which = MarkId(row.image_id, row.frame, row.instance, row.landmark)
        marks.setdefault(which, Mark(*place, spacing))
    return marks


def marks_of_annotations(
    annotations: Iterable[Annotation], calibrations: Mapping[tuple[str, int], Calibration], *, model: bool = False
) -> Marks:
    """Points of annotations by one reader.

    Parameters
    ----------
    annotations
        Of different images, or frames or instances of them.
    calibrations
        By image_id and frame; an image that is not there has no scale.
    model
        Take the model's points that stand beside the reader's instead.
    """
    marks: dict[MarkId, Mark] = {}
    for annotation in annotations:
        calibration = calibrations.get((annotation.image_id, annotation.frame))
        spacing = _spacing(calibration.column_mm, calibration.row_mm) if calibration else None
        for mark in annotation.landmarks.values():
            predicted = mark.predicted or (mark.position if mark.state is State.PREDICTED else None)
            point: Point | None = predicted if model else mark.position if mark.touched else None
            if point is not None:
                which = MarkId(annotation.image_id, annotation.frame, annotation.instance, mark.key)
                marks[which] = Mark(point.x, point.y, spacing)
    return marks


def _place(row: LandmarkRow, annotator: str) -> tuple[float, float] | None:
    """Where a reader has the point; a prediction under a reader's name is not the reader's."""
    if row.annotator != annotator or not row.state.by_reader or row.x is None or row.y is None:
        return None
    return row.x, row.y


def _predicted_place(row: LandmarkRow) -> tuple[float, float] | None:
    if row.x_predicted is not None and row.y_predicted is not None:
        return row.x_predicted, row.y_predicted
    if row.state is State.PREDICTED and row.x is not None and row.y is not None:
        return row.x, row.y
    return None


def _spacing(x_mm: float | None, y_mm: float | None) -> tuple[float, float] | None:
    return None if x_mm is None or y_mm is None else (x_mm, y_mm)
