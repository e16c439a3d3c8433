"""Training data of the two looks of a cascade for photographs."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from napari_dentlm.cascade.decoding import heatmap_loss, local_soft_argmax
from napari_dentlm.cascade.photo_networks import STRIDE, FaceMapNet, coarse_net, refine_net
from napari_dentlm.cascade.precision import full_precision
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.stages.coarse import normalise_windows
from napari_dentlm.cascade.stages.photo_points import COARSE_SIZE, REFINE_SIDE, REFINE_SIZE, box_window
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
_SEEDS = 2**31


class _WindowTask:
    """What both looks share (see `StageTask`): a window of the face, and the maps of its points.

    Parameters
    ----------
    name, recipe, network
        See `StageTask`.
    store
        The pixels.
    size
        Pixels of the window.
    mirror_order
        Row of every landmark in a mirrored face.
    """

    def __init__(
        self,
        name: str,
        recipe: StageRecipe,
        network: FaceMapNet,
        store: FilmStore,
        size: int,
        mirror_order: Sequence[int],
    ) -> None:
        self.name, self.recipe = name, recipe
        self.network: nn.Module = network
        self._store, self._size, self._order = store, size, list(mirror_order)

    def _plain(self, photo: TrainingPhoto) -> tuple[Points, float, float]:
        """Return centre, side and angle of the window without any variation."""
        raise NotImplementedError

    def sample(self, photo: TrainingPhoto, rng: Generator | None) -> Batch:
        """Draw one window: its face, map, targets in cells, tone, cover and seed (see `render`)."""
        centre, side, angle = self._plain(photo)
        r, sides, mirrored, seed = self.recipe, np.array([side, side]), False, 0
        tone, blocks = PLAIN_TONE[None], np.zeros((BLOCKS, 1, 5), np.float32)
        if rng is not None:
            centre = centre + rng.normal(0, r.shift, 2) * side
            common, aspect = np.exp(rng.normal(0, r.scale)), np.exp(rng.normal(0, r.stretch))
            sides, angle = sides * common * [aspect, 1 / aspect], angle + rng.normal(0, r.angle)
            mirrored, seed = bool(rng.random() < 0.5), int(rng.integers(_SEEDS))
            tone = draw_tones(rng, 1, r.grey)
            blocks = draw_blocks(rng, (BLOCKS, 1), self._size, r.hide, LARGEST_BLOCK)
        window = Transform2D.window(centre, (sides[0], sides[1]), (self._size, self._size), angle)
        points = photo.points
        if mirrored:
            window = window.then(Transform2D(np.array([[-1.0, 0, self._size - 1], [0, 1, 0], [0, 0, 1]])))
            points = points[self._order]
        cells = (window.apply(points) + 0.5) / STRIDE - 0.5
        inside = ((cells > -0.5) & (cells < self._size / STRIDE - 0.5)).all(axis=1, keepdims=True)
        return (
            torch.tensor([self._store.number(photo)]),
            torch.from_numpy(window.inverse().matrix[None, :2]).float(),
            torch.from_numpy(np.where(inside, cells, np.nan)[None]).float(),
            torch.from_numpy(tone),
            torch.from_numpy(blocks[None]),
            torch.tensor([seed]),
        )

    def render(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the windows (N, 1, S, S) of a batch and the targets (N, K, 2) in cells, NaN outside the window."""
        face, back, cells, tone, blocks, seed = batch
        with full_precision(back.device):
            windows = self._store.to(back.device).cut(face, back, self._size)[:, None]
            for block in blocks.unbind(1):
                windows = rendering.hide(windows, block)
            windows = rendering.vary_grey(windows, tone, int(seed[0]))
            return normalise_windows(windows).contiguous(memory_format=torch.channels_last), cells

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        windows, cells = self.render(batch)
        return heatmap_loss(
            network(windows).flatten(0, 1), cells.flatten(0, 1), self.recipe.sigma, self.recipe.distance_weight
        )

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in percent of the distance between the outer corners of the eyes."""
        windows, cells = self.render(batch)
        found, _ = local_soft_argmax(network(windows).flatten(0, 1))
        eyes = (cells[:, EYES[0]] - cells[:, EYES[1]]).norm(dim=-1, keepdim=True)
        return 100 * (found.view_as(cells) - cells).norm(dim=-1) / eyes


EYES = (36, 45)
"""Rows of the outer corners of the eyes in `ibug68`."""


class PhotoCoarseTask(_WindowTask):
    """All points from the window around a box; ``shift`` is in sides of the window."""

    def __init__(self, recipe: StageRecipe, store: FilmStore, mirror_order: Sequence[int]) -> None:
        network = coarse_net(len(mirror_order))
        super().__init__("coarse", recipe, network, store, COARSE_SIZE, mirror_order)

    def _plain(self, photo: TrainingPhoto) -> tuple[Points, float, float]:
        return (*box_window(photo.box), 0.0)


class PhotoRefineTask(_WindowTask):
    """All points from the face set upright; the variation stands for the errors of the first look."""

    def __init__(self, recipe: StageRecipe, store: FilmStore, mirror_order: Sequence[int], shape: FaceShape) -> None:
        network = refine_net(len(mirror_order))
        super().__init__("refine", recipe, network, store, REFINE_SIZE, mirror_order)
        self._shape = shape

    def _plain(self, photo: TrainingPhoto) -> tuple[Points, float, float]:
        frame = self._shape.frame(photo.points)
        return frame.centre, REFINE_SIDE * frame.unit, frame.angle
