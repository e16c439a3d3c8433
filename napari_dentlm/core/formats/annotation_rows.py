"""Annotations as rows of a table, and rows as annotations."""

from collections.abc import Iterable, Sequence

from napari_dentlm.core.annotation import Annotation, Landmark, Point, is_midpoint, midpoint
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.formats.contours import check_contours, contours, midpoints, with_contours
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import load_scheme


def rows_of(
    annotation: Annotation, *, image: str, image_size: tuple[int, int], calibration: Calibration, patient: str
) -> list[LandmarkRow]:
    """Rows of every landmark of `annotation`, in the scheme's order; its contours follow it where they were placed.

    Parameters
    ----------
    annotation
        What to write.
    image
        Path of the image relative to the CSV, with forward slashes.
    image_size
        Width and height in pixels, as shown.
    calibration
        Gives the columns in mm; they stay empty without one.
    patient
        Pseudonym, never a PatientID.
    """
    return [
        row
        for landmark in annotation.landmarks.values()
        for row in with_contours(_row(annotation, landmark, image, image_size, calibration, patient), landmark.sides)
    ]


def by_annotation(rows: Iterable[LandmarkRow]) -> list[list[LandmarkRow]]:
    """Rows of a file brought together by annotation, in the order of their first."""
    found: dict[tuple[object, ...], list[LandmarkRow]] = {}
    for row in rows:
        found.setdefault(row.annotation_identity, []).append(row)
    return list(found.values())


def annotation_of(rows: Sequence[LandmarkRow], path: PathInput | None = None) -> Annotation:
    """The annotation that `rows` tell of; the way back from `rows_of`.

    Parameters
    ----------
    rows
        All rows of one annotation, see `by_annotation`. Where contours were rounded, they move with the landmark,
        by half a pixel at most.
    path
        The file, for messages.

    Raises
    ------
    SchemaError
        When there are no rows, they belong to several annotations, or they contradict each other.
    """
    if len({row.annotation_identity for row in rows}) != 1:
        raise SchemaError("these are not the rows of one annotation", path)
    check_contours(rows, path)
    first, sides = rows[0], contours(rows)
    scheme = load_scheme(first.scheme)
    try:
        landmarks = {row.landmark: _landmark(row, sides.get(row.landmark_identity)) for row in midpoints(rows)}
        box = None if first.box is None else Box(*first.box)
        return Annotation(scheme, first.image_id, first.frame, first.instance, first.annotator, landmarks, box)
    except ValueError as error:
        raise SchemaError(f"{first.image}: {error}", path) from error


def _row(
    annotation: Annotation,
    landmark: Landmark,
    image: str,
    image_size: tuple[int, int],
    calibration: Calibration,
    patient: str,
) -> LandmarkRow:
    x, y = _coordinates(landmark.position)
    x_predicted, y_predicted = _coordinates(landmark.predicted)
    box_x, box_y, box_width, box_height = (None,) * 4 if annotation.box is None else annotation.box.numbers
    return LandmarkRow(
        image=image,
        image_id=annotation.image_id,
        frame=annotation.frame,
        patient=patient,
        width=image_size[0],
        height=image_size[1],
        spacing_x_mm=calibration.column_mm,
        spacing_y_mm=calibration.row_mm,
        spacing_source=calibration.source,
        scheme=annotation.scheme.name,
        instance=annotation.instance,
        landmark=landmark.key,
        x=x,
        y=y,
        x_mm=_times(x, calibration.column_mm),
        y_mm=_times(y, calibration.row_mm),
        state=landmark.state,
        origin=landmark.origin,
        confirmed_by=landmark.confirmed_by,
        x_predicted=x_predicted,
        y_predicted=y_predicted,
        expected_error_px=landmark.expected_error_px,
        expected_error_mm=_times(landmark.expected_error_px, _larger_spacing(calibration)),
        flag=landmark.flag,
        reason=landmark.reason,
        annotator=annotation.annotator,
        updated_utc=landmark.updated_utc,
        box_x=box_x,
        box_y=box_y,
        box_width=box_width,
        box_height=box_height,
    )


def _coordinates(point: Point | None) -> tuple[float | None, float | None]:
    return (None, None) if point is None else (point.x, point.y)


def _times(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor


def _larger_spacing(calibration: Calibration) -> float | None:
    # A radius has no direction: the larger spacing keeps the promise that the circle holds the true point.
    if calibration.column_mm is None or calibration.row_mm is None:
        return None
    return max(calibration.column_mm, calibration.row_mm)


def _landmark(row: LandmarkRow, sides: tuple[Point, Point] | None) -> Landmark:
    predicted = row.x_predicted, row.y_predicted
    return Landmark(
        row.landmark,
        row.state,
        row.position,
        origin=row.origin,
        confirmed_by=row.confirmed_by,
        predicted=None if predicted[0] is None or predicted[1] is None else Point(predicted[0], predicted[1]),
        expected_error_px=row.expected_error_px,
        flag=row.flag,
        reason=row.reason,
        sides=None if sides is None or row.position is None else _fitted(sides, row.position),
        updated_utc=row.updated_utc,
    )


def _fitted(sides: tuple[Point, Point], to: Point) -> tuple[Point, Point]:
    """The contours as they stand, or moved where rounding took their midpoint away from the landmark."""
    if is_midpoint(to, sides):
        return sides
    middle = midpoint(*sides)
    left, right = (Point(side.x + to.x - middle.x, side.y + to.y - middle.y) for side in sides)
    return left, right
