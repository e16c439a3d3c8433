"""Every crop, resize, flip and rotation of the cascade as one invertible object, and the pyramid it reads from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Transform2D:
    """An affine map of the plane, from source pixels to target pixels.

    Parameters
    ----------
    matrix
        (3, 3) float64, acting on column vectors (x, y, 1). Whole numbers are pixel centres on both sides.
    """

    matrix: NDArray[np.float64]

    @classmethod
    def identity(cls) -> Self:
        """Return the map that changes nothing."""
        return cls(np.eye(3))

    @classmethod
    def window(
        cls,
        centre: Sequence[float] | NDArray[np.float64],
        side: float | tuple[float, float],
        size: tuple[int, int],
        angle: float = 0.0,
    ) -> Self:
        """Return the map from an image to a window cut out of it.

        Parameters
        ----------
        centre
            (2,) x, y of the window's centre in image pixels.
        side
            Width of the window in image pixels, or (width, height) where the window is not square.
        size
            (width, height) of the target in pixels.
        angle
            Degrees by which the window is turned clockwise (as seen, y down) in the image.
        """
        width, height = (side, side) if isinstance(side, int | float | np.floating) else side
        scale_x, scale_y = size[0] / width, size[1] / height
        turn = np.deg2rad(angle)
        cos, sin = np.cos(turn), np.sin(turn)
        linear = np.array([[cos * scale_x, sin * scale_x], [-sin * scale_y, cos * scale_y]])
        target_centre = (np.array(size) - 1) / 2
        matrix = np.eye(3)
        matrix[:2, :2] = linear
        matrix[:2, 2] = target_centre - linear @ np.asarray(centre, dtype=float)
        return cls(matrix)

    @classmethod
    def upright(cls, width: int, height: int, rotation: int, mirrored: bool) -> Self:
        """Return the map that turns an image upright.

        Parameters
        ----------
        width, height
            Size of the image in pixels.
        rotation
            0, 90, 180 or 270: degrees by which the film was turned clockwise, undone here.
        mirrored
            Whether the film was mirrored (before it was turned), undone here.
        """
        matrices = {
            0: [[1, 0, 0], [0, 1, 0]],
            90: [[0, 1, 0], [-1, 0, width - 1]],
            180: [[-1, 0, width - 1], [0, -1, height - 1]],
            270: [[0, -1, height - 1], [1, 0, 0]],
        }
        matrix = np.vstack([np.array(matrices[rotation], dtype=float), [0, 0, 1]])
        if mirrored:
            upright_width = width if rotation in (0, 180) else height
            matrix = np.array([[-1.0, 0, upright_width - 1], [0, 1, 0], [0, 0, 1]]) @ matrix
        return cls(matrix)

    def then(self, other: "Transform2D") -> "Transform2D":
        """Return the map that does this one first, then ``other``."""
        return Transform2D(other.matrix @ self.matrix)

    def inverse(self) -> "Transform2D":
        """Return the map back from the target to the source."""
        return Transform2D(np.linalg.inv(self.matrix))

    def apply(self, points: Points) -> Points:
        """Map points, (..., 2) float64, x then y."""
        return np.asarray(points, dtype=float) @ self.matrix[:2, :2].T + self.matrix[:2, 2]

    @property
    def scale(self) -> float:
        """Target pixels per source pixel (geometric mean of both axes)."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))


class Pyramid:
    """A grey image with its successive halvings, so that any window is read sharp and without aliasing.

    Parameters
    ----------
    image
        (H, W) uint8.
    first_level
        Halvings to leave out at the fine end; saves memory when no window needs full detail.
    """

    def __init__(self, image: Grey, first_level: int = 0) -> None:
        self.width, self.height = image.shape[1], image.shape[0]
        self.first_level = first_level
        for _ in range(first_level):
            image = _halve(image)
        self._levels = [image]

    def _level(self, number: int) -> Grey:
        number = max(0, number - self.first_level)
        while len(self._levels) <= number and min(self._levels[-1].shape) > 16:
            self._levels.append(_halve(self._levels[-1]))
        return self._levels[min(number, len(self._levels) - 1)]

    def levels(self) -> list[Grey]:
        """Return the image at every scale, finest first."""
        self._level(max(self.width, self.height).bit_length())
        return list(self._levels)

    def sample(self, transform: Transform2D, size: tuple[int, int]) -> Grey:
        """Read a window.

        Parameters
        ----------
        transform
            From image pixels to window pixels.
        size
            (width, height) of the window in pixels.

        Returns
        -------
        NDArray
            (height, width) uint8; black outside the image.
        """
        level, to_level = self._level_for(transform)
        back = to_level.matrix @ np.linalg.inv(transform.matrix)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(level, back[:2], size, flags=flags), dtype=np.uint8)

    def _level_for(self, transform: Transform2D) -> tuple[Grey, Transform2D]:
        step = 1.0 / max(transform.scale, 1e-9)
        level = self._level(int(np.floor(np.log2(max(step, 1.0)) + 0.25)))
        scale = level.shape[1] / self.width, level.shape[0] / self.height
        matrix = np.array([[scale[0], 0, (scale[0] - 1) / 2], [0, scale[1], (scale[1] - 1) / 2], [0, 0, 1]])
        return level, Transform2D(matrix)


def _halve(image: Grey) -> Grey:
    height, width = image.shape
    return np.asarray(cv2.resize(image, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA))
