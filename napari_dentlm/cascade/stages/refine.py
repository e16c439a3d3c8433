"""Refinement stage: each landmark again, from patches around its coarse point at full detail."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from napari_dentlm.cascade.decoding import local_soft_argmax
from napari_dentlm.cascade.networks import RefineNet
from napari_dentlm.cascade.precision import autocast
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.cascade.trust import Signs
from napari_dentlm.cascade.view import UprightView

PATCH_SIZE = 96
"""Pixels of a patch on either side."""
COARSE_SHARE = 0.25
"""Weight of the coarse point beside the refined ones; chosen on held-out training films."""
PATCH_SIDES = (19.2, 64.0)
"""Sides of the fine and of the wide patch, in face units (about millimetres)."""
BLUR = 1.5
"""Width of the map of a point beyond doubt, in face units: the networks learn Gaussians, not dots."""


def normalise_patches(patches: Tensor) -> Tensor:
    """Return patches (M, 2, S, S), 0 to 255, scaled; both channels share the wide patch's mean and deviation."""
    wide = patches[:, 1:]
    mean, deviation = wide.mean((1, 2, 3), keepdim=True), wide.std((1, 2, 3), keepdim=True)
    return (patches - mean) / (deviation + 8.0)


@dataclass(frozen=True, slots=True)
class Voice:
    """One look of the refinement: which member, and from how far beside the coarse point, (2,) in face units."""

    member: int
    shift: NDArray[np.float64]


class RefineStage:
    """Moves each point, with several voices: members of the bundle, each from a start of its own.

    Parameters
    ----------
    networks
        One for each member, trained on copies shifted by about +-5 face units.
    """

    def __init__(self, networks: Sequence[RefineNet]) -> None:
        self._networks = networks

    def refine(
        self, view: UprightView, frame: Frame, starts: NDArray[np.float64], voices: Sequence[Voice]
    ) -> tuple[NDArray[np.float64], Signs]:
        """Refine the points of one image.

        Parameters
        ----------
        view, frame
            The upright image and where its face lies.
        starts
            (K, 2) coarse points in upright pixels.
        voices
            Whose results are averaged, with the coarse point as one voice more: the two stages err differently.

        Returns
        -------
        points
            (K, 2) float64 in upright pixels.
        signs
            What tells how far to trust them.
        """
        results = [self.once(view, frame, starts, voice) for voice in voices]
        found = np.stack([points for points, _ in results])
        mean = found.mean(axis=0)
        between = ((found - mean) ** 2).sum(axis=-1).mean(axis=0)
        signs = Signs(
            width=np.sqrt(np.maximum(np.mean([width**2 for _, width in results], axis=0) - BLUR**2, 0.0)),
            step=np.linalg.norm(mean - starts, axis=1) / frame.unit,
            between=np.sqrt(between) / frame.unit,
        )
        return COARSE_SHARE * starts + (1 - COARSE_SHARE) * mean, signs

    @torch.inference_mode()
    def once(
        self, view: UprightView, frame: Frame, starts: NDArray[np.float64], voice: Voice
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what one voice says: points (K, 2) in upright pixels, and the maps' widths (K,) in face units."""
        starts = starts + voice.shift * frame.unit
        transforms = [
            [
                Transform2D.window(start, side * frame.unit, (PATCH_SIZE, PATCH_SIZE), frame.angle)
                for side in PATCH_SIDES
            ]
            for start in starts
        ]
        patches = np.stack([np.stack([view.sample(t, PATCH_SIZE) for t in pair]) for pair in transforms])
        network = self._networks[voice.member]
        device = next(network.parameters()).device
        batch = normalise_patches(torch.from_numpy(patches).float()).to(device, memory_format=torch.channels_last)
        with autocast(device):
            logits = network(batch, torch.arange(len(starts), device=device))
        cells, width = (t.cpu().double().numpy() for t in local_soft_argmax(logits, radius=4))
        window_points = (cells + 0.5) * RefineNet.stride - 0.5
        points = np.stack([pair[0].inverse().apply(p) for pair, p in zip(transforms, window_points, strict=True)])
        return points, width * (RefineNet.stride * PATCH_SIDES[0] / PATCH_SIZE)
