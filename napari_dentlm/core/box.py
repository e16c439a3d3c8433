"""The box of a face on a photo, and which face of an earlier look each face of a new one is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from napari_dentlm.core.annotation import Point

SAME_FACE = 0.3
"""Overlap (intersection over union) from which two boxes show the same face."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a face lies, in pixels of the image as shown.

    Parameters
    ----------
    x, y
        Left upper corner.
    width, height
        Size.

    Raises
    ------
    ValueError
        When a number is not finite, or a size not positive.
    """

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        # Plain floats only: numpy scalars would leak into JSON and CSV.
        for name in ("x", "y", "width", "height"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if not all(map(math.isfinite, self.numbers)):
            raise ValueError(f"a box needs finite numbers, not {self.numbers}")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"a box of {self.width} x {self.height} pixels has no size")

    @classmethod
    def around(cls, points: Sequence[Point]) -> Self:
        """The smallest box around points, of a pixel at least."""
        xs, ys = [point.x for point in points], [point.y for point in points]
        return cls(min(xs), min(ys), max(max(xs) - min(xs), 1.0), max(max(ys) - min(ys), 1.0))

    @property
    def numbers(self) -> tuple[float, float, float, float]:
        """x, y, width and height."""
        return self.x, self.y, self.width, self.height

    def contains(self, point: Point) -> bool:
        """Whether a point lies in the box."""
        return self.x <= point.x <= self.x + self.width and self.y <= point.y <= self.y + self.height

    def overlap(self, other: "Box") -> float:
        """Intersection divided by union, 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        # By shares of the boxes: the areas of very small ones are too small to hold.
        shared = max(0.0, width) / self.width * (max(0.0, height) / self.height)
        ratio = other.width / self.width * (other.height / self.height)
        return min(1.0, shared / max(1.0 + ratio - shared, shared)) if shared else 0.0


def matched(known: Mapping[int, Box], found: Sequence[Box]) -> list[int | None]:
    """Which known face each found one is, so that a face keeps its instance number when a photo is labelled again.

    Parameters
    ----------
    known
        Boxes by instance number.
    found
        Boxes of the new look.

    Returns
    -------
    list
        For each found box the number of the known face that it overlaps most, `SAME_FACE` at least; None for a new
        face. No number stands there twice.
    """
    pairs = [(box.overlap(old), place, number) for place, box in enumerate(found) for number, old in known.items()]
    numbers: list[int | None] = [None] * len(found)
    for share, place, number in sorted(pairs, key=lambda pair: -pair[0]):
        if share >= SAME_FACE and numbers[place] is None and number not in numbers:
            numbers[place] = number
    return numbers
