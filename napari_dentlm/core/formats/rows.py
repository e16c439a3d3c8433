"""LandmarkRow: one landmark of one annotation, which every exchange format reads and writes."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.calibration import SpacingSource

SCHEMA = "dentlm-landmarks-1"
SIDES = ("", "left", "right")
SAME_PX = 0.01
"""Points nearer than this are the same: far below what can be seen, far above what computing anew changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandmarkRow:
    """One row of the landmark CSV; one field per column, in the order of the columns.

    Positions are x to the right and y down in pixels of the image as shown, whole numbers are pixel centres.
    What is not known is None (numbers) or empty (text), never 0.

    Parameters
    ----------
    schema
        Version of the format.
    image, image_id, frame, patient, width, height
        The image: path relative to the file, content hash, frame, pseudonym of the patient, size in pixels.
    spacing_x_mm, spacing_y_mm, spacing_source
        Calibration.
    scheme, instance, landmark, side
        Which landmark. A reader may have placed both contours of it: then the row without a side holds their
        midpoint, which is the landmark, and the rows ``left`` and ``right`` hold the contours.
    x, y, x_mm, y_mm
        Its position, in pixels and in mm.
    state, origin, confirmed_by
        What is known about it, and from whom.
    x_predicted, y_predicted, expected_error_px, expected_error_mm, flag
        What the model said.
    reason
        Why there is no position, or a remark.
    annotator, updated_utc
        Whose annotation, and when it was last changed.
    box_x, box_y, box_width, box_height
        Box of the face on a photo, in pixels: left upper corner and size. Empty on films.

    Raises
    ------
    ValueError
        When the fields contradict each other or a number is not finite.
    """

    schema: str = SCHEMA
    image: str
    image_id: str = ""
    frame: int = 0
    patient: str = ""
    width: int | None = None
    height: int | None = None
    spacing_x_mm: float | None = None
    spacing_y_mm: float | None = None
    spacing_source: SpacingSource = SpacingSource.NONE
    scheme: str
    instance: int = 0
    landmark: str
    side: str = ""
    x: float | None = None
    y: float | None = None
    x_mm: float | None = None
    y_mm: float | None = None
    state: State
    origin: str = ""
    confirmed_by: str = ""
    x_predicted: float | None = None
    y_predicted: float | None = None
    expected_error_px: float | None = None
    expected_error_mm: float | None = None
    flag: str = ""
    reason: str = ""
    annotator: str = ""
    updated_utc: str = ""
    box_x: float | None = None
    box_y: float | None = None
    box_width: float | None = None
    box_height: float | None = None

    def __post_init__(self) -> None:
        if self.schema != SCHEMA:
            raise ValueError(f"schema is {self.schema!r}; this version reads {SCHEMA!r}")
        for name in FLOAT_COLUMNS:
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} is {value}, not a finite number")
        self._check_position()
        self._check_image()

    def _check_position(self) -> None:
        if (self.x is None) != (self.y is None):
            raise ValueError("x and y must both be there, or neither")
        if self.state.has_position != (self.x is not None):
            needs = "needs x and y" if self.state.has_position else "has no x and y"
            raise ValueError(f"a landmark that is {self.state} {needs}")
        if (self.x_predicted is None) != (self.y_predicted is None):
            raise ValueError("x_predicted and y_predicted must both be there, or neither")
        if self.expected_error_px is not None and self.expected_error_px < 0:
            raise ValueError("expected_error_px is negative")
        if self.side not in SIDES:
            raise ValueError(f"side is empty, left or right, not {self.side!r}")
        if self.side and self.x is None:
            raise ValueError(f"a {self.side} contour needs x and y")

    def _check_image(self) -> None:
        if not self.image:
            raise ValueError("image is empty")
        if self.frame < 0 or self.instance < 0:
            raise ValueError("frame and instance count from 0")
        if any(size is not None and size <= 0 for size in (self.width, self.height)):
            raise ValueError("width and height are positive")
        box = (self.box_x, self.box_y, self.box_width, self.box_height)
        if len({side is None for side in box}) > 1:
            raise ValueError("box_x, box_y, box_width and box_height must all be there, or none")
        if any(size is not None and size <= 0 for size in box[2:]):
            raise ValueError("box_width and box_height are positive")
        known = self.spacing_x_mm is not None and self.spacing_y_mm is not None
        if known != (self.spacing_source is not SpacingSource.NONE):
            raise ValueError("spacing_x_mm, spacing_y_mm and spacing_source must all be there, or none")
        if any(mm is not None and mm <= 0 for mm in (self.spacing_x_mm, self.spacing_y_mm)):
            raise ValueError("a spacing in mm is positive")

    @property
    def position(self) -> Point | None:
        """The position, or None in the states without one."""
        return None if self.x is None or self.y is None else Point(self.x, self.y)

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """Left upper corner and size of the face's box, or None without one."""
        x, y, width, height = self.box_x, self.box_y, self.box_width, self.box_height
        return None if x is None or y is None or width is None or height is None else (x, y, width, height)

    @property
    def annotation_identity(self) -> tuple[str, str, int, str, int, str]:
        """What all rows of one annotation share, and no others."""
        return (self.image, self.image_id, self.frame, self.scheme, self.instance, self.annotator)

    @property
    def landmark_identity(self) -> tuple[str, str, int, str, int, str, str]:
        """What a landmark shares with its contours, and with no other row."""
        return (*self.annotation_identity, self.landmark)

    @property
    def identity(self) -> tuple[str, str, int, str, int, str, str, str]:
        """What no two rows of a file may share."""
        return (*self.landmark_identity, self.side)


COLUMNS = tuple(column.name for column in fields(LandmarkRow))
INT_COLUMNS = frozenset({"frame", "width", "height", "instance"})
FLOAT_COLUMNS = frozenset(column.name for column in fields(LandmarkRow) if column.type == float | None)


def conflicts(rows: Iterable[LandmarkRow]) -> list[str]:
    """Images with the same content but different labels, one sentence each; such labels are never merged.

    Positions that differ by less than `SAME_PX` are the same; a landmark that only one of them has is a difference.
    """
    known: dict[tuple[object, ...], dict[str, dict[tuple[str, str], LandmarkRow]]] = {}
    for row in rows:
        if row.image_id:
            copies = known.setdefault(row.annotation_identity[1:], {})
            copies.setdefault(row.image, {})[row.landmark, row.side] = row
    found: dict[tuple[str, str], None] = {}
    for copies in known.values():
        (first, labels), *others = copies.items()
        for image, own in others:
            if not _same_labels(labels, own):
                found[first, image] = None
    return [f"{one} and {other} are the same image with different labels." for one, other in found]


def _same_labels(one: dict[tuple[str, str], LandmarkRow], other: dict[tuple[str, str], LandmarkRow]) -> bool:
    return one.keys() == other.keys() and all(_alike(row, other[which]) for which, row in one.items())


def _alike(one: LandmarkRow, other: LandmarkRow) -> bool:
    if one.x is None or one.y is None or other.x is None or other.y is None:
        return (one.state, one.x, one.y) == (other.state, other.x, other.y)
    return one.state is other.state and math.hypot(one.x - other.x, one.y - other.y) < SAME_PX


def listed(names: Sequence[str]) -> str:
    """The only one of `names`, or how many there are and the first."""
    return names[0] if len(names) == 1 else f"{len(names)}, such as {names[0]}"
