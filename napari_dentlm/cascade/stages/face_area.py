"""Face-area stage: where the face lies, which way it looks, how the film was turned and whether it is a negative.

The published method cuts five crops from a film (head, forehead, spine, mouth, face) and slides a window over
it. It does not say where the crops lie; here they are defined from the landmarks, see `crop_centres`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from napari_dentlm.cascade.networks import FaceAreaNet
from napari_dentlm.cascade.shape import WINDOW_SIDE, Frame
from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D

CROPS = ("head", "forehead", "spine", "mouth", "face")
FACE = CROPS.index("face")
BACKGROUND = len(CROPS)
ROTATIONS = (0, 90, 180, 270)
SCAN_SIZE = 192
"""Pixels on either side of the reduced image."""
SIZE_REFERENCE = 100.0
"""Pixels of the reduced image in which the logarithm of the window's side is 0."""


@dataclass(frozen=True, slots=True)
class FaceArea:
    """What the stage found.

    Parameters
    ----------
    upright
        From image pixels to upright pixels (right-facing, not turned).
    frame
        Where the face lies, in upright pixels.
    rotation
        Degrees by which the film was turned clockwise: 0, 90, 180 or 270.
    mirrored
        Whether the face looks left once the film is turned upright.
    inverted
        Whether the film is a negative (dark bone).
    scores
        Probability of each of the five crops at its best place.
    window_side
        (width, height) of the face window in upright pixels.
    """

    upright: Transform2D
    frame: Frame
    rotation: int
    mirrored: bool
    inverted: bool
    scores: dict[str, float]
    window_side: tuple[float, float]

    @property
    def facing(self) -> str:
        """``right`` or ``left``."""
        return "left" if self.mirrored else "right"

    @property
    def corners(self) -> Points:
        """(4, 2) corners of the face window in image pixels."""
        half = np.array(self.window_side) / 2
        box = self.frame.centre + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        return self.upright.inverse().apply(box)


def crop_centres(frame: Frame) -> Points:
    """Return the centres of the five crops, (5, 2) in upright pixels, in the order of `CROPS`.

    The face crop is centred on the centroid of the landmarks. The other four lie diagonally from it, 26 face
    units to the side and 45 up or down: head behind and above, forehead in front and above, spine behind and
    below, mouth in front and below. On an ISBI film these are about the four corners and the middle of the
    places that a window of 1400 x 1350 pixels can take.
    """
    steps = np.array([[-26, -45], [26, -45], [-26, 45], [26, 45], [0, 0]], dtype=float)
    return frame.centre + steps * frame.unit


def pose_number(rotation: int, mirrored: bool, inverted: bool) -> int:
    """Return the class of a pose, 0 to 15."""
    return inverted * 8 + mirrored * 4 + ROTATIONS.index(rotation)


def letterbox(width: int, height: int) -> Transform2D:
    """Return the map from an image to the reduced square that holds all of it."""
    return Transform2D.window(((width - 1) / 2, (height - 1) / 2), max(width, height), (SCAN_SIZE, SCAN_SIZE))


def normalise_scan(image: Grey) -> Tensor:
    """Return the reduced image (S, S) uint8 as (1, S, S) float32 with mean 0 and standard deviation 1."""
    values = torch.from_numpy(np.ascontiguousarray(image)).float()
    return ((values - values.mean()) / (values.std() + 4.0))[None]


class FaceAreaStage:
    """Scans an image with the dense five-crop classifier: all windows and poses in one pass."""

    def __init__(self, network: FaceAreaNet) -> None:
        self._network = network

    @torch.inference_mode()
    def find(self, pyramids: Sequence[Pyramid], poses: int = 8) -> list[list[FaceArea]]:
        """Find the face in each image.

        Parameters
        ----------
        pyramids
            N images as stored.
        poses
            How many poses to return for each, most probable first.
        """
        maps = [letterbox(p.width, p.height) for p in pyramids]
        scans = [normalise_scan(p.sample(t, (SCAN_SIZE, SCAN_SIZE))) for p, t in zip(pyramids, maps, strict=True)]
        device = next(self._network.parameters()).device
        # One film at a time, so that its points never depend on the films beside it.
        outputs = [self._network(scan[None].to(device))[0].float().cpu() for scan in scans]
        return [self._read(o, p, t, poses) for o, p, t in zip(outputs, pyramids, maps, strict=True)]

    def _read(self, output: Tensor, pyramid: Pyramid, scan: Transform2D, poses: int) -> list[FaceArea]:
        crops = output[: FaceAreaNet.CROPS].softmax(0)
        # A face is a patch of cells; a single cell that shouts is not.
        best = int(functional.avg_pool2d(crops[FACE][None], 3, 1, 1).argmax())
        row, column = divmod(best, output.shape[-1])
        cell = output[FaceAreaNet.CROPS :, row, column].double().numpy()
        pose_logits, (dx, dy, log_side) = cell[: FaceAreaNet.POSES], cell[FaceAreaNet.POSES :]
        centre = (np.array([column + dx, row + dy]) + 0.5) * FaceAreaNet.stride - 0.5
        centre = scan.inverse().apply(centre)
        side = float(np.exp(log_side)) * SIZE_REFERENCE / scan.scale
        scores = {name: float(crops[n].max()) for n, name in enumerate(CROPS)}
        ranked = np.argsort(pose_logits)[::-1][:poses]
        return [_area(int(number), centre, side, pyramid, scores) for number in ranked]


def _area(
    number: int, centre: NDArray[np.float64], side: float, pyramid: Pyramid, scores: dict[str, float]
) -> FaceArea:
    inverted, mirrored, rotation = bool(number // 8), bool(number // 4 % 2), ROTATIONS[number % 4]
    upright = Transform2D.upright(pyramid.width, pyramid.height, rotation, mirrored)
    frame = Frame(upright.apply(centre), side / WINDOW_SIDE)
    return FaceArea(upright, frame, rotation, mirrored, inverted, scores, (side, side))
