"""Face-area stage for photographs: the boxes of all faces, the largest first.

A bundle may bring a detector of its own, a small network that answers for every cell of the reduced photo. One
without it uses the Haar cascade that ships with OpenCV (Viola and Jones 2001), which most published methods use.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo_area_net import PhotoAreaNet
from napari_dentlm.cascade.photo_networks import TOGETHER
from napari_dentlm.cascade.transform import Grey

SCAN_SIDE = 320
"""Pixels on the longer side of the reduced photo; a face has 16 of them at least."""
SECOND_SIDES = 720, 1280
"""The same for a second look, at photos in which the first finds only small faces or none: least and most."""
SMALL_FACE = 44.0
"""Pixels of the reduced photo below which a face is small."""
LEAST_SCORE = 0.6
SAME_FACE = 0.35
"""Overlap (intersection over union) from which two boxes show one face."""
_NEAR = 0.6
_HAAR_SIDE = 640
_HAAR_LEAST = 30
_PROFILE_SIDE = 320
# Where the landmarks lie in a Haar box, as shares of its side: medians over the training photos.
_HAAR_CENTRE = (0.5, 0.65)
_HAAR_SIZE = (0.86, 0.85)
_HAAR_SCORE = 0.5
"""A Haar cascade only says yes or no."""


class PhotoAreaStage:
    """Finds the faces of a photo.

    Parameters
    ----------
    network
        The bundle's own detector, in evaluation mode on its device; None for the Haar cascade.
    """

    def __init__(self, network: PhotoAreaNet | None = None) -> None:
        self._network = network

    def find(self, image: Grey) -> list[FaceBox]:
        """Find the faces of one image (see `find_all`)."""
        return self.find_all([image])[0]

    def find_all(self, images: Sequence[Grey]) -> list[list[FaceBox]]:
        """Find the upright faces of images (H, W) uint8, turned by 30 degrees at most; of each the largest first."""
        if self._network is None:
            return [haar_boxes(image) for image in images]
        found = self._look(images, SCAN_SIDE)
        for number, image in enumerate(images):
            small = SMALL_FACE * max(image.shape) / SCAN_SIDE
            if max(image.shape) > SCAN_SIDE and all(box.side < small for box in found[number]):
                least, most = SECOND_SIDES
                (closer,) = self._look([image], min(max(least, *image.shape), most))
                found[number] = _distinct([*closer, *found[number]])
        return [largest_first(boxes) for boxes in found]

    @torch.inference_mode()
    def _look(self, images: Sequence[Grey], side: int) -> list[list[FaceBox]]:
        assert self._network is not None
        device = next(self._network.parameters()).device
        reduced = [reduce_photo(image, side) for image in images]
        found: dict[int, list[FaceBox]] = {}
        for numbers in _of_one_shape([image for image, _ in reduced]):
            scans = [padded(normalise_photo(reduced[n][0]), PhotoAreaNet.multiple) for n in numbers]
            scan = torch.stack(scans).to(device, memory_format=torch.channels_last)
            for n, output in zip(numbers, self._network(scan).float().cpu(), strict=True):
                found[n] = _read(output, reduced[n][1])
        return [found[n] for n in range(len(images))]


def _of_one_shape(images: Sequence[Grey]) -> Iterator[list[int]]:
    """Yield the numbers of images that can go through the network at once."""
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, image in enumerate(images):
        alike.setdefault(image.shape, []).append(number)
    for numbers in alike.values():
        for start in range(0, len(numbers), TOGETHER):
            yield numbers[start : start + TOGETHER]


def largest_first(boxes: Sequence[FaceBox]) -> list[FaceBox]:
    """Return boxes by size; the largest face is the patient unless somebody says otherwise."""
    return sorted(boxes, key=lambda box: -box.width * box.height)


def overlap(one: FaceBox, other: FaceBox) -> float:
    """Return the intersection of two boxes divided by their union."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)


def reduce_photo(image: Grey, side: int) -> tuple[Grey, NDArray[np.float64]]:
    """Return a photo with ``side`` pixels on its longer side, and reduced pixels per pixel (x, y)."""
    height, width = image.shape
    factor = min(2.0, side / max(width, height))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    reduced = np.asarray(cv2.resize(image, size, interpolation=way), dtype=np.uint8)
    return reduced, np.array(size) / np.array([width, height])


def normalise_photo(image: Grey) -> Tensor:
    """Return (H, W) uint8 as (1, H, W) float32 with mean 0 and standard deviation 1."""
    values = torch.from_numpy(np.ascontiguousarray(image)).float()
    return ((values - values.mean()) / (values.std() + 4.0))[None]


def padded(scan: Tensor, multiple: int) -> Tensor:
    """Return (1, H, W) with zeros to the right and below, so that both sides are multiples of ``multiple``."""
    height, width = scan.shape[-2:]
    return functional.pad(scan, (0, -width % multiple, 0, -height % multiple))


def haar_boxes(image: Grey) -> list[FaceBox]:
    """Find upright faces with OpenCV's Haar cascade for frontal faces; the largest first."""
    reduced, scale = reduce_photo(image, min(_HAAR_SIDE, max(image.shape)))
    found = _haar("haarcascade_frontalface_default.xml").detectMultiScale(
        reduced, scaleFactor=1.1, minNeighbors=5, minSize=(_HAAR_LEAST, _HAAR_LEAST)
    )
    boxes = []
    for x, y, side, _ in np.asarray(found, dtype=float).reshape(-1, 4):
        size = side * np.array(_HAAR_SIZE)
        corner = np.array([x, y]) + side * np.array(_HAAR_CENTRE) - size / 2
        boxes.append(_box(corner, size, scale, _HAAR_SCORE))
    return largest_first(boxes)


def shows_profile(image: Grey) -> bool:
    """Whether OpenCV's Haar cascade for faces seen from the side finds one, looking either way."""
    reduced, _ = reduce_photo(image, min(_PROFILE_SIDE, max(image.shape)))
    least = max(_HAAR_LEAST, max(reduced.shape) // 6)
    found = (
        _haar("haarcascade_profileface.xml").detectMultiScale(
            view, scaleFactor=1.1, minNeighbors=5, minSize=(least, least)
        )
        for view in (reduced, np.ascontiguousarray(reduced[:, ::-1]))
    )
    return any(len(boxes) for boxes in found)


@cache
def _haar(name: str) -> "cv2.CascadeClassifier":
    return cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / name))


def _read(output: Tensor, scale: NDArray[np.float64]) -> list[FaceBox]:
    """Turn the answers of all cells into boxes: the best cell of each face, its box the mean of those that agree."""
    score = output[0].sigmoid()
    best = functional.max_pool2d(score[None], 3, 1, 1)[0]
    peaks = torch.nonzero((score == best) & (score >= LEAST_SCORE))
    if not len(peaks):
        return []
    boxes = [_cell(output, score, int(row), int(column), scale) for row, column in peaks]
    return _distinct(boxes)


def _cell(output: Tensor, score: Tensor, row: int, column: int, scale: NDArray[np.float64]) -> FaceBox:
    """Return the box of a peak: the mean of what it and its eight neighbours say, by their scores."""
    rows = slice(max(0, row - 1), row + 2)
    columns = slice(max(0, column - 1), column + 2)
    weight = score[rows, columns].double().numpy()
    said = output[1:, rows, columns].double().numpy()
    ys, xs = np.mgrid[rows.start : rows.start + weight.shape[0], columns.start : columns.start + weight.shape[1]]
    middles = (np.stack([xs, ys]) + 0.5) * PhotoAreaNet.stride - 0.5 + said[:2] * PhotoAreaNet.unit
    weight = np.where(weight >= _NEAR * weight.max(), weight, 0)
    centre, logs = (np.average(part.reshape(2, -1), axis=1, weights=weight.ravel()) for part in (middles, said[2:]))
    # No face is larger than the scan; an answer for something absurd stays a number.
    size = np.exp(np.clip(logs, -3, 3)) * PhotoAreaNet.unit
    return _box(centre - size / 2, size, scale, float(score[row, column]))


def _box(corner: NDArray[np.float64], size: NDArray[np.float64], scale: NDArray[np.float64], score: float) -> FaceBox:
    """A box of the reduced photo in pixels of the photo; whole numbers are pixel centres in both."""
    x, y = (corner + 0.5) / scale - 0.5
    width, height = size / scale
    return FaceBox(float(x), float(y), float(width), float(height), score)


def _distinct(boxes: Sequence[FaceBox]) -> list[FaceBox]:
    """Keep the surest box of each face."""
    kept: list[FaceBox] = []
    for box in sorted(boxes, key=lambda box: -box.score):
        if all(overlap(box, other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept
