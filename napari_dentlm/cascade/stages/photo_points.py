"""Points of the faces on photographs, from the boxes around them: a look, then closer ones at the face set upright."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.photo_networks import STRIDE, TOGETHER, LightNet
from napari_dentlm.cascade.precision import autocast
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.shape import FaceShape, Frame
from napari_dentlm.cascade.stages.coarse import normalise_windows
from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D
from napari_dentlm.cascade.trust import Signs

COARSE_SIZE, REFINE_SIZE, BEST_SIZE = 128, 160, 192
"""Pixels of the windows of the first look, of the second, and of those that ``best`` adds."""
BOX_SIDES = 1.6
"""Side of the first window in sides of the box: the face stays inside when it is turned or the box is off."""
REFINE_SIDE = 205.0
"""Side of all windows but the first in face units."""
EYES_APART = 90.0
"""Distance of the outer corners of the eyes in face units, so that one is about a millimetre on an adult."""


class PointsStage(Protocol):
    """What finds the landmarks of faces whose boxes are known."""

    def points(
        self, images: Sequence[Grey], boxes: Sequence[FaceBox]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Find the landmarks of N faces.

        Parameters
        ----------
        images
            N images (H, W) uint8; the same one several times where it shows several faces.
        boxes
            N boxes, one for each image.

        Returns
        -------
        points
            (N, K, 2) float64 in the pixels of each image, x then y.
        spread
            (N, K) how wide the network's belief about each point is, in pixels of the image; NaN where it has none.
        """


@dataclass(frozen=True, slots=True)
class FacePoints:
    """What all looks say about one face.

    Parameters
    ----------
    points, coarse
        (K, 2) float64 in image pixels: the result, and that of the first look.
    signs
        What tells how far to trust each point, in face units.
    unit_px
        Pixels per face unit.
    """

    points: Points
    coarse: Points
    signs: Signs
    unit_px: float


def box_window(box: FaceBox) -> tuple[NDArray[np.float64], float]:
    """Return centre (2,) and side, in image pixels, of the window that the first look takes of a box."""
    return np.array(box.centre), BOX_SIDES * box.side


class PhotoPointsStage:
    """Finds the points in two looks, each with one network, and with three more for ``best``.

    Parameters
    ----------
    coarse, refine
        The networks of the two looks.
    best
        The network of the looks that ``best`` adds; without one it only adds the mirror image of the second.
    shape
        The average face: how points lie on it tells how the closer windows are turned.
    mirror_order
        Row of every landmark in a mirrored face.
    """

    def __init__(
        self, coarse: LightNet, refine: LightNet, best: CoarseNet | None, shape: FaceShape, mirror_order: Sequence[int]
    ) -> None:
        self._coarse, self._refine, self._best = coarse, refine, best
        self._shape, self._order = shape, list(mirror_order)

    def points(
        self, images: Sequence[Grey], boxes: Sequence[FaceBox]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Find the landmarks of N faces (see `PointsStage`)."""
        found = self.find(images, boxes)
        if not found:
            count = len(self._shape.mean)
            return np.zeros((0, count, 2)), np.zeros((0, count))
        return np.stack([f.points for f in found]), np.stack([f.signs.width * f.unit_px for f in found])

    def find(
        self, images: Sequence[Grey], boxes: Sequence[FaceBox], quality: Quality = Quality.STANDARD
    ) -> list[FacePoints]:
        """Find the landmarks of N faces, with all that the looks tell.

        ``fast`` and ``standard`` are the same: two looks, so that the sign ``between`` is 0.
        """
        known = {id(image): Pyramid(image) for image in images}
        pyramids, found = [known[id(image)] for image in images], list[FacePoints]()
        for start in range(0, len(boxes), TOGETHER):
            found += self._two_looks(pyramids[start : start + TOGETHER], boxes[start : start + TOGETHER])
        if quality is Quality.BEST:
            found = [self._closer(pyramid, face) for pyramid, face in zip(pyramids, found, strict=True)]
        return found

    def _two_looks(self, pyramids: Sequence[Pyramid], boxes: Sequence[FaceBox]) -> list[FacePoints]:
        firsts = [Transform2D.window(*box_window(box), (COARSE_SIZE, COARSE_SIZE)) for box in boxes]
        first, _ = look(self._coarse, pyramids, firsts, COARSE_SIZE)
        frames = [self._shape.frame(points) for points in first]
        seconds = [frame.window(REFINE_SIZE, side=REFINE_SIDE) for frame in frames]
        second, widths = look(self._refine, pyramids, seconds, REFINE_SIZE)
        found = []
        for coarse, points, width, frame in zip(first, second, widths, frames, strict=True):
            step = np.linalg.norm(points - coarse, axis=1)
            signs = Signs(width / frame.unit, step / frame.unit, np.zeros(len(points)))
            found.append(FacePoints(points, coarse, signs, frame.unit))
        return found

    def _closer(self, pyramid: Pyramid, face: FacePoints) -> FacePoints:
        """Add the mirror image of the second look, and both ways round with the large network."""
        frame = self._shape.frame(face.points)
        looks = [face.points, *self._both_ways(self._refine, REFINE_SIZE, pyramid, frame)[1:]]
        if self._best is not None:
            # One face at a time: in 16 bits its points would depend on the faces beside it.
            with autocast(next(self._best.parameters()).device):
                looks += self._both_ways(self._best, BEST_SIZE, pyramid, frame)
        points = np.mean(looks, axis=0)
        signs = Signs(
            width=face.signs.width,
            step=np.linalg.norm(points - face.coarse, axis=1) / frame.unit,
            between=np.sqrt(np.square(np.array(looks) - points).sum(axis=-1).mean(axis=0)) / frame.unit,
        )
        return FacePoints(points, face.coarse, signs, frame.unit)

    def _both_ways(self, network: nn.Module, size: int, pyramid: Pyramid, frame: Frame) -> list[Points]:
        """Look at a face as it is, and at its mirror image."""
        window = frame.window(size, side=REFINE_SIDE)
        mirror = window.then(Transform2D(np.array([[-1.0, 0, size - 1], [0, 1, 0], [0, 0, 1]])))
        (plain, mirrored), _ = look(network, [pyramid, pyramid], [window, mirror], size)
        return [plain, mirrored[self._order]]


@torch.inference_mode()
def look(
    network: nn.Module, pyramids: Sequence[Pyramid], windows: Sequence[Transform2D], size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Look at one window of each of M images.

    Parameters
    ----------
    network
        Gives the maps (M, K, S / 4, S / 4) of windows (M, 1, S, S).
    pyramids
        M images.
    windows
        From the pixels of each image to those of its window.
    size
        Pixels S of a window on either side.

    Returns
    -------
    points
        (M, K, 2) float64 in the pixels of each image; the rows of a mirrored window are not exchanged yet.
    widths
        (M, K) widths of the maps in image pixels.
    """
    device = next(network.parameters()).device
    seen = np.stack([p.sample(window, (size, size)) for p, window in zip(pyramids, windows, strict=True)])
    pixels = torch.from_numpy(seen)[:, None].to(device).float()
    logits = network(normalise_windows(pixels).contiguous(memory_format=torch.channels_last))
    cells, width = local_soft_argmax(logits.flatten(0, 1))
    places = (cells.view(*logits.shape[:2], 2).cpu().double().numpy() + 0.5) * STRIDE - 0.5
    widths = width.view(logits.shape[:2]).cpu().double().numpy() * STRIDE
    points = np.stack([window.inverse().apply(each) for window, each in zip(windows, places, strict=True)])
    return points, widths / np.array([window.scale for window in windows])[:, None]
