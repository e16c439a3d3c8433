"""Points of the faces on photographs from one published network."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo_regressors import Regressor
from napari_dentlm.cascade.transform import Grey, Points, Pyramid, Transform2D


class PhotoRegressionStage:
    """Reads the points of each face off one window around its box.

    Parameters
    ----------
    network
        As trained.
    regressor
        How it looks at a face.
    """

    def __init__(self, network: nn.Module, regressor: Regressor) -> None:
        self._network, self._regressor = network, regressor

    @torch.inference_mode()
    def points(
        self, images: Sequence[Grey], boxes: Sequence[FaceBox]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Find the landmarks of N faces (see `PointsStage`); these networks have no idea of their own errors."""
        pyramids = {id(image): Pyramid(image) for image in images}
        found = [self._one(pyramids[id(image)], box) for image, box in zip(images, boxes, strict=True)]
        points = np.stack(found) if found else np.zeros((0, 0, 2))
        return points, np.full(points.shape[:2], np.nan)

    def _one(self, pyramid: Pyramid, box: FaceBox) -> Points:
        size = (self._regressor.size, self._regressor.size)
        window = Transform2D.window(box.centre, self._regressor.box_sides * box.side, size)
        pixels = torch.from_numpy(pyramid.sample(window, size))[None, None]
        device = next(self._network.parameters()).device
        outputs = self._network(self._regressor.inputs(pixels.to(device).float()))
        return window.inverse().apply(self._regressor.positions(outputs)[0].cpu().double().numpy())
