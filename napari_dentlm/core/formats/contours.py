"""Double contours in tables: beside the row of a landmark, the rows of its left and its right contour.

The row without a side is the landmark. Whoever counts, measures, scores or trains takes the `midpoints`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from napari_dentlm.core.annotation import Point, is_midpoint
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.formats.rows import SIDES, LandmarkRow, listed
from napari_dentlm.core.scheme import load_scheme

ROUNDING_PX = 0.5
"""A midpoint may lie this far off in a file: other programs round to whole pixels."""

_SHARED = ("state", "origin", "confirmed_by")


def midpoints(rows: Iterable[LandmarkRow]) -> list[LandmarkRow]:
    """The landmarks among `rows`, one row each, without the rows of their contours."""
    return [row for row in rows if not row.side]


def with_contours(row: LandmarkRow, sides: tuple[Point, Point] | None) -> list[LandmarkRow]:
    """The row of a landmark and, where a reader placed both contours, a row for each.

    What the model said is about the midpoint and stands in its row alone.
    """
    if sides is None:
        return [row]
    return [row, *(_contour(row, side, point) for side, point in zip(SIDES[1:], sides, strict=True))]


def contours(rows: Iterable[LandmarkRow]) -> dict[tuple[object, ...], tuple[Point, Point]]:
    """Left and right contour of every landmark that has them, by its `landmark_identity`; see `check_contours`."""
    found: dict[tuple[object, ...], dict[str, Point]] = defaultdict(dict)
    for row in rows:
        if row.side and row.position is not None:
            found[row.landmark_identity][row.side] = row.position
    return {which: (points["left"], points["right"]) for which, points in found.items()}


def check_contours(rows: Sequence[LandmarkRow], path: PathInput | None, numbers: Sequence[int] = ()) -> None:
    """Refuse contours that do not fit their landmark.

    Parameters
    ----------
    rows
        All rows of a file.
    path
        The file.
    numbers
        Number of each row, where rows have numbers for the user.

    Raises
    ------
    SchemaError
        When a contour stands without the other or without its landmark, has another state or provenance, or the
        landmark is not their midpoint or never has two.
    """
    groups: dict[tuple[object, ...], dict[str, LandmarkRow]] = defaultdict(dict)
    for row in rows:
        groups[row.landmark_identity][row.side] = row
    for index, row in enumerate(rows):
        if row.side and (reason := _misfit(row, groups[row.landmark_identity])):
            number = numbers[index] if numbers else None
            raise SchemaError(f"the {row.side} contour of {row.landmark} of {row.image} {reason}", path, number)


def lost_contours(rows: Iterable[LandmarkRow]) -> list[str]:
    """A clause that names the contours among `rows`, for formats that hold midpoints alone; empty without any."""
    names = list(dict.fromkeys(f"{row.landmark} of {row.image}" for row in rows if row.side))
    return [f"left and right contours are lost, their midpoint stays ({listed(names)})"] if names else []


def _contour(row: LandmarkRow, side: str, point: Point) -> LandmarkRow:
    return replace(
        row,
        side=side,
        x=point.x,
        y=point.y,
        x_mm=None if row.spacing_x_mm is None else point.x * row.spacing_x_mm,
        y_mm=None if row.spacing_y_mm is None else point.y * row.spacing_y_mm,
        x_predicted=None,
        y_predicted=None,
        expected_error_px=None,
        expected_error_mm=None,
        flag="",
        reason="",
    )


def _misfit(row: LandmarkRow, group: dict[str, LandmarkRow]) -> str:
    """What is wrong with the contour `row`, where `group` are the rows of its landmark by side."""
    if not load_scheme(row.scheme).landmark(row.landmark).bilateral:
        return "cannot be: this landmark is a single point"
    for side in SIDES:
        if side not in group:
            return f"stands there without the {side} one" if side else "stands there without the row of the landmark"
    differing = [name for name in _SHARED if getattr(row, name) != getattr(group[""], name)]
    if differing:
        return f"differs from the landmark in {', '.join(differing)}"
    left, right = group["left"].position, group["right"].position
    if left is None or right is None or not is_midpoint(group[""].position, (left, right), ROUNDING_PX):
        return f"does not fit: the landmark is not the midpoint of both within {ROUNDING_PX:g} px"
    return ""
