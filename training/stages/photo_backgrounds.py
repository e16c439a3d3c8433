"""What stands behind the faces that the detector for photographs learns from: nothing of it may pass for a face."""

from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D
from training.negatives.sketch import cloud
from training.photos.photos import TrainingPhoto

CANVAS = 256
"""Pixels on either side of a training picture."""
_FILMS = 8


def known(photo: TrainingPhoto) -> Points:
    """Return the points (K, 2) of a face that somebody gave."""
    return photo.points[np.isfinite(photo.points).all(axis=1)]


def background(photo: TrainingPhoto, strangers: NDArray[np.float64], rng: Generator) -> Grey:
    """Something without a face: one grey, clouds, a generated film, or pieces of the photo."""
    kind = rng.choice(4, p=[0.15, 0.12, 0.1, 0.63])
    if kind == 0:
        return np.full((CANVAS, CANVAS), rng.integers(0, 256), dtype=np.uint8)
    if kind == 1:
        haze = cloud(rng, (CANVAS, CANVAS), int(rng.integers(2, 30)))
        return np.clip(rng.uniform(40, 220) + rng.uniform(10, 70) * haze, 0, 255).astype(np.uint8)
    if kind == 2:
        return _film_piece(rng)
    return _pieces(photo, strangers, rng)


def _pieces(photo: TrainingPhoto, strangers: NDArray[np.float64], rng: Generator) -> Grey:
    """A patchwork of the photo: cloth, hair, leaves, an ear, a mouth, but never a whole face."""
    size = np.array([photo.pyramid.width, photo.pyramid.height])
    boxes = [(known(photo).min(axis=0), known(photo).max(axis=0)), *((s.min(axis=0), s.max(axis=0)) for s in strangers)]
    side = float(np.ptp(known(photo), axis=0).mean())
    cell = int(CANVAS // rng.choice([2, 3, 4, 6]))
    picture = np.full((CANVAS, CANVAS), rng.integers(0, 256), dtype=np.uint8)
    for top in range(0, CANVAS, cell):
        for left in range(0, CANVAS, cell):
            part = side * float(np.exp(rng.uniform(np.log(0.15), np.log(0.9))))
            centre = rng.uniform(part / 2, np.maximum(size - part / 2, part / 2 + 1))
            touches = any((centre + part / 2 > low).all() and (centre - part / 2 < high).all() for low, high in boxes)
            part = side * float(rng.uniform(0.12, 0.35)) if touches else part
            view = Transform2D.window(centre, part, (cell, cell), float(rng.uniform(-180, 180)))
            piece = photo.pyramid.sample(view, (cell, cell))
            target = picture[top : top + cell, left : left + cell]
            target[:] = piece[: target.shape[0], : target.shape[1]]
    return picture


@cache
def _generated(seed: int) -> Pyramid:
    from sample_data import generate_film

    return Pyramid(generate_film(seed).pixels, 2)


def _film_piece(rng: Generator) -> Grey:
    """A generated cephalogram, or a part of it: the skull must not pass for a face."""
    film = _generated(int(rng.integers(_FILMS)))
    size = np.array([film.width, film.height])
    part = float(rng.uniform(0.4, 1.2)) * size.max()
    view = Transform2D.window(rng.uniform(0.3, 0.7, 2) * size, part, (CANVAS, CANVAS), float(rng.normal(0, 15)))
    picture = film.sample(view, (CANVAS, CANVAS))
    picture = picture[:, ::-1] if rng.random() < 0.5 else picture
    return np.ascontiguousarray(255 - picture if rng.random() < 0.2 else picture)
