"""Coarse stage: all landmarks of the scheme from the face window."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.precision import autocast
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.view import UprightView

COARSE_SIZE = 352
"""Pixels of the face window on either side: about half a millimetre each."""


def normalise_windows(windows: Tensor) -> Tensor:
    """Return windows (M, 1, S, S), 0 to 255, with mean 0 and standard deviation 1 each."""
    mean, deviation = windows.mean((1, 2, 3), keepdim=True), windows.std((1, 2, 3), keepdim=True)
    return (windows - mean) / (deviation + 8.0)


class CoarseStage:
    """Regresses all landmarks with dense networks trained with the Euclidean distance in their loss.

    Parameters
    ----------
    networks
        One for each member of the bundle.
    """

    def __init__(self, networks: Sequence[CoarseNet]) -> None:
        self._networks = networks

    def points(
        self, views: Sequence[UprightView], frames: Sequence[Frame], members: int, angles: Sequence[float] = (0.0,)
    ) -> NDArray[np.float64]:
        """Find the landmarks.

        Parameters
        ----------
        views, frames
            N upright images and where their faces lie.
        members
            How many members look.
        angles
            Degrees by which each of them turns the window, one look for each; all looks are averaged.

        Returns
        -------
        points
            (N, K, 2) float64 in upright pixels.
        """
        looks = []
        for angle in angles:
            turned = [Frame(f.centre, f.unit, f.angle + angle) for f in frames]
            looks += self._look(views, turned, self._networks[:members])
        return np.mean(looks, axis=0)

    @torch.inference_mode()
    def _look(
        self, views: Sequence[UprightView], frames: Sequence[Frame], networks: Sequence[CoarseNet]
    ) -> list[NDArray[np.float64]]:
        transforms = [frame.window(COARSE_SIZE) for frame in frames]
        cut = [torch.from_numpy(v.sample(t, COARSE_SIZE)) for v, t in zip(views, transforms, strict=True)]
        windows = normalise_windows(torch.stack(cut)[:, None].float())
        device = next(networks[0].parameters()).device
        looks = []
        for network in networks:
            # One film at a time: in 16 bits its points would depend on the films beside it.
            with autocast(device):
                logits = torch.cat([network(w[None].to(device, memory_format=torch.channels_last)) for w in windows])
            found, _ = local_soft_argmax(logits.flatten(0, 1))
            cells = found.view(*logits.shape[:2], 2).cpu().double().numpy()
            window_points = (cells + 0.5) * CoarseNet.stride - 0.5
            looks.append(np.stack([t.inverse().apply(p) for t, p in zip(transforms, window_points, strict=True)]))
        return looks
