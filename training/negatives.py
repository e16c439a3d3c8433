"""Images that are no lateral film, so that the face-area stage learns to say so."""

import cv2
import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey, Pyramid, Transform2D


def random_negative(pyramid: Pyramid, rng: Generator, size: int) -> Grey:
    """Return a (size, size) uint8 image without a whole face: blank, noise, shapes, or pieces of a film."""
    kinds = (_blank, _noise, _shapes, _detail, _shuffled)
    return kinds[rng.integers(len(kinds))](pyramid, rng, size)


def _blank(_: Pyramid, rng: Generator, size: int) -> Grey:
    corner = rng.uniform(0, 255, (2, 2)).astype(np.float32) * rng.choice([0.0, 1.0])
    field = cv2.resize(corner, (size, size)) + rng.uniform(0, 255) + rng.normal(0, rng.uniform(0, 8), (size, size))
    return np.clip(field, 0, 255).astype(np.uint8)


def _noise(_: Pyramid, rng: Generator, size: int) -> Grey:
    cells = int(np.exp(rng.uniform(np.log(4), np.log(size))))
    field = cv2.resize(rng.uniform(0, 255, (cells, cells)).astype(np.float32), (size, size))
    return np.clip(field, 0, 255).astype(np.uint8)


def _shapes(_: Pyramid, rng: Generator, size: int) -> Grey:
    canvas = np.full((size, size), rng.integers(0, 256), dtype=np.uint8)
    for _number in range(rng.integers(3, 40)):
        centre, axes = rng.integers(0, size, 2).tolist(), rng.integers(2, size // 2, 2).tolist()
        thickness = int(rng.choice([-1, 1, 2, 5]))
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(0, 256)), thickness)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), float(rng.uniform(0.3, 3))))


def _detail(pyramid: Pyramid, rng: Generator, size: int) -> Grey:
    side = rng.uniform(0.1, 0.35) * pyramid.width
    centre = rng.uniform(0, 1, 2) * (pyramid.width, pyramid.height)
    window = pyramid.sample(Transform2D.window(centre, side, (size, size), rng.uniform(0, 360)), (size, size))
    return 255 - window if rng.random() < 0.5 else window


def _shuffled(pyramid: Pyramid, rng: Generator, size: int) -> Grey:
    whole = Transform2D.window((pyramid.width / 2, pyramid.height / 2), pyramid.height, (size, size))
    window = pyramid.sample(whole, (size, size))
    count = int(rng.choice([3, 4, 6]))
    tile = size // count
    tiles = [window[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile] for y in range(count) for x in range(count)]
    rng.shuffle(tiles)
    joined = np.vstack([np.hstack(tiles[row * count : (row + 1) * count]) for row in range(count)])
    return np.asarray(cv2.resize(joined, (size, size)))
