"""Points of the faces on photographs, from the boxes around them: a first look, then one at the face set upright."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.photo_networks import STRIDE
from napari_dentlm.cascade.precision import autocast
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.stages.coarse import normalise_windows
from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D
from napari_dentlm.cascade.trust import Signs

COARSE_SIZE, REFINE_SIZE = 128, 192
"""Pixels of the windows of the first and of the second look."""
BOX_SIDES = 1.6
"""Side of the first window in sides of the box: the face stays inside when it is turned or the box is off."""
REFINE_SIDE = 205.0
"""Side of the second window in face units."""
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
        Row of every landmark in a mirrored face: the second look sees the face and its mirror image.
    """

    def __init__(self, coarse: CoarseNet, refine: CoarseNet, shape: FaceShape, mirror_order: Sequence[int]) -> None:
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

    def find(self, images: Sequence[Grey], boxes: Sequence[FaceBox], *, mirrored: bool = True) -> list[FacePoints]:
        """Find the landmarks of N faces, with all that both looks tell; one at a time.

        In 16 bits the points of a face would depend on the faces beside it in a batch. Where the second look does not
        see the face ``mirrored`` too, the sign ``between`` is 0.
        """
        pyramids = {id(image): Pyramid(image) for image in images}
        return [self._one(pyramids[id(image)], box, mirrored) for image, box in zip(images, boxes, strict=True)]

    def _one(self, pyramid: Pyramid, box: FaceBox, mirrored: bool) -> FacePoints:
        centre, side = box_window(box)
        first = Transform2D.window(centre, side, (COARSE_SIZE, COARSE_SIZE))
        (coarse,), _ = look(self._coarse, pyramid.sample(first, (COARSE_SIZE, COARSE_SIZE))[None], first)
        frame = self._shape.frame(coarse)
        second = frame.window(REFINE_SIZE, side=REFINE_SIDE)
        window = pyramid.sample(second, (REFINE_SIZE, REFINE_SIZE))
        # The mirrored points are mapped back to the window before they leave it, so both looks share its map.
        ways = (False, True) if mirrored else (False,)
        found, widths = look(self._refine, np.stack([window[:, ::-1] if way else window for way in ways]), second, ways)
        found[1:], widths[1:] = found[1:, self._order], widths[1:, self._order]
        points = found.mean(axis=0)
        signs = Signs(
            width=widths.mean(axis=0) / frame.unit,
            step=np.linalg.norm(points - coarse, axis=1) / frame.unit,
            between=np.linalg.norm(found[0] - found[-1], axis=1) / 2 / frame.unit,
        )
        return FacePoints(points, coarse, signs, frame.unit)


@torch.inference_mode()
def look(
    network: CoarseNet, windows: Grey, transform: Transform2D, mirrored: Sequence[bool] = (False,)
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Look at windows of one place, mirrored or not.

    Parameters
    ----------
    network
        Gives the maps.
    windows
        (M, S, S) uint8.
    transform
        From image pixels to pixels of the window that is not mirrored.
    mirrored
        M times whether the window is mirrored.

    Returns
    -------
    points
        (M, K, 2) float64 in image pixels; the rows of a mirrored window are not exchanged yet.
    widths
        (M, K) widths of the maps in image pixels.
    """
    device = next(network.parameters()).device
    pixels = torch.from_numpy(np.ascontiguousarray(windows))[:, None].to(device)
    with autocast(device):
        logits = network(normalise_windows(pixels.float()).contiguous(memory_format=torch.channels_last))
    cells, width = local_soft_argmax(logits.flatten(0, 1))
    shape = logits.shape[:2]
    places = (cells.view(*shape, 2).cpu().double().numpy() + 0.5) * STRIDE - 0.5
    places[list(mirrored), :, 0] = windows.shape[-1] - 1 - places[list(mirrored), :, 0]
    return transform.inverse().apply(places), width.view(shape).cpu().double().numpy() * (STRIDE / transform.scale)
