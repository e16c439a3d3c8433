"""Negatives without a subject, and pieces of real films that do not hold a face."""

import cv2
import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey, Points, Transform2D
from training.films import FRAME_POINTS, TrainingFilm
from training.negatives.sketch import cloud

MOST_INSIDE = 0.5
"""Share of the landmarks up to which a piece of a film is no film."""


def blank(rng: Generator, size: int) -> Grey:
    """Return one grey, or a slope of greys, with a little noise."""
    corner = rng.uniform(0, 255, (2, 2)).astype(np.float32) * rng.choice([0.0, 1.0])
    field = cv2.resize(corner, (size, size)) + rng.uniform(0, 255) + rng.normal(0, rng.uniform(0, 8), (size, size))
    return np.clip(field, 0, 255).astype(np.uint8)


def noise(rng: Generator, size: int) -> Grey:
    """Return noise of any grain, or of several grains at once."""
    cells = np.exp(rng.uniform(np.log(2), np.log(size), int(rng.choice([1, 1, 2, 4])))).astype(int)
    field = sum(cloud(rng, (size, size), int(count)) for count in cells)
    return np.clip(rng.uniform(60, 190) + rng.uniform(20, 90) * field, 0, 255).astype(np.uint8)


def shapes(rng: Generator, size: int) -> Grey:
    """Return ellipses and rings of any size and grey."""
    canvas = np.full((size, size), rng.integers(0, 256), dtype=np.uint8)
    for _ in range(rng.integers(3, 40)):
        centre, axes = rng.integers(0, size, 2).tolist(), rng.integers(2, size // 2, 2).tolist()
        thickness = int(rng.choice([-1, 1, 2, 5]))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(0, 256)), thickness)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.3, 3))))


def detail(film: TrainingFilm, rng: Generator, size: int) -> Grey:
    """Return a small window of a film, turned anyhow."""
    pyramid = film.pyramid
    side = rng.uniform(0.1, 0.35) * pyramid.width
    centre = rng.uniform(0, 1, 2) * (pyramid.width, pyramid.height)
    return pyramid.sample(Transform2D.window(centre, side, (size, size), rng.uniform(0, 360)), (size, size))


def crop(film: TrainingFilm, rng: Generator, size: int) -> Grey:
    """Return an upright part of a film, of any size and shape, that holds at most half of the landmarks."""
    box = box_without_face(film, rng)
    return detail(film, rng, size) if box is None else _cut(film, box[0], box[1], size)


def box_without_face(film: TrainingFilm, rng: Generator) -> Points | None:
    """Return (low, high) corners of a box that holds at most half of the landmarks.

    None if chance finds no such box, or if too few landmarks are known to say what it holds.
    """
    if np.isfinite(film.points).all(axis=1).sum() < FRAME_POINTS:
        return None
    limits = np.array([film.pyramid.width, film.pyramid.height])
    for _ in range(20):
        extent = rng.uniform(0.2, 1.0, 2) * limits
        low = rng.uniform(0, 1, 2) * (limits - extent)
        box = np.array([low, low + extent])
        if share_inside(film.points, box) <= MOST_INSIDE:
            return box
    return None


def share_inside(points: Points, box: Points) -> float:
    """Return the share of the known points (K, 2) inside a box given by its (low, high) corners."""
    known = points[np.isfinite(points).all(axis=1)]
    return float(((known >= box[0]) & (known <= box[1])).all(axis=1).mean())


def folded(film: TrainingFilm, rng: Generator, size: int) -> Grey:
    """Return a film whose one side mirrors the other, about an axis through the face: symmetric as a frontal skull."""
    known = film.points[np.isfinite(film.points).all(axis=1)]
    axis = float(np.quantile(known[:, 0], rng.uniform(0.3, 0.65)))
    limits = np.array([film.pyramid.width, film.pyramid.height], dtype=float)
    behind = rng.random() < 0.7
    low, high = (np.zeros(2), np.array([axis, limits[1]])) if behind else (np.array([axis, 0.0]), limits)
    half = _cut(film, low, high, size)
    half = half if behind else half[:, ::-1]
    return np.hstack([half, half[:, ::-1]])


def shuffled(film: TrainingFilm, rng: Generator, size: int) -> Grey:
    """Return a film cut into tiles in the wrong order."""
    window = _cut(film, np.zeros(2), np.array([film.pyramid.width, film.pyramid.height]), size)
    count = int(rng.choice([3, 4, 6]))
    tall, wide = window.shape[0] // count, window.shape[1] // count
    tiles = [window[y * tall : (y + 1) * tall, x * wide : (x + 1) * wide] for y in range(count) for x in range(count)]
    rng.shuffle(tiles)
    return np.vstack([np.hstack(tiles[row * count : (row + 1) * count]) for row in range(count)])


def _cut(film: TrainingFilm, low: Points, high: Points, size: int) -> Grey:
    """Read a box of a film with ``size`` pixels on its longer side."""
    extent = high - low
    width, height = (max(8, int(n)) for n in extent / extent.max() * size)
    return film.pyramid.sample(Transform2D.window((low + high) / 2, tuple(extent), (width, height)), (width, height))
