"""What a film may look like: geometry and grey levels varied at random, with the points following."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D


@dataclass(frozen=True, slots=True)
class Placement:
    """One random placement of a window.

    Parameters
    ----------
    shift
        (2,) displacement of the centre in face units.
    scale
        (2,) factors of the window's width and height.
    angle
        Degrees.
    """

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]
    angle: float


def random_placement(rng: Generator, *, shift: float, scale: float, stretch: float, angle: float) -> Placement:
    """Draw a placement; the arguments are the standard deviations (face units, log, log, degrees)."""
    common = np.exp(rng.normal(0, scale))
    aspect = np.exp(rng.normal(0, stretch))
    return Placement(rng.normal(0, shift, 2), np.array([common * aspect, common / aspect]), rng.normal(0, angle))


def sample_elastic(
    pyramid: Pyramid, transform: Transform2D, size: int, rng: Generator, strength: float
) -> tuple[Grey, NDArray[np.float32]]:
    """Read a window whose pixels wander smoothly by ``strength`` pixels (standard deviation at a 6 x 6 grid)."""
    coarse = rng.normal(0, strength, (6, 6, 2)).astype(np.float32)
    displacement = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    return pyramid.sample_map(transform, (size, size), displacement), displacement


def follow_elastic(points: Points, displacement: NDArray[np.float32]) -> Points:
    """Return where points (K, 2) of the undisplaced window lie in the displaced one."""
    moved = points.copy()
    limit = displacement.shape[0] - 1
    for _ in range(3):
        cells = np.clip(np.nan_to_num(np.rint(moved)), 0, limit).astype(int)
        moved = points - displacement[cells[:, 1], cells[:, 0]]
    return moved


def vary_grey(window: Grey, rng: Generator, strength: float = 1.0) -> Grey:
    """Vary gamma, contrast, brightness, sharpness and noise of (H, W) uint8, as films and scanners do."""
    levels = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.3 * strength))
    contrast, brightness = np.exp(rng.normal(0, 0.2 * strength)), rng.normal(0, 0.1 * strength)
    table = np.clip((levels - 0.5) * contrast + 0.5 + brightness, 0, 1) * 255
    window = cv2.LUT(window, table.astype(np.uint8))
    if rng.random() < 0.2:
        window = cv2.GaussianBlur(window, (0, 0), rng.uniform(0.4, 1.2))
    noise = rng.standard_normal(window.shape, dtype=np.float32) * rng.uniform(0, 10 * strength)
    return np.clip(window + noise, 0, 255).astype(np.uint8)


def hide_block(window: Grey, rng: Generator, probability: float, largest: float = 0.3) -> Grey:
    """Cover a random block with a random grey, like a label or a shutter."""
    if rng.random() >= probability:
        return window
    height, width = window.shape
    block_h, block_w = (int(rng.uniform(0.05, largest) * n) for n in (height, width))
    top, left = rng.integers(0, height - block_h), rng.integers(0, width - block_w)
    window = window.copy()
    window[top : top + block_h, left : left + block_w] = rng.integers(0, 256)
    return window


def mixed_truth(readers: NDArray[np.float64], points: Points, rng: Generator, spread: float) -> Points:
    """Return targets between the readers.

    Parameters
    ----------
    readers
        (R, K, 2); with other than two readers the mean is kept.
    points
        (K, 2) mean of the readers.
    spread
        0 keeps the mean; 1 draws anywhere between the two readers.
    """
    if len(readers) != 2 or spread == 0:
        return points
    both = readers[1] - readers[0]
    offset = rng.uniform(-0.5, 0.5, (len(points), 1)) * spread * both
    return points + np.where(np.isfinite(offset), offset, 0.0)
