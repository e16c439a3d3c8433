"""Training data of the two looks of a cascade for photographs."""

from collections.abc import Sequence

import torch
from numpy.random import Generator
from torch import Tensor, nn

from napari_dentlm.cascade.decoding import heatmap_loss, local_soft_argmax
from napari_dentlm.cascade.photo_networks import STRIDE, coarse_net, refine_net
from napari_dentlm.cascade.shape import FaceShape, Frame
from napari_dentlm.cascade.stages.coarse import normalise_windows
from napari_dentlm.cascade.stages.photo_points import COARSE_SIZE, REFINE_SIDE, REFINE_SIZE, box_window
from training.photos.photos import EYES, TrainingPhoto
from training.photos.windows import FaceWindows, relative_error
from training.recipe import StageRecipe
from training.rendering import FilmStore
from training.stages.task import Batch


class _MapTask:
    """What both looks share (see `StageTask`): a window of the face, and the maps of its points."""

    def __init__(self, name: str, recipe: StageRecipe, network: nn.Module, windows: FaceWindows) -> None:
        self.name, self.recipe, self.network, self.windows = name, recipe, network, windows

    def _maps(self, network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return maps (N, K, h, w) and the points (N, K, 2) in their cells, NaN outside the window."""
        windows, points = self.windows.render(batch)
        maps = network(normalise_windows(windows).contiguous(memory_format=torch.channels_last))
        cells = (points + 0.5) / STRIDE - 0.5
        inside = ((cells > -0.5) & (cells < maps.shape[-1] - 0.5)).all(-1, keepdim=True)
        return maps, torch.where(inside, cells, torch.nan)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        maps, cells = self._maps(network, batch)
        return heatmap_loss(maps.flatten(0, 1), cells.flatten(0, 1), self.recipe.sigma, self.recipe.distance_weight)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in percent of the distance between the outer corners of the eyes."""
        maps, cells = self._maps(network, batch)
        found, _ = local_soft_argmax(maps.flatten(0, 1))
        return relative_error(found.view_as(cells), cells, EYES)


class PhotoCoarseTask(_MapTask):
    """All points from the window around a box."""

    def __init__(self, recipe: StageRecipe, store: FilmStore, mirror_order: Sequence[int]) -> None:
        windows = FaceWindows(store, COARSE_SIZE, mirror_order, recipe)
        super().__init__("coarse", recipe, coarse_net(len(mirror_order)), windows)

    def sample(self, photo: TrainingPhoto, rng: Generator | None) -> Batch:
        """Draw a window around the box."""
        return self.windows.draw(photo, *box_window(photo.box), 0.0, rng)


class PhotoRefineTask(_MapTask):
    """All points from the face set upright; the variation stands for the errors of the first look."""

    def __init__(self, recipe: StageRecipe, store: FilmStore, mirror_order: Sequence[int], shape: FaceShape) -> None:
        windows = FaceWindows(store, REFINE_SIZE, mirror_order, recipe)
        super().__init__("refine", recipe, refine_net(len(mirror_order)), windows)
        self._shape = shape
        self._frames: dict[int, Frame] = {}

    def sample(self, photo: TrainingPhoto, rng: Generator | None) -> Batch:
        """Draw a window around the face as its points lie."""
        frame = self._frames.get(id(photo)) or self._frames.setdefault(id(photo), self._shape.frame(photo.points))
        return self.windows.draw(photo, frame.centre, REFINE_SIDE * frame.unit, frame.angle, rng)
