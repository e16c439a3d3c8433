"""Windows of faces, drawn sample by sample and cut and varied in batches on the device (see `rendering`)."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from napari_dentlm.cascade.precision import full_precision
from napari_dentlm.cascade.transform import Points, Transform2D
from training import rendering
from training.augment import PLAIN_TONE, draw_blocks, draw_tones
from training.photos.photos import TrainingPhoto
from training.recipe import StageRecipe
from training.rendering import FilmStore
from training.stages.task import Batch

BLOCKS = 2
LARGEST_BLOCK = 0.45
"""Hands, hair, microphones and the edges of other pictures cover this part of a window at most."""
GRAINS = 64
"""Patterns of noise that windows share: drawn once, so that no step has to wait for a seed."""


class FaceWindows:
    """Square windows of a number of pixels, and how they vary.

    Parameters
    ----------
    store
        The pixels of all faces.
    size
        Pixels of a window on either side.
    mirror_order
        Row of every landmark in a mirrored face.
    recipe
        ``shift`` is in sides of the window.
    """

    def __init__(self, store: FilmStore, size: int, mirror_order: Sequence[int], recipe: StageRecipe) -> None:
        self._store, self._size, self._order, self._recipe = store, size, list(mirror_order), recipe
        self._grain = torch.randn(GRAINS, 1, size, size, generator=torch.Generator().manual_seed(0))

    def draw(self, photo: TrainingPhoto, centre: Points, side: float, angle: float, rng: Generator | None) -> Batch:
        """Draw one window around the given one: its face, map, points, tone, cover and grain (see `render`)."""
        r, sides, mirrored, grain = self._recipe, np.array([side, side]), False, 0
        tone, blocks = PLAIN_TONE[None], np.zeros((BLOCKS, 1, 5), np.float32)
        if rng is not None:
            centre = centre + rng.normal(0, r.shift, 2) * side
            common, aspect = np.exp(rng.normal(0, r.scale)), np.exp(rng.normal(0, r.stretch))
            sides, angle = sides * common * [aspect, 1 / aspect], angle + rng.normal(0, r.angle)
            mirrored, grain = bool(rng.random() < r.mirror), int(rng.integers(GRAINS))
            tone = draw_tones(rng, 1, r.grey)
            blocks = draw_blocks(rng, (BLOCKS, 1), self._size, r.hide, LARGEST_BLOCK)
        window = Transform2D.window(centre, (sides[0], sides[1]), (self._size, self._size), angle)
        points = photo.points
        if mirrored:
            window = window.then(Transform2D(np.array([[-1.0, 0, self._size - 1], [0, 1, 0], [0, 0, 1]])))
            points = points[self._order]
        return (
            torch.tensor([self._store.number(photo)]),
            torch.from_numpy(window.inverse().matrix[None, :2]).float(),
            torch.from_numpy(window.apply(points)[None]).float(),
            torch.from_numpy(tone),
            torch.from_numpy(blocks[None]),
            torch.tensor([grain]),
        )

    def render(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the windows (N, 1, S, S) of a batch, 0 to 255, and the points (N, K, 2) in their pixels."""
        face, back, points, tone, blocks, grain = batch
        self._grain = self._grain.to(back.device)
        with full_precision(back.device):
            windows = self._store.to(back.device).cut(face, back, self._size)[:, None]
            for block in blocks.unbind(1):
                windows = rendering.hide(windows, block)
            noise = tone[:, 4, None, None, None] * self._grain[grain]
            quiet = torch.cat([tone[:, :4], torch.zeros_like(tone[:, 4:])], 1)
            return (rendering.vary_grey(windows, quiet, 0) + noise).clamp(0, 255), points


def relative_error(found: Tensor, points: Tensor, eyes: tuple[int, int]) -> Tensor:
    """Return distances (N, K) in percent of the distance between the outer corners of the eyes."""
    apart = (points[:, eyes[0]] - points[:, eyes[1]]).norm(dim=-1, keepdim=True)
    return 100 * (found - points).norm(dim=-1) / apart
