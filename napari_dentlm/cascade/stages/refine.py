"""Refinement stage: each landmark again, from patches around its coarse point at full detail."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.networks import RefineNet
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.cascade.view import UprightView

PATCH_SIZE = 128
"""Pixels of a patch on either side."""
COARSE_SHARE = 0.25
"""Weight of the coarse point beside the refined ones; chosen on held-out training films."""
PATCH_SIDES = (25.6, 64.0)
"""Sides of the fine and of the wide patch, in face units (about millimetres)."""


def normalise_patches(patches: NDArray[np.uint8]) -> Tensor:
    """Return patches (M, 2, S, S) as float32; both channels share the wide patch's mean and deviation."""
    values = torch.from_numpy(patches).float()
    wide = values[:, 1:]
    mean, deviation = wide.mean((1, 2, 3), keepdim=True), wide.std((1, 2, 3), keepdim=True)
    return (values - mean) / (deviation + 8.0)


class RefineStage:
    """Moves each point, from one start or from several.

    Parameters
    ----------
    network
        Trained on copies shifted by about +-5 face units.
    batch
        Patches that go through the network at once.
    """

    def __init__(self, network: RefineNet, batch: int = 19) -> None:
        self._network, self._batch = network, batch

    def refine(
        self, view: UprightView, frame: Frame, starts: NDArray[np.float64], shifts: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refine the points of one image.

        Parameters
        ----------
        view, frame
            The upright image and where its face lies.
        starts
            (K, 2) coarse points in upright pixels.
        shifts
            (M, 2) displacements in face units; the refinement starts from each of them and the results are
            averaged, with the coarse point as one voice more: the two stages err differently.

        Returns
        -------
        points
            (K, 2) float64 in upright pixels.
        spread
            (K,) in face units: the width of the maps, and of the results from the several starts.
        """
        results = [self._once(view, frame, starts + shift * frame.unit) for shift in shifts]
        found = np.stack([points for points, _ in results])
        mean = found.mean(axis=0)
        between = ((found - mean) ** 2).sum(axis=-1).mean(axis=0) / frame.unit**2
        within = np.mean([spread**2 for _, spread in results], axis=0)
        return COARSE_SHARE * starts + (1 - COARSE_SHARE) * mean, np.sqrt(within + between)

    @torch.inference_mode()
    def _once(
        self, view: UprightView, frame: Frame, starts: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        transforms = [
            [
                Transform2D.window(start, side * frame.unit, (PATCH_SIZE, PATCH_SIZE), frame.angle)
                for side in PATCH_SIDES
            ]
            for start in starts
        ]
        patches = np.stack([np.stack([view.sample(t, PATCH_SIZE) for t in pair]) for pair in transforms])
        cells, spread = self._decode(normalise_patches(patches))
        window_points = (cells + 0.5) * RefineNet.stride - 0.5
        points = np.stack([pair[0].inverse().apply(p) for pair, p in zip(transforms, window_points, strict=True)])
        return points, spread * (RefineNet.stride * PATCH_SIDES[0] / PATCH_SIZE)

    def _decode(self, patches: Tensor) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        device = next(self._network.parameters()).device
        cells, spread = [], []
        for part, landmark in _batches(patches, self._batch):
            batch = part.to(device, memory_format=torch.channels_last)
            found, width = local_soft_argmax(self._network(batch, landmark.to(device)).float(), radius=4)
            cells.append(found)
            spread.append(width)
        return torch.cat(cells).cpu().double().numpy(), torch.cat(spread).cpu().double().numpy()


def _batches(patches: Tensor, size: int) -> Sequence[tuple[Tensor, Tensor]]:
    landmarks = torch.arange(len(patches))
    return list(zip(patches.split(size), landmarks.split(size), strict=True))
