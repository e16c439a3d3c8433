"""Annotations: the landmarks of one instance on one image by one reader, always valid once they exist."""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.scheme import LandmarkScheme

if TYPE_CHECKING:
    from napari_dentlm.core.box import Box


class State(StrEnum):
    """What is known about a landmark, from the model's word to the reader's."""

    PREDICTED = "predicted"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    PLACED = "placed"
    NOT_VISIBLE = "not_visible"
    OUTSIDE = "outside"
    NOT_ASSESSED = "not_assessed"

    @property
    def has_position(self) -> bool:
        """Whether a landmark in this state has a position; the others never do."""
        return self not in _WITHOUT_POSITION

    @property
    def by_reader(self) -> bool:
        """Whether only a reader's act leads to this state."""
        return self not in (State.PREDICTED, State.NOT_ASSESSED)

    @property
    def strength(self) -> int:
        """How far it has been reviewed, from 0; a measure or a film is as good as its weakest landmark."""
        return _STRENGTH.index(self)

    @property
    def is_final(self) -> bool:
        """Whether nothing is left to review: confirmed, or ruled to have no position."""
        return self in (State.CONFIRMED, State.NOT_VISIBLE, State.OUTSIDE)


_WITHOUT_POSITION = (State.NOT_VISIBLE, State.OUTSIDE, State.NOT_ASSESSED)
# From the least to the most reviewed; a measure or a film is as good as its weakest landmark.
_STRENGTH = (
    State.NOT_ASSESSED,
    State.PREDICTED,
    State.CORRECTED,
    State.PLACED,
    State.NOT_VISIBLE,
    State.OUTSIDE,
    State.CONFIRMED,
)


@dataclass(frozen=True, slots=True)
class Point:
    """A position in pixels of the image as shown; whole numbers are pixel centres.

    Raises
    ------
    ValueError
        When a coordinate is not a finite number.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        # Plain floats only: numpy scalars would leak into JSON and CSV.
        object.__setattr__(self, "x", float(self.x))
        object.__setattr__(self, "y", float(self.y))
        if not (math.isfinite(self.x) and math.isfinite(self.y)):
            raise ValueError(f"a point needs finite coordinates, not ({self.x}, {self.y})")

    def distance(self, other: "Point") -> float:
        """How far `other` is away, in pixels."""
        return math.hypot(self.x - other.x, self.y - other.y)


def midpoint(left: Point, right: Point) -> Point:
    """The point halfway between two contours: the landmark of a structure that exists on either side of the head."""
    # Halved before they are added: the sum of two finite numbers may be too large to hold.
    return Point(left.x / 2 + right.x / 2, left.y / 2 + right.y / 2)


def is_midpoint(position: Point | None, sides: tuple[Point, Point], within: float = 1e-6) -> bool:
    """Whether `position` is the midpoint of both `sides` up to `within` pixels, by default the rounding of floats."""
    return position is not None and position.distance(midpoint(*sides)) <= within


@dataclass(frozen=True, slots=True)
class Landmark:
    """One landmark of an annotation.

    Parameters
    ----------
    key
        Key of the scheme.
    state, position
        A position exactly in the states that have one.
    origin
        Who put the point there: ``model:<name>@<hash>`` or ``reader:<id>``.
    confirmed_by
        The reader who confirmed it; set exactly in the state confirmed.
    predicted
        The model's point, kept beside a reader's.
    expected_error_px
        Radius in pixels that holds the true point with the bundle's stated probability.
    flag
        Why to look here first, or empty.
    reason
        Why there is no position, or a reader's remark.
    sides
        Where a reader put the left and the right contour, whose midpoint the position is; None where one point
        was placed.
    updated_utc
        ISO 8601 time of the last change.

    Raises
    ------
    ValueError
        When the fields contradict each other.
    """

    key: str
    state: State
    position: Point | None
    origin: str = ""
    confirmed_by: str = ""
    predicted: Point | None = None
    expected_error_px: float | None = None
    flag: str = ""
    reason: str = ""
    sides: tuple[Point, Point] | None = None
    updated_utc: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", State(self.state))
        if self.state.has_position != (self.position is not None):
            needs = "needs a position" if self.state.has_position else "has no position"
            raise ValueError(f"landmark {self.key}: a landmark that is {self.state} {needs}")
        if (self.state is State.CONFIRMED) != bool(self.confirmed_by):
            raise ValueError(f"landmark {self.key}: confirmed_by is set when, and only when, it is confirmed")
        if self.expected_error_px is not None:
            object.__setattr__(self, "expected_error_px", float(self.expected_error_px))
            if not (math.isfinite(self.expected_error_px) and self.expected_error_px >= 0):
                raise ValueError(f"landmark {self.key}: an expected error is a finite radius, 0 or more")
        if self.sides is not None and not is_midpoint(self.position, self.sides):
            raise ValueError(f"landmark {self.key}: its position is not the midpoint of its left and right contour")

    @property
    def touched(self) -> bool:
        """Whether a reader corrected, confirmed, placed or ruled on it; a model leaves it alone then."""
        return self.state.by_reader


@dataclass(frozen=True, slots=True)
class Annotation:
    """The landmarks of one instance on one frame by one reader (or by the model, with no annotator).

    Every landmark of the scheme is there, in the scheme's order: those not given are ``not_assessed``.

    Parameters
    ----------
    scheme, image_id, frame, instance, annotator
        What and whose annotation it is.
    landmarks
        By key.
    box
        Where the face lies on a photo; None on a film.

    Raises
    ------
    ValueError
        When a landmark is not of the scheme or stands under another key.
    """

    scheme: LandmarkScheme
    image_id: str
    frame: int = 0
    instance: int = 0
    annotator: str = ""
    landmarks: Mapping[str, Landmark] = field(default_factory=dict)
    box: "Box | None" = None

    def __post_init__(self) -> None:
        unknown = [key for key in self.landmarks if key not in self.scheme.keys]
        misplaced = [key for key, landmark in self.landmarks.items() if landmark.key != key]
        if unknown or misplaced:
            raise ValueError(f"landmarks {unknown + misplaced} do not fit the scheme {self.scheme.name}")
        complete = {key: self.landmarks.get(key) or _not_assessed(key) for key in self.scheme.keys}
        object.__setattr__(self, "landmarks", MappingProxyType(complete))

    @classmethod
    def of(
        cls, scheme: LandmarkScheme, image_id: str, landmarks: Iterable[Landmark], *, annotator: str = ""
    ) -> "Annotation":
        """Annotation of the first instance on the first frame from `landmarks` in any order."""
        return cls(scheme, image_id, annotator=annotator, landmarks={mark.key: mark for mark in landmarks})

    def with_landmark(self, landmark: Landmark) -> "Annotation":
        """A copy in which `landmark` stands in the place of the one with its key."""
        return replace(self, landmarks={**self.landmarks, landmark.key: landmark})

    def points(self, states: Collection[State] | None = None) -> NDArray[np.float64]:
        """Positions as (K, 2) float64, x then y, pixels, in the scheme's order; NaN where absent.

        Parameters
        ----------
        states
            Only landmarks in these states; all when None.
        """
        points = np.full((len(self.landmarks), 2), np.nan)
        for row, landmark in enumerate(self.landmarks.values()):
            if landmark.position is not None and (states is None or landmark.state in states):
                points[row] = landmark.position.x, landmark.position.y
        return points

    def weakest_state(self) -> State:
        """The least reviewed state among the landmarks."""
        return min((landmark.state for landmark in self.landmarks.values()), key=lambda state: state.strength)


def _not_assessed(key: str) -> Landmark:
    return Landmark(key, State.NOT_ASSESSED, None)
