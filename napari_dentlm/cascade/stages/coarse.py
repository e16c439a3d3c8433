"""Coarse stage: all landmarks of the scheme from the face window."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.shape import WINDOW_SIDE, Frame
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.cascade.view import UprightView

COARSE_SIZE = 352
"""Pixels of the face window on either side: about half a millimetre each."""


def normalise_window(window: Grey) -> Tensor:
    """Return the window (S, S) uint8 as (1, S, S) float32 with mean 0 and standard deviation 1."""
    values = torch.from_numpy(window).float()
    return ((values - values.mean()) / (values.std() + 8.0))[None]


class CoarseStage:
    """Regresses all landmarks with a dense network trained with the Euclidean distance in its loss."""

    def __init__(self, network: CoarseNet) -> None:
        self._network = network

    @torch.inference_mode()
    def points(
        self, views: Sequence[UprightView], frames: Sequence[Frame]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Find the landmarks.

        Parameters
        ----------
        views, frames
            N upright images and where their faces lie.

        Returns
        -------
        points
            (N, K, 2) float64 in upright pixels.
        spread
            (N, K) width of each landmark's map in face units.
        """
        transforms = [frame.window(COARSE_SIZE) for frame in frames]
        windows = [normalise_window(v.sample(t, COARSE_SIZE)) for v, t in zip(views, transforms, strict=True)]
        device = next(self._network.parameters()).device
        batch = torch.stack(windows).to(device, memory_format=torch.channels_last)
        logits = self._network(batch).float()
        found, spread = local_soft_argmax(logits.flatten(0, 1))
        cells = found.view(*logits.shape[:2], 2).cpu().double().numpy()
        window_points = (cells + 0.5) * CoarseNet.stride - 0.5
        points = np.stack([t.inverse().apply(p) for t, p in zip(transforms, window_points, strict=True)])
        unit = CoarseNet.stride * WINDOW_SIDE / COARSE_SIZE
        return points, spread.view(logits.shape[:2]).cpu().double().numpy() * unit
