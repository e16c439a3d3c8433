"""Points of the faces on photographs, from the boxes around them."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey


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


def points_stage(bundle: Bundle, device: torch.device) -> PointsStage:
    """Return the stage of a bundle of the family ``photo`` or ``photo-regression``."""
    raise NotImplementedError
