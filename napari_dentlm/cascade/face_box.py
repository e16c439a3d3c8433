"""The box of a face on a photograph, as a detector or a file of labels gives it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Where one face lies.

    The box encloses the landmarks of the scheme `ibug68` tightly: from the brows to the chin, from cheek to cheek.
    A detector whose boxes mean something else converts them first.

    Parameters
    ----------
    x, y
        Left upper corner in image pixels; whole numbers are pixel centres.
    width, height
        Size in pixels.
    score
        Confidence of the detector from 0 to 1; 1 for a box from a file or from a reader.

    Raises
    ------
    ValueError
        When the size is not positive or the score not between 0 and 1.
    """

    x: float
    y: float
    width: float
    height: float
    score: float = 1.0

    def __post_init__(self) -> None:
        if not (self.width > 0 and self.height > 0):
            raise ValueError(f"a face box of {self.width} x {self.height} pixels has no size")
        if not 0 <= self.score <= 1:
            raise ValueError(f"the score of a face box is between 0 and 1, not {self.score}")

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box in image pixels, x then y."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def side(self) -> float:
        """The longer side in pixels: what the stages after the detector measure a face by."""
        return max(self.width, self.height)
