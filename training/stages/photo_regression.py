"""Training data of the published networks that give the points of a face as numbers."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.photo_regressors import regressor
from training.photos.photos import EYES, TrainingPhoto
from training.photos.windows import FaceWindows, relative_error
from training.recipe import StageRecipe
from training.rendering import FilmStore
from training.stages.task import Batch


class PhotoRegressionTask:
    """The points of a face from the window around its box (see `StageTask`).

    Parameters
    ----------
    recipe, store, mirror_order
        See `FaceWindows`. ``loss`` of the recipe is what is minimised.
    network
        Name of the network.
    """

    name = "coarse"

    def __init__(self, recipe: StageRecipe, store: FilmStore, mirror_order: Sequence[int], network: str) -> None:
        self.recipe, self._kind = recipe, regressor(network)
        self._windows = FaceWindows(store, self._kind.size, mirror_order, recipe)
        self.network: nn.Module = self._kind.build(len(mirror_order))

    def sample(self, photo: TrainingPhoto, rng: Generator | None) -> Batch:
        """Draw a window around the box."""
        return self._windows.draw(photo, np.array(photo.box.centre), self._kind.box_sides * photo.box.side, 0.0, rng)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean squared or absolute difference of the numbers; of points that a face has."""
        windows, points = self._windows.render(batch)
        measure = functional.mse_loss if self.recipe.loss == "mse" else functional.l1_loss
        found, targets = network(self._kind.inputs(windows)).float(), self._kind.targets(points)
        known = torch.isfinite(targets)
        return measure(found[known], targets[known])

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in percent of the distance between the outer corners of the eyes."""
        windows, points = self._windows.render(batch)
        return relative_error(self._kind.positions(network(self._kind.inputs(windows))), points, EYES)
