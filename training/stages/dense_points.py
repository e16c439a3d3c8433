"""Training data of the dense coarse and refinement stages."""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from napari_dentlm.cascade.decoding import heatmap_loss, local_soft_argmax
from napari_dentlm.cascade.networks import CoarseNet, RefineNet
from napari_dentlm.cascade.shape import WINDOW_SIDE
from napari_dentlm.cascade.stages.coarse import COARSE_SIZE, normalise_window
from napari_dentlm.cascade.stages.refine import PATCH_SIDES, PATCH_SIZE, normalise_patches
from napari_dentlm.cascade.transform import Transform2D
from training.augment import (
    follow_elastic,
    hide_block,
    mixed_truth,
    random_placement,
    sample_elastic,
    vary_grey,
)
from training.films import TrainingFilm
from training.recipe import StageRecipe
from training.stages.task import Batch


class CoarseTask:
    """All landmarks from the face window (see `StageTask`)."""

    def __init__(self, recipe: StageRecipe, landmarks: int, member: int = 0) -> None:
        self.name = f"coarse-{member}"
        self.recipe = recipe
        self.network: nn.Module = CoarseNet(landmarks)

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return the window (1, 1, S, S) and the targets (1, K, 2) in cells."""
        if rng is None:
            transform = Transform2D.window(film.frame.centre, WINDOW_SIDE * film.frame.unit, (COARSE_SIZE,) * 2)
            window, points = film.pyramid.sample(transform, (COARSE_SIZE,) * 2), transform.apply(film.points)
        else:
            r = self.recipe
            place = random_placement(rng, shift=r.shift, scale=r.scale, stretch=r.stretch, angle=r.angle)
            side = WINDOW_SIDE * film.frame.unit * place.scale
            centre = film.frame.centre + place.shift * film.frame.unit
            transform = Transform2D.window(centre, (side[0], side[1]), (COARSE_SIZE,) * 2, place.angle)
            window, displacement = sample_elastic(film.pyramid, transform, COARSE_SIZE, rng, r.elastic)
            truth = mixed_truth(film.readers, film.points, rng, r.target_spread)
            points = follow_elastic(transform.apply(truth), displacement)
            window = hide_block(vary_grey(window, rng, r.grey), rng, r.hide)
        cells = (points + 0.5) / CoarseNet.stride - 0.5
        inside = ((cells > -0.5) & (cells < COARSE_SIZE / CoarseNet.stride - 0.5)).all(axis=1)
        cells = np.where(inside[:, None], cells, np.nan)
        return normalise_window(window)[None], torch.from_numpy(cells).float()[None]

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        window, cells = batch
        logits = network(window).flatten(0, 1)
        return heatmap_loss(logits, cells.flatten(0, 1), self.recipe.sigma, self.recipe.distance_weight)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in face units."""
        window, cells = batch
        logits = network(window)
        found, _ = local_soft_argmax(logits.flatten(0, 1))
        distance = (found.view_as(cells) - cells).norm(dim=-1)
        return distance * (CoarseNet.stride * WINDOW_SIDE / COARSE_SIZE)


class RefineTask:
    """One landmark at a time from two patches around a shifted start (see `StageTask`)."""

    def __init__(self, recipe: StageRecipe, landmarks: int, member: int = 0) -> None:
        self.name = f"refine-{member}"
        self.recipe = recipe
        self.network: nn.Module = RefineNet(landmarks)

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return patches (M, 2, S, S), landmark numbers (M,) and targets (M, 2) in cells, M known landmarks."""
        known = np.flatnonzero(np.isfinite(film.points).all(axis=1))
        truth = film.points if rng is None else mixed_truth(film.readers, film.points, rng, self.recipe.target_spread)
        generator = rng or np.random.default_rng(0)
        patches, cells = zip(
            *(self._patch(film, truth[k], generator, augment=rng is not None) for k in known), strict=True
        )
        return (
            normalise_patches(np.stack(patches)),
            torch.from_numpy(known),
            torch.from_numpy(np.stack(cells)).float(),
        )

    def _patch(
        self, film: TrainingFilm, point: np.ndarray, rng: Generator, *, augment: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        r, unit, size = self.recipe, film.frame.unit, (PATCH_SIZE,) * 2
        gross = rng.random() < r.gross
        shift = rng.uniform(-r.reach, r.reach, 2) if gross else rng.normal(0, r.shift, 2)
        place = random_placement(rng, shift=0.0, scale=r.scale, stretch=r.stretch, angle=r.angle)
        scale, angle = (place.scale, place.angle) if augment else (np.ones(2), 0.0)
        patches, target = [], np.zeros(2)
        for side in PATCH_SIDES:
            width, height = side * unit * scale
            transform = Transform2D.window(point + shift * unit, (width, height), size, film.frame.angle + angle)
            patches.append(film.pyramid.sample(transform, size))
            if side == PATCH_SIDES[0]:
                target = transform.apply(point)
        if augment:
            seed = rng.integers(1 << 32)
            patches = [vary_grey(p, np.random.default_rng(seed), r.grey) for p in patches]
            patches = [hide_block(p, rng, r.hide) for p in patches]
        return np.stack(patches), (target + 0.5) / RefineNet.stride - 0.5

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        patches, landmark, cells = batch
        logits = network(patches, landmark)
        return heatmap_loss(logits, cells, self.recipe.sigma, self.recipe.distance_weight)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (M,) in face units."""
        patches, landmark, cells = batch
        found, _ = local_soft_argmax(network(patches, landmark), radius=4)
        return (found - cells).norm(dim=-1) * (RefineNet.stride * PATCH_SIDES[0] / PATCH_SIZE)
