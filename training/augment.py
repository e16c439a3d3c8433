"""What a film may look like: geometry and grey levels varied at random, with the points following."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from napari_dentlm.cascade.transform import Grey, Points

GRID = (6, 6)
"""Nodes between which the displacement of an elastic window is smooth."""
PLAIN_TONE = np.array([1, 1, 0, 0, 0], dtype=np.float32)
"""Changes nothing."""


@dataclass(frozen=True, slots=True)
class Placements:
    """How M windows lie.

    Parameters
    ----------
    scale
        (M, 2) factors of the windows' width and height.
    angle
        (M,) degrees.
    """

    scale: NDArray[np.float64]
    angle: NDArray[np.float64]

    @classmethod
    def plain(cls, count: int) -> "Placements":
        """Neither turned nor scaled."""
        return cls(np.ones((count, 2)), np.zeros(count))

    @classmethod
    def draw(cls, rng: Generator, count: int, *, scale: float, stretch: float, angle: float) -> "Placements":
        """Draw placements; the arguments are standard deviations (log, log, degrees)."""
        common, aspect = np.exp(rng.normal(0, scale, count)), np.exp(rng.normal(0, stretch, count))
        return cls(np.stack([common * aspect, common / aspect], axis=1), rng.normal(0, angle, count))


def draw_grid(rng: Generator, strength: float) -> NDArray[np.float32]:
    """Draw how the pixels of a window wander smoothly: (2, 6, 6) displacements in window pixels, x then y."""
    return rng.normal(0, strength, (2, *GRID)).astype(np.float32)


def draw_tones(rng: Generator, count: int, strength: float = 1.0) -> NDArray[np.float32]:
    """Draw how films and scanners differ: (count, 5), see `rendering.vary_grey`."""
    blurred = rng.random(count) < 0.2
    columns = (
        np.exp(rng.normal(0, 0.3 * strength, count)),
        np.exp(rng.normal(0, 0.2 * strength, count)),
        rng.normal(0, 0.1 * strength, count),
        blurred * rng.uniform(0.4, 1.2, count),
        rng.uniform(0, 10 * strength, count),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def draw_blocks(
    rng: Generator, shape: tuple[int, ...], side: int, probability: float, largest: float = 0.3
) -> NDArray[np.float32]:
    """Draw what covers windows of ``side`` pixels: (*shape, 5), see `rendering.hide`; nothing where not drawn."""
    extent = rng.uniform(0.05, largest, (*shape, 2)) * side
    low = rng.uniform(0, 1, (*shape, 2)) * (side - extent)
    high = np.where(rng.random((*shape, 1)) < probability, low + extent, low)
    return np.concatenate([low, high, rng.uniform(0, 256, (*shape, 1))], axis=-1).round().astype(np.float32)


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
