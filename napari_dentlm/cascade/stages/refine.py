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
        self,
        view: UprightView,
        frame: Frame,
        starts: NDArray[np.float64],
        *,
        rounds: int = 2,
        shifts: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Refine the points of one image.

        Parameters
        ----------
        view, frame
            The upright image and where its face lies.
        starts
            (K, 2) points in upright pixels.
        rounds
            How often a result becomes the next start.
        shifts
            (M, 2) displacements in face units; the last round starts from each of them and the
            results are averaged. None is one start without displacement.

        Returns
        -------
        points
            (K, 2) float64 in upright pixels.
        spread
            (K,) in face units: the width of the map, and of the results from several starts.
        """
        points = np.asarray(starts, dtype=float)
        spread = np.zeros(len(points))
        for _ in range(rounds - 1):
            points, spread = self._once(view, frame, points)
        if shifts is None:
            return self._once(view, frame, points) if rounds else (points, spread)
        results = [self._once(view, frame, points + shift * frame.unit) for shift in shifts]
        found = np.stack([r[0] for r in results])
        mean = found.mean(axis=0)
        between = ((found - mean) ** 2).sum(axis=-1).mean(axis=0) / frame.unit**2
        within = np.mean([r[1] ** 2 for r in results], axis=0)
        return mean, np.sqrt(within + between)

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
        return torch.cat(cells).double().cpu().numpy(), torch.cat(spread).double().cpu().numpy()


def _batches(patches: Tensor, size: int) -> Sequence[tuple[Tensor, Tensor]]:
    landmarks = torch.arange(len(patches))
    return list(zip(patches.split(size), landmarks.split(size), strict=True))
