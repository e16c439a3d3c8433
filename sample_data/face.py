"""A generated face photograph with exactly known landmarks: a drawing that detectors take for a face."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from napari_dentlm.core.scheme import PHOTO, load_scheme

_FINE = 2
"""Drawn so many times larger, then reduced, for soft edges."""
# A symmetric average face in about millimetres, in the order of the scheme.
_PLACES = (
    *((-76, -34), (-75, -14), (-72, 5), (-67, 24), (-59, 42), (-46, 57), (-31, 69), (-16, 78), (0, 81)),
    *((16, 78), (31, 69), (46, 57), (59, 42), (67, 24), (72, 5), (75, -14), (76, -34)),
    *((-62, -54), (-52, -61), (-39, -63), (-26, -60), (-14, -55)),
    *((14, -55), (26, -60), (39, -63), (52, -61), (62, -54)),
    *((0, -39), (0, -26), (0, -13), (0, 0)),
    *((-14, 9), (-7, 11), (0, 13), (7, 11), (14, 9)),
    *((-46, -37), (-38, -42), (-28, -42), (-19, -36), (-28, -33), (-38, -33)),
    *((19, -36), (28, -42), (38, -42), (46, -37), (38, -33), (28, -33)),
    *((-28, 34), (-17, 29), (-7, 27), (0, 29), (7, 27), (17, 29), (28, 34)),
    *((18, 41), (8, 45), (0, 46), (-8, 45), (-18, 41)),
    *((-24, 34), (-7, 33), (0, 34), (7, 33), (24, 34), (7, 37), (0, 38), (-7, 37)),
)

Place = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class GeneratedFace:
    """A drawn photograph of one face.

    Parameters
    ----------
    seed
        What it was drawn from.
    pixels
        (H, W, 3) uint8, RGB.
    points
        (68, 2) float64 pixels, x then y, in the order of the scheme ibug68; of a group (N, 68, 2).
    """

    seed: int
    pixels: NDArray[np.uint8]
    points: NDArray[np.float64]


def generate_face(seed: int, *, size: int = 400, turn: float = 0.0) -> GeneratedFace:
    """Draw the face of a seed.

    Parameters
    ----------
    seed
        Not negative; equal seeds give equal faces.
    size
        Side of the picture in pixels; the face fills about half of it.
    turn
        Degrees by which the head is turned clockwise.
    """
    rng = np.random.default_rng(seed)
    shape = np.array(_PLACES, dtype=np.float64) * rng.normal(1, 0.03, 2)
    angle = np.deg2rad(turn)
    around = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    unit = size / 320
    middle = np.array([size / 2, size * 0.54]) + rng.normal(0, size * 0.01, 2)

    def place(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return points @ around * unit + middle

    canvas = _Canvas(rng, size, place, unit)
    _paint(canvas, rng, shape)
    keys = load_scheme(PHOTO).keys
    assert len(shape) == len(keys)
    return GeneratedFace(seed, canvas.photo(rng), place(shape))


def generate_group(seed: int, count: int, *, size: int = 300) -> GeneratedFace:
    """Draw so many faces side by side, in rows of three, each a little larger than the next one.

    Returns
    -------
    GeneratedFace
        With points (count, 68, 2), the largest face first.
    """
    columns = min(count, 3)
    rows = -(-count // columns)
    pixels = np.full((rows * size, columns * size, 3), 128, dtype=np.uint8)
    points = []
    for number in range(count):
        side = size - 12 * number
        face = generate_face(1000 * seed + number, size=side)
        top, left = number // columns * size, number % columns * size
        pixels[top : top + side, left : left + side] = face.pixels
        points.append(face.points + np.array([left, top]))
    return GeneratedFace(seed, pixels, np.array(points))


class _Canvas:
    """A picture under construction, in the coordinates of the face."""

    def __init__(self, rng: Generator, size: int, place: Place, unit: float) -> None:
        self._size, self._place, self._unit = size, place, unit * _FINE
        ground = rng.integers(90, 180, 3)
        self.pixels = np.full((size * _FINE, size * _FINE, 3), ground, dtype=np.uint8)

    def fill(self, outline: NDArray[np.float64], colour: tuple[int, ...], blur: float = 0.0) -> None:
        """Fill an outline, softly where asked."""
        corners = np.rint(self._fine(outline)).astype(np.int32)
        # Only the part of the picture that the outline can reach.
        reach = 1 + int(4 * blur * self._unit)
        low = np.clip(corners.min(axis=0) - reach, 0, self.pixels.shape[0] - 1)
        high = np.clip(corners.max(axis=0) + reach + 1, low + 1, self.pixels.shape[0])
        part = self.pixels[low[1] : high[1], low[0] : high[0]]
        mask = cv2.fillPoly(np.zeros(part.shape[:2], dtype=np.uint8), [corners - low], 255)
        if blur:
            mask = cv2.GaussianBlur(mask, (0, 0), blur * self._unit)
        share = mask[..., None].astype(np.float32) / 255
        part[:] = (part * (1 - share) + np.array(colour, dtype=np.float32) * share).astype(np.uint8)

    def line(self, points: NDArray[np.float64], colour: tuple[int, ...], width: float, *, closed: bool = False) -> None:
        """Draw a line through points."""
        corners = np.rint(self._fine(points)).astype(np.int32)
        cv2.polylines(self.pixels, [corners], closed, colour, max(1, round(width * self._unit)), cv2.LINE_AA)

    def _fine(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        return (self._place(points) + 0.5) * _FINE - 0.5

    def photo(self, rng: Generator) -> NDArray[np.uint8]:
        """The picture as a camera would give it."""
        small = cv2.resize(self.pixels, (self._size, self._size), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 0.8).astype(np.float32)
        return np.clip(small + rng.normal(0, 3, small.shape), 0, 255).astype(np.uint8)


def _ellipse(x: float, y: float, wide: float, high: float) -> NDArray[np.float64]:
    turns = np.linspace(0, 2 * np.pi, 61)[:-1]
    return np.stack([x + wide * np.cos(turns), y + high * np.sin(turns)], axis=-1)


def _paint(canvas: _Canvas, rng: Generator, shape: NDArray[np.float64]) -> None:
    """Paint from back to front: shoulders, hair, skin, shades, eyes, brows, nose, mouth."""
    skin = np.array([222, 178, 150]) * rng.uniform(0.75, 1.05)
    skin = np.clip(skin, 0, 250)

    def tone(factor: float) -> tuple[int, ...]:
        return tuple(int(value) for value in np.clip(skin * factor, 0, 255))

    hair = tuple(int(value) for value in np.array([70, 48, 34]) * rng.uniform(0.4, 1.6))
    jaw = shape[:17]
    canvas.fill(_ellipse(0, 190, 150, 90), (60, 70, 100))
    canvas.fill(_ellipse(0, 95, 38, 60), tone(0.8), 3)
    canvas.fill(_ellipse(0, -48, 93, 92), hair, 2)
    forehead = _ellipse(0, -36, 76, 72)
    canvas.fill(np.concatenate([jaw, forehead[forehead[:, 1] < -34][::-1]]), tone(1.0), 1.5)
    canvas.fill(_ellipse(0, -45, 74, 66), tone(1.0), 1.5)
    for side in (-1, 1):
        canvas.fill(_ellipse(side * 32, -44, 22, 12), tone(0.8), 4)
        canvas.fill(_ellipse(side * 42, 0, 16, 20), tone(1.06), 8)
        canvas.fill(_ellipse(side * 66, 10, 14, 40), tone(0.84), 8)
    canvas.fill(_ellipse(0, 22, 8, 4), tone(0.86), 3)
    canvas.fill(_ellipse(0, 55, 18, 4), tone(0.82), 4)
    for eye, brow in ((shape[36:42], shape[17:22]), (shape[42:48], shape[22:27])):
        centre = eye.mean(axis=0)
        canvas.fill(eye, (240, 238, 232), 0.4)
        canvas.fill(_ellipse(*centre, 5.2, 5.2), (70, 60, 50))
        canvas.fill(_ellipse(*centre, 2.4, 2.4), (12, 12, 12))
        canvas.line(eye[:4], (40, 26, 22), 2.2)
        canvas.line(eye, tone(0.6), 0.9, closed=True)
        canvas.line(brow, hair, 5.0)
    canvas.fill(_ellipse(0, 2, 9, 8), tone(1.05), 3)
    canvas.line(shape[31:36], tone(0.66), 2.4)
    for x in (-7, 7):
        canvas.fill(_ellipse(x, 9, 3.6, 2.2), tone(0.42), 0.8)
    canvas.fill(shape[48:60], (172, 84, 84), 0.8)
    canvas.fill(shape[60:68], (92, 36, 40), 0.5)
