"""Faces drawn from the average shape of the shipped model: no photograph of anybody stands in the tests."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import load_bundle
from napari_dentlm.core.scheme import load_scheme


@cache
def average() -> NDArray[np.float64]:
    """(68, 2) average face in face units."""
    return load_bundle("face68").shape.mean


def drawn_face(seed: int, size: int = 240) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return a picture (size, size) uint8 of a face and its points (68, 2)."""
    rng = np.random.default_rng(seed)
    scale, turn = size / 240 * rng.uniform(0.75, 0.95), np.deg2rad(rng.uniform(-12, 12))
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = average() + rng.normal(0, 0.8, (68, 2))
    points = shape @ linear.T + size / 2 + rng.uniform(-6, 6, 2)
    image = np.full((size, size), 60, np.uint8)
    forehead = (np.array([[70, -60], [45, -105], [0, -118], [-45, -105], [-70, -60]]) @ linear.T) + size / 2
    cv2.fillPoly(image, [np.rint(np.vstack([points[:17], forehead])).astype(np.int32)], 190)
    scheme = load_scheme("ibug68")
    for link in scheme.links[1:]:
        line = np.rint(points[[scheme.index(key) for key in link.keys]]).astype(np.int32)
        filled = "eye" in link.name or "Lips" in link.name
        if filled and "brow" not in link.name:
            cv2.fillPoly(image, [line], 235 if "eye" in link.name else 120)
        cv2.polylines(image, [line], False, 40, 2)
    for eye in (points[36:42], points[42:48]):
        cv2.circle(image, np.rint(eye.mean(axis=0)).astype(int).tolist(), max(2, round(4 * scale)), 20, -1)
    return cv2.GaussianBlur(image, (0, 0), 1.0), points
