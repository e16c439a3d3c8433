"""Points of the faces on photographs, from the boxes around them: a first look, then one at the face set upright."""

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
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.stages.coarse import normalise_windows
from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D
from napari_dentlm.cascade.trust import Signs

COARSE_SIZE, REFINE_SIZE = 128, 160
"""Pixels of the windows of the first and of the second look."""
BOX_SIDES = 1.6
"""Side of the first window in sides of the box: the face stays inside when it is turned or the box is off."""
REFINE_SIDE = 205.0
"""Side of the second window in face units."""
EYES_APART = 90.0
"""Distance of the outer corners of the eyes in face units, so that one is about a millimetre on an adult."""
_FLIP = Transform2D(np.array([[-1.0, 0, REFINE_SIZE - 1], [0, 1, 0], [0, 0, 1]]))
"""From a window of the second look to its mirror image."""


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
    """What both looks say about one face.

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
    """Finds the points in two looks, each with one network.

    Parameters
    ----------
    coarse, refine
        The networks.
    shape
        The average face: how the first points lie on it tells how the second window is turned.
    mirror_order
        Row of every landmark in a mirrored face.
    """

    def __init__(self, coarse: LightNet, refine: CoarseNet, shape: FaceShape, mirror_order: Sequence[int]) -> None:
        self._coarse, self._refine, self._shape, self._order = coarse, refine, shape, list(mirror_order)

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
        """Find the landmarks of N faces, with all that both looks tell.

        With ``best`` the second look sees the mirror image of each face too; the others are the same, and their sign
        ``between`` is 0.
        """
        known = {id(image): Pyramid(image) for image in images}
        faces, found = [(known[id(image)], box) for image, box in zip(images, boxes, strict=True)], list[FacePoints]()
        for start in range(0, len(faces), TOGETHER):
            found += self._find(faces[start : start + TOGETHER], mirrored=quality is Quality.BEST)
        return found

    def _find(self, faces: Sequence[tuple[Pyramid, FaceBox]], *, mirrored: bool) -> list[FacePoints]:
        pyramids = [pyramid for pyramid, _ in faces]
        firsts = [Transform2D.window(*box_window(box), (COARSE_SIZE, COARSE_SIZE)) for _, box in faces]
        coarse, _ = look(self._coarse, pyramids, firsts, COARSE_SIZE)
        frames = [self._shape.frame(points) for points in coarse]
        windows = [frame.window(REFINE_SIZE, side=REFINE_SIDE) for frame in frames]
        looks, widths = [], []
        for flip in (False, True) if mirrored else (False,):
            seen_through = [w.then(_FLIP) if flip else w for w in windows]
            points, width = look(self._refine, pyramids, seen_through, REFINE_SIZE)
            looks.append(points[:, self._order] if flip else points)
            widths.append(width[:, self._order] if flip else width)
        found = []
        for number, frame in enumerate(frames):
            seen = np.array([points[number] for points in looks])
            points = seen.mean(axis=0)
            signs = Signs(
                width=np.mean([width[number] for width in widths], axis=0) / frame.unit,
                step=np.linalg.norm(points - coarse[number], axis=1) / frame.unit,
                between=np.sqrt(np.square(seen - points).sum(axis=-1).mean(axis=0)) / frame.unit,
            )
            found.append(FacePoints(points, coarse[number], signs, frame.unit))
        return found


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
