"""What stands in a journal: the header line and the event lines, checked when they are read.

Each line is one JSON object. An event carries the SHA-256 of the line before it, so that a line changed, lost
or inserted afterwards is found.
"""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from napari_dentlm import __version__
from napari_dentlm.core.annotation import Landmark, Point, State, is_midpoint
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration, SpacingSource

FORMAT_VERSION = 1
MODEL_PREFIX = "model:"
READER_PREFIX = "reader:"

Count = Annotated[int, Field(ge=0)]
XY = tuple[FiniteFloat, FiniteFloat]
Positive = Annotated[FiniteFloat, Field(gt=0)]


class EventKind(StrEnum):
    """What happened."""

    PREDICT = "predict"
    MOVE = "move"
    PLACE = "place"
    CONFIRM = "confirm"
    RULE = "rule"
    RESET = "reset"
    CALIBRATE = "calibrate"
    EXCLUDE = "exclude"
    INCLUDE = "include"
    UNDO = "undo"
    REDO = "redo"
    ACCEPT = "accept"


class _Line(BaseModel):
    # A field this version does not know means a newer writer: better read-only than half understood.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    def to_line(self) -> bytes:
        """The object as one JSON line, without the line end."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True).encode("utf-8")


class Header(_Line):
    """First line: what the journal is about. `image_ids` holds one id per frame."""

    dentlm_journal: int
    image_ids: tuple[str, ...]
    scheme: str
    scheme_version: str
    tool: str
    created_utc: str


class Mark(_Line):
    """A landmark's state and position as an event writes them; x then y, pixels.

    ``left`` and ``right`` are its contours, where a reader placed both; the position is their midpoint.
    """

    state: State
    x: FiniteFloat | None = None
    y: FiniteFloat | None = None
    origin: str = ""
    reason: str = ""
    flag: str = ""
    expected_error_px: Annotated[FiniteFloat, Field(ge=0)] | None = None
    left: XY | None = None
    right: XY | None = None

    @model_validator(mode="after")
    def _state_fits_position(self) -> "Mark":
        if {self.x is not None, self.y is not None} != {self.state.has_position}:
            raise ValueError(f"state {self.state} does not fit the position")
        if (self.left is None) != (self.right is None):
            raise ValueError("there is one contour without the other")
        if self.sides is not None and not is_midpoint(self.position, self.sides):
            raise ValueError("the position is not the midpoint of the contours")
        return self

    @classmethod
    def of(cls, landmark: Landmark) -> "Mark":
        """The mark that writes down `landmark`."""
        position = landmark.position
        left, right = landmark.sides or (None, None)
        return cls(
            state=landmark.state,
            x=None if position is None else position.x,
            y=None if position is None else position.y,
            origin=landmark.origin,
            reason=landmark.reason,
            flag=landmark.flag,
            expected_error_px=landmark.expected_error_px,
            left=None if left is None else (left.x, left.y),
            right=None if right is None else (right.x, right.y),
        )

    @property
    def position(self) -> Point | None:
        """The position, or None in the states without one."""
        return None if self.x is None or self.y is None else Point(self.x, self.y)

    @property
    def sides(self) -> tuple[Point, Point] | None:
        """The left and the right contour, or None where one point was placed."""
        return None if self.left is None or self.right is None else (Point(*self.left), Point(*self.right))


class Spacing(_Line):
    """A calibration as an event writes it."""

    row_mm: Annotated[FiniteFloat, Field(gt=0)]
    column_mm: Annotated[FiniteFloat, Field(gt=0)]
    source: SpacingSource
    reason: str = ""

    def calibration(self) -> Calibration:
        """The calibration that was written down."""
        return Calibration(self.row_mm, self.column_mm, self.source, self.reason)


class Event(_Line):
    """One line after the header.

    ``landmark``, ``before`` (in the file: ``from``) and ``to`` describe an act on one landmark; ``marks``
    several at once (a prediction, a bulk confirmation); ``steps`` are the sequence numbers that an undo or
    redo is about; ``box`` is where a prediction found the face on a photo (x, y, width, height); ``nudge`` marks a
    move by a small step, ``blind`` a point placed without seeing the model's; ``warning`` is the code of one that the
    reader accepts for the ``reason`` shown.
    """

    seq: Annotated[int, Field(ge=1)]
    utc: str
    actor: str
    tool: str
    event: EventKind
    frame: Count
    instance: Count
    landmark: str = ""
    before: Mark | None = Field(default=None, alias="from")
    to: Mark | None = None
    nudge: bool = False
    bulk: bool = False
    blind: bool = False
    marks: dict[str, Mark] = Field(default_factory=dict)
    options: str = ""
    box: tuple[FiniteFloat, FiniteFloat, Positive, Positive] | None = None
    spacing: Spacing | None = None
    reason: str = ""
    warning: str = ""
    steps: tuple[int, ...] = ()
    prev: str

    @property
    def reader(self) -> str:
        """Id of the reader who acted; empty for the model."""
        return self.actor.removeprefix(READER_PREFIX) if self.actor.startswith(READER_PREFIX) else ""

    @property
    def face(self) -> Box | None:
        """Where a prediction found the face, on a photo."""
        return None if self.box is None else Box(*self.box)

    @property
    def time(self) -> datetime:
        """When it happened."""
        return datetime.fromisoformat(self.utc)

    @property
    def description(self) -> str:
        """What happened, in a few words for a menu."""
        if self.event is EventKind.CONFIRM and self.bulk:
            return f"confirm {len(self.marks)} landmarks"
        if self.event is EventKind.PLACE and self.to is not None and self.to.sides is not None:
            return f"place both contours of {self.landmark}"
        if self.event is EventKind.ACCEPT:
            return f'"It is right" about: {self.reason}' if self.reason else '"It is right"'
        if self.event is EventKind.RULE and self.to is not None:
            return f"{self.landmark} {self.to.state.replace('_', ' ')}"
        return f"{self.event} {self.landmark}".strip()

    @property
    def subject(self) -> str:
        """Key of the one landmark that the event is about, itself or by its warning; empty where there is none."""
        return self.landmark or self.warning.partition(":")[2]

    def keys(self) -> tuple[str, ...]:
        """Keys of the landmarks that the event is about."""
        return (self.landmark,) if self.landmark else tuple(self.marks)

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Event":
        kind = self.event
        if kind in (EventKind.MOVE, EventKind.PLACE, EventKind.RULE, EventKind.RESET) and not self.landmark:
            raise ValueError(f"{kind} names no landmark")
        if kind in (EventKind.MOVE, EventKind.PLACE, EventKind.RULE) and self.to is None:
            raise ValueError(f"{kind} says nothing about the landmark")
        if kind is EventKind.CALIBRATE and self.spacing is None:
            raise ValueError("calibrate carries no spacing")
        if kind is EventKind.ACCEPT and not self.warning:
            raise ValueError("accept names no warning")
        if not self.actor.startswith(MODEL_PREFIX if kind is EventKind.PREDICT else READER_PREFIX):
            raise ValueError(f"{self.actor} cannot {kind}")
        datetime.fromisoformat(self.utc)
        return self


def tool_version() -> str:
    """Name and version of this program, as events carry them."""
    return f"napari-dentlm {__version__}"


def utc_now() -> str:
    """The time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line_hash(line: bytes) -> str:
    """Hash of a line without its line end; the next line carries it as ``prev``."""
    return hashlib.sha256(line).hexdigest()
