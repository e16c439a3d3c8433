"""Training data of the face-area stage for photographs: faces of every size, turned, lit and covered anyhow."""

import zlib

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.photo_area_net import PhotoAreaNet
from napari_dentlm.cascade.stages.photo_area import haar_boxes, normalise_photo
from napari_dentlm.cascade.transform import Grey, Points, Transform2D
from training.augment import hide_block, vary_grey
from training.negatives.sketch import cloud
from training.photos.photos import TrainingPhoto
from training.recipe import StageRecipe
from training.stages.photo_backgrounds import CANVAS, background, known
from training.stages.task import Batch

CELLS = CANVAS // PhotoAreaNet.stride
SMALLEST, LARGEST = 16.0, 230.0
"""Sides of a face in pixels of the canvas."""
CORE, RIM = 0.16, 0.34
"""Shares of a face's side from its middle: cells within the first must answer, those between both may."""
LEAST_CORE = 5.7
"""Pixels: half a cell's diagonal, so that at least one cell answers for a small face."""
TURN = 32.0
"""Degrees up to which faces are turned either way."""
LYING = 0.07
"""Share of faces that lie on their side or stand on their head: no faces, so that a photo's way up can be found."""
_GAIN = 10.0


class PhotoAreaTask:
    """Score, place and size of the face for every cell (see `StageTask`)."""

    name = "photo_area"

    def __init__(self, recipe: StageRecipe, negatives: float = 0.12) -> None:
        self.recipe = recipe
        self.network: nn.Module = PhotoAreaNet()
        self._negatives = negatives
        self._strangers: dict[str, NDArray[np.float64]] = {}

    def sample(self, photo: TrainingPhoto, rng: Generator | None) -> Batch:
        """Return canvas (1, 1, S, S), score (1, C, C) with -1 where either answer will do, and box (1, 4, C, C)."""
        canvas = _Canvas()
        if rng is None:
            self._put(canvas, photo, np.random.default_rng(zlib.crc32(photo.name.encode())), (0, 0, CANVAS), plain=True)
            return canvas.batch()
        box = np.array([known(photo).min(axis=0), known(photo).max(axis=0)])
        canvas.pixels[:] = background(photo, self._others(photo, box), rng)
        tiles = int(rng.choice([1, 2, 3], p=[0.62, 0.23, 0.15]))
        side = CANVAS // tiles
        for row in range(tiles):
            for column in range(tiles):
                if rng.random() > self._negatives * (1 if tiles == 1 else 3):
                    self._put(canvas, photo, rng, (column * side, row * side, side), plain=False)
        canvas.pixels = _lit(canvas.pixels, rng, self.recipe)
        return canvas.batch()

    def _put(
        self, canvas: "_Canvas", photo: TrainingPhoto, rng: Generator, tile: tuple[int, int, int], *, plain: bool
    ) -> None:
        """Draw the photo into a square of the canvas, and say where its face lies."""
        left, top, side = tile
        box = np.array([known(photo).min(axis=0), known(photo).max(axis=0)])
        long = float((box[1] - box[0]).max())
        largest = min(LARGEST, 0.92 * side)
        goal = 90.0 if plain else float(np.exp(rng.uniform(np.log(SMALLEST), np.log(largest))))
        angle = 0.0 if plain else float(rng.uniform(-TURN, TURN) if rng.random() < 0.6 else rng.normal(0, 6))
        lying = not plain and rng.random() < LYING
        angle += float(rng.choice([90, 180, 270])) if lying else 0.0
        spare = np.full(2, max(0.0, (side - goal) / 2))
        centre = np.array([left, top]) + (side - 1) / 2 + (0 if plain else rng.uniform(-spare, spare))
        stretch = np.ones(2) if plain else np.exp(rng.normal(0, 0.08) * np.array([1, -1]))
        width = long / goal * CANVAS * stretch
        to_canvas = Transform2D.window(box.mean(axis=0), (width[0], width[1]), (CANVAS, CANVAS), angle)
        shift = np.eye(3)
        shift[:2, 2] = centre - (CANVAS - 1) / 2
        to_canvas = to_canvas.then(Transform2D(shift))
        if not plain and rng.random() < 0.5:
            to_canvas = to_canvas.then(Transform2D(np.array([[-1.0, 0, 2 * centre[0]], [0, 1, 0], [0, 0, 1]])))
        canvas.draw(photo, to_canvas, tile)
        if lying:
            return
        for stranger in self._others(photo, box):
            canvas.pass_over(to_canvas.apply(stranger), tile)
        canvas.face(to_canvas.apply(known(photo)))

    def _others(self, photo: TrainingPhoto, box: Points) -> NDArray[np.float64]:
        """Corners (N, 4, 2) of what looks like further faces of a photo, which nobody labelled."""
        if photo.name not in self._strangers:
            size = photo.pyramid.width, photo.pyramid.height
            found = haar_boxes(photo.pyramid.sample(Transform2D.identity(), size))
            square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
            corners = np.array([np.array([b.x, b.y]) + square * [b.width, b.height] for b in found]).reshape(-1, 4, 2)
            middles = corners.mean(axis=1)
            apart = ((middles < box[0]) | (middles > box[1])).any(axis=1)
            self._strangers[photo.name] = corners[apart]
        return self._strangers[photo.name]

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the focal loss of the score (Lin et al. 2017) and the error of place and size in face sides."""
        canvas, score, box = batch
        output = network(canvas).float()
        logits = output[:, 0]
        known, face = score >= 0, score > 0
        chance = logits.sigmoid()
        entropy = functional.binary_cross_entropy_with_logits(logits, score.clamp(min=0), reduction="none")
        wrong = torch.where(face, 1 - chance, chance)
        weight = torch.where(face, 0.6, 0.4) * wrong**2
        total = (entropy * weight * known).sum() / max(1, int(face.sum()))
        if not face.any():
            return total
        found, goal = output[:, 1:].permute(0, 2, 3, 1)[face], box.permute(0, 2, 3, 1)[face]
        side = goal[:, 2:].mean(dim=1, keepdim=True).exp()
        parts = torch.cat([(found - goal)[:, :2] / side, (found - goal)[:, 2:]], dim=1) * _GAIN
        return total + 0.3 * functional.smooth_l1_loss(parts, torch.zeros_like(parts))

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the distance of the best cell's box middle from the truth, in percent of the face's side."""
        canvas, score, box = batch
        output = network(canvas).float()
        errors = []
        for found, true_score, true_box in zip(output, score, box, strict=True):
            row, column = divmod(int(found[0].argmax()), found.shape[-1])
            if true_score[row, column] == 0:
                errors.append(output.new_tensor(100.0))
                continue
            cell, goal = found[1:, row, column], true_box[:, row, column]
            errors.append(100 * (cell[:2] - goal[:2]).norm() / goal[2:].mean().exp())
        return torch.stack(errors)


class _Canvas:
    """A picture under construction with what each cell should say."""

    def __init__(self) -> None:
        self.pixels: Grey = np.zeros((CANVAS, CANVAS), dtype=np.uint8)
        self._score = np.zeros((CELLS, CELLS), dtype=np.float32)
        self._box = np.zeros((4, CELLS, CELLS), dtype=np.float32)
        cells = np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS)), axis=-1)
        self._middles = (cells + 0.5) * PhotoAreaNet.stride - 0.5

    def draw(self, photo: TrainingPhoto, transform: Transform2D, tile: tuple[int, int, int]) -> None:
        """Draw a photo through ``transform``, but only within the tile."""
        left, top, side = tile
        width, height = photo.pyramid.width - 1, photo.pyramid.height - 1
        pixels = photo.pyramid.sample(transform, (CANVAS, CANVAS))
        inside = np.zeros((CANVAS, CANVAS), dtype=np.uint8)
        edge = transform.apply(np.array([[1.0, 1], [width - 1, 1], [width - 1, height - 1], [1, height - 1]]))
        cv2.fillConvexPoly(inside, np.rint(edge).astype(np.int32), 1)
        part = np.s_[top : top + side, left : left + side]
        self.pixels[part] = np.where(inside[part], pixels[part], self.pixels[part])

    def face(self, points: Points) -> None:
        """Say where a face lies, from its landmarks in pixels of the canvas."""
        low, high = points.min(axis=0), points.max(axis=0)
        side = float(np.sqrt(np.prod(high - low)))
        away = np.linalg.norm(self._middles - (low + high) / 2, axis=-1)
        core, rim = max(CORE * side, LEAST_CORE), max(RIM * side, LEAST_CORE + PhotoAreaNet.stride)
        self._score[away < rim] = -1
        self._score[away < core] = 1
        offset = ((low + high) / 2 - self._middles) / PhotoAreaNet.unit
        size = np.log((high - low) / PhotoAreaNet.unit)
        near = away < rim
        self._box[:2, near] = offset[near].T
        self._box[2:, near] = size[:, None]

    def pass_over(self, corners: Points, tile: tuple[int, int, int]) -> None:
        """Leave open what the cells within these corners say."""
        left, top, side = tile
        low = np.maximum(corners.min(axis=0), [left, top])
        high = np.minimum(corners.max(axis=0), [left + side, top + side])
        within = ((self._middles >= low) & (self._middles <= high)).all(axis=-1)
        self._score[within & (self._score == 0)] = -1

    def batch(self) -> Batch:
        """Return the tensors of one sample."""
        scan = normalise_photo(self.pixels)[None]
        return scan, torch.from_numpy(self._score)[None], torch.from_numpy(self._box)[None]


def _lit(pixels: Grey, rng: Generator, recipe: StageRecipe) -> Grey:
    """Light from one side, clouds of shadow, a hand or a label over a part, other grey levels."""
    values = pixels.astype(np.float32)
    if rng.random() < 0.35:
        turn = rng.uniform(0, 2 * np.pi)
        across = np.linspace(-1, 1, CANVAS, dtype=np.float32)
        ramp = np.cos(turn) * across[None] + np.sin(turn) * across[:, None] + rng.uniform(-0.5, 0.5)
        least = rng.uniform(0.1, 0.7)
        values *= least + (1 - least) / (1 + np.exp(-ramp * rng.uniform(2, 10)))
    if rng.random() < 0.25:
        values *= 1 + rng.uniform(0, 0.35) * cloud(rng, pixels.shape, int(rng.integers(2, 8)))
    lit = hide_block(np.clip(values, 0, 255).astype(np.uint8), rng, recipe.hide, 0.25)
    return vary_grey(lit, rng, recipe.grey)
