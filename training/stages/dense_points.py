"""Training data of the dense coarse and refinement stages."""

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_dentlm.cascade.decoding import heatmap_loss, local_soft_argmax
from napari_dentlm.cascade.networks import CoarseNet, RefineNet
from napari_dentlm.cascade.precision import full_precision
from napari_dentlm.cascade.shape import WINDOW_SIDE
from napari_dentlm.cascade.stages.coarse import COARSE_SIZE, normalise_windows
from napari_dentlm.cascade.stages.refine import PATCH_SIDES, PATCH_SIZE, normalise_patches
from training import rendering
from training.augment import GRID, PLAIN_TONE, Placements, draw_blocks, draw_grid, draw_tones, mixed_truth
from training.films import TrainingFilm
from training.recipe import StageRecipe
from training.rendering import FilmStore
from training.stages.task import Batch

SEEDS = 2**31


class CoarseTask:
    """All landmarks from the face window (see `StageTask`)."""

    def __init__(self, recipe: StageRecipe, landmarks: int, store: FilmStore, member: int = 0) -> None:
        self.name = f"coarse-{member}"
        self.recipe = recipe
        self.network: nn.Module = CoarseNet(landmarks)
        self._store = store

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Draw one window: its film, map, points, displacements, tone, cover and seed (see `render`)."""
        r, unit = self.recipe, film.frame.unit
        if rng is None:
            place, shift, truth = Placements.plain(1), np.zeros(2), film.points
            tone, block, seed = PLAIN_TONE[None], np.zeros((1, 1, 5), np.float32), 0
            grid = np.zeros((2, *GRID), np.float32)
        else:
            place = Placements.draw(rng, 1, scale=r.scale, stretch=r.stretch, angle=r.angle)
            shift = rng.normal(0, r.shift, 2)
            truth = mixed_truth(film.readers, film.points, rng, r.target_spread)
            tone, block = draw_tones(rng, 1, r.grey), draw_blocks(rng, (1, 1), COARSE_SIZE, r.hide)
            grid, seed = draw_grid(rng, r.elastic), int(rng.integers(SEEDS))
        back = _back(film.frame.centre[None] + shift * unit, WINDOW_SIDE * unit * place.scale, COARSE_SIZE, place.angle)
        return (
            torch.tensor([self._store.number(film)]),
            torch.from_numpy(back).float(),
            torch.from_numpy(_into(back, truth[None])).float(),
            torch.from_numpy(grid)[None],
            torch.from_numpy(tone),
            torch.from_numpy(block),
            torch.tensor([seed]),
        )

    def render(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the windows (N, 1, S, S) of a batch and the targets (N, K, 2) in cells, NaN outside the window."""
        film, back, points, grid, tone, block, seed = batch
        with full_precision(back.device):
            displacement = rendering.displacements(grid, COARSE_SIZE)
            windows = self._store.to(back.device).cut(film, back, COARSE_SIZE, displacement)[:, None]
            windows = rendering.hide(rendering.vary_grey(windows, tone, int(seed[0])), block)
            cells = (rendering.follow(points, displacement) + 0.5) / CoarseNet.stride - 0.5
            inside = ((cells > -0.5) & (cells < COARSE_SIZE / CoarseNet.stride - 0.5)).all(-1, keepdim=True)
            return normalise_windows(windows), torch.where(inside, cells, torch.nan)

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        windows, cells = self.render(batch)
        logits = network(windows.contiguous(memory_format=torch.channels_last)).flatten(0, 1)
        return heatmap_loss(logits, cells.flatten(0, 1), self.recipe.sigma, self.recipe.distance_weight)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in face units."""
        windows, cells = self.render(batch)
        found, _ = local_soft_argmax(network(windows.contiguous(memory_format=torch.channels_last)).flatten(0, 1))
        distance = (found.view_as(cells) - cells).norm(dim=-1)
        return distance * (CoarseNet.stride * WINDOW_SIDE / COARSE_SIZE)


class RefineTask:
    """One landmark at a time from two patches around a shifted start (see `StageTask`)."""

    def __init__(self, recipe: StageRecipe, landmarks: int, store: FilmStore, member: int = 0) -> None:
        self.name = f"refine-{member}"
        self.recipe = recipe
        self.network: nn.Module = RefineNet(landmarks)
        self._store = store

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Draw the patches of M known landmarks: film, maps, landmark, targets, tone, cover and seed (see `render`)."""
        r, unit = self.recipe, film.frame.unit
        known = np.flatnonzero(np.isfinite(film.points).all(axis=1))
        count = len(known)
        if rng is None:
            truth, place = film.points[known], Placements.plain(count)
            shift = _shifts(np.random.default_rng(0), count, r)
            tone, block = np.tile(PLAIN_TONE, (count, 1)), np.zeros((count, len(PATCH_SIDES), 5), np.float32)
            seed = 0
        else:
            truth = mixed_truth(film.readers, film.points, rng, r.target_spread)[known]
            place = Placements.draw(rng, count, scale=r.scale, stretch=r.stretch, angle=r.angle)
            shift = _shifts(rng, count, r)
            tone = draw_tones(rng, count, r.grey)
            block = draw_blocks(rng, (count, len(PATCH_SIDES)), PATCH_SIZE, r.hide)
            seed = int(rng.integers(SEEDS))
        centre, angle = truth + shift * unit, film.frame.angle + place.angle
        backs = [_back(centre, side * unit * place.scale, PATCH_SIZE, angle) for side in PATCH_SIDES]
        target = _into(backs[0], truth[:, None])[:, 0]
        return (
            torch.full((count,), self._store.number(film)),
            torch.from_numpy(np.stack(backs, axis=1)).float(),
            torch.from_numpy(known),
            torch.from_numpy((target + 0.5) / RefineNet.stride - 0.5).float(),
            torch.from_numpy(tone),
            torch.from_numpy(block),
            torch.full((count,), seed),
        )

    def render(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Return the patches (M, 2, S, S) of a batch, landmark numbers (M,) and targets (M, 2) in cells."""
        film, backs, landmark, cells, tone, block, seed = batch
        with full_precision(backs.device):
            count, sides = backs.shape[:2]
            store = self._store.to(backs.device)
            patches = store.cut(film.repeat_interleave(sides), backs.flatten(0, 1), PATCH_SIZE)
            patches = patches.view(count, sides, PATCH_SIZE, PATCH_SIZE)
            patches = rendering.hide(rendering.vary_grey(patches, tone, int(seed[0])), block)
            return normalise_patches(patches), landmark, cells

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of the maps plus the Euclidean distance loss of the points."""
        patches, landmark, cells = self.render(batch)
        logits = network(patches.contiguous(memory_format=torch.channels_last), landmark)
        return heatmap_loss(logits, cells, self.recipe.sigma, self.recipe.distance_weight)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (M,) in face units."""
        patches, landmark, cells = self.render(batch)
        logits = network(patches.contiguous(memory_format=torch.channels_last), landmark)
        found, _ = local_soft_argmax(logits, radius=4)
        return (found - cells).norm(dim=-1) * (RefineNet.stride * PATCH_SIDES[0] / PATCH_SIZE)


def _shifts(rng: Generator, count: int, recipe: StageRecipe) -> NDArray[np.float64]:
    """Draw how far beside the point each patch lies, (count, 2) in face units."""
    gross = rng.random((count, 1)) < recipe.gross
    anywhere = rng.uniform(-recipe.reach, recipe.reach, (count, 2))
    return np.where(gross, anywhere, rng.normal(0, recipe.shift, (count, 2)))


def _back(
    centre: NDArray[np.float64], sides: NDArray[np.float64], size: int, angle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the inverses (M, 2, 3) of `Transform2D.window` for M windows of ``sides`` (M, 2) image pixels."""
    turn = np.deg2rad(angle)
    cos, sin, step = np.cos(turn), np.sin(turn), sides / size
    linear = np.array([[cos * step[:, 0], -sin * step[:, 1]], [sin * step[:, 0], cos * step[:, 1]]])
    linear = linear.transpose(2, 0, 1)
    offset = centre - linear.sum(axis=2) * ((size - 1) / 2)
    return np.concatenate([linear, offset[:, :, None]], axis=2)


def _into(back: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map image points (M, K, 2) into the windows whose ``back`` maps are given."""
    return np.linalg.solve(back[:, None, :, :2], (points - back[:, None, :, 2])[..., None])[..., 0]
