"""Training data of the dense face-area stage: films in every pose, cropped and padded, and what is no film."""

import zlib

import cv2
import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.networks import FaceAreaNet
from napari_dentlm.cascade.shape import WINDOW_SIDE, Frame
from napari_dentlm.cascade.stages.face_area import (
    BACKGROUND,
    FACE,
    ROTATIONS,
    SCAN_SIZE,
    SIZE_REFERENCE,
    crop_centres,
    normalise_scan,
    pose_number,
)
from napari_dentlm.cascade.transform import Grey, Points, Transform2D
from training.augment import hide_block, vary_grey
from training.films import TrainingFilm
from training.negatives import random_negative
from training.negatives.pieces import share_inside
from training.negatives.sketch import add_markers, cloud
from training.recipe import StageRecipe
from training.stages.task import Batch

LABEL_RADIUS = 13.0
"""Face units around a crop's centre in which a window counts as that crop."""
LEAST_RADIUS = 6.0
"""Pixels of the scan: half a cell's diagonal, so that at least one cell knows the face of a small film."""
FACE_REACH = np.array([[-66.0, -64.0], [36.0, 50.0]])
"""Corners of a box around the centre, in face units, that holds the landmarks."""
LEAST_INSIDE = 0.85
"""Share of the landmarks from which on a part of a film is a film."""
NO_POSE = -1
CELLS = SCAN_SIZE // FaceAreaNet.stride


class FaceAreaTask:
    """Crop, pose, place and size of the face window for every cell (see `StageTask`)."""

    name = "face_area"

    def __init__(self, recipe: StageRecipe, negatives: float) -> None:
        self.recipe = recipe
        self.network: nn.Module = FaceAreaNet()
        self._negatives = negatives

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return scan (1, 1, S, S), crop classes (1, C, C), pose (1, C, C) and place (1, 3, C, C)."""
        if rng is None:
            return self._film(film, np.random.default_rng(zlib.crc32(film.name.encode())), plain=True)
        if rng.random() < self._negatives:
            scan = random_negative(film, rng, SCAN_SIZE)
            crops = torch.full((1, CELLS, CELLS), BACKGROUND)
            return (
                normalise_scan(scan)[None],
                crops,
                torch.full_like(crops, NO_POSE),
                torch.zeros(1, 3, CELLS, CELLS),
            )
        return self._film(film, rng, plain=False)

    def _film(self, film: TrainingFilm, rng: Generator, *, plain: bool) -> Batch:
        rotation, mirrored, inverted = (
            ROTATIONS[rng.integers(4)],
            bool(rng.integers(2)),
            bool(rng.integers(2)),
        )
        scan, transform = self._placed(film, rng, inverted, plain=plain)
        scan, turn = _pose(scan, rotation, mirrored)
        transform = transform.then(turn)
        frame = Frame(transform.apply(film.frame.centre), film.frame.unit * transform.scale)
        centres = transform.apply(crop_centres(film.frame))
        crops, place = _targets(centres, frame)
        pose = np.where(crops == FACE, pose_number(rotation, mirrored, inverted), NO_POSE)
        tensors = (torch.from_numpy(a)[None] for a in (crops, pose, place.astype(np.float32)))
        return (normalise_scan(scan)[None], *tensors)

    def _placed(self, film: TrainingFilm, rng: Generator, inverted: bool, *, plain: bool) -> tuple[Grey, Transform2D]:
        """Letterbox the film, a part of it, or the film with a margin, into the scan."""
        width, height = film.pyramid.width, film.pyramid.height
        limits = np.array([[0.0, 0.0], [width, height]])
        box = limits if plain else _view(film, limits, rng)
        extent = box[1] - box[0]
        angle = 0.0 if plain else rng.normal(0, self.recipe.angle)
        stretch = 1.0 if plain else np.exp(rng.normal(0, self.recipe.stretch))
        sides = float(extent.max()) * np.array([stretch, 1 / stretch])
        transform = Transform2D.window(box.mean(axis=0), (sides[0], sides[1]), (SCAN_SIZE, SCAN_SIZE), angle)
        scan = film.pyramid.sample(transform, (SCAN_SIZE, SCAN_SIZE))
        if not plain:
            scan = hide_block(_developed(scan, rng, self.recipe.grey), rng, self.recipe.hide, 0.25)
            film_area = _mask(transform.apply(np.array([[0.0, 0], [width, 0], [width, height], [0, height]])))
            scan = np.where(film_area, scan, rng.choice([0, 0, 255, rng.integers(0, 256)])).astype(np.uint8)
            add_markers(scan, rng)
        scan = 255 - scan if inverted else scan
        half = extent / sides * SCAN_SIZE / 2
        image_area = _mask((SCAN_SIZE - 1) / 2 + half * [[-1, -1], [1, -1], [1, 1], [-1, 1]])
        return np.where(image_area, scan, 0).astype(np.uint8), transform

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return cross entropy of crops, poses and the image's best score, plus the distance of place and size."""
        scan, crops, pose, place = batch
        output = network(scan).float()
        weight = torch.tensor([1.0, 1.0, 1.0, 1.0, 2.0, 0.3], device=output.device)
        crop_loss = functional.cross_entropy(output[:, : FaceAreaNet.CROPS], crops, weight)
        face = pose != NO_POSE
        score = output[:, : FaceAreaNet.CROPS].softmax(1)[:, FACE].amax((1, 2)).clamp(1e-5, 1 - 1e-5)
        shown = face.any(2).any(1).float()
        crop_loss = crop_loss + functional.binary_cross_entropy_with_logits(score.logit(), shown)
        if not face.any():
            return crop_loss
        cells = output[:, FaceAreaNet.CROPS :].permute(0, 2, 3, 1)[face]
        pose_loss = functional.cross_entropy(cells[:, : FaceAreaNet.POSES], pose[face])
        goal = place.permute(0, 2, 3, 1)[face]
        weighted = (cells[:, FaceAreaNet.POSES :] - goal) * torch.tensor([1.0, 1.0, 5.0], device=output.device)
        return crop_loss + pose_loss + functional.smooth_l1_loss(weighted, torch.zeros_like(weighted))

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the distance of the face window's centre in cells, 100 where the pose is wrong."""
        scan, _, pose, place = batch
        output = network(scan).float()
        errors = []
        for found, true_pose, true_place in zip(output, pose, place, strict=True):
            best = int(found[: FaceAreaNet.CROPS].softmax(0)[FACE].argmax())
            row, column = divmod(best, CELLS)
            cell, goal = found[FaceAreaNet.CROPS :, row, column], true_place[:, row, column]
            right = int(cell[: FaceAreaNet.POSES].argmax()) == int(true_pose[row, column])
            errors.append((cell[FaceAreaNet.POSES :][:2] - goal[:2]).norm() if right else output.new_tensor(100.0))
        return torch.stack(errors)


def _view(film: TrainingFilm, limits: NDArray[np.float64], rng: Generator) -> NDArray[np.float64]:
    """Return the part of a film that an image shows, (low, high) corners: about all, all with a margin, or less."""
    extent = limits[1] - limits[0]
    kind = rng.choice(["whole", "padded", "part"], p=[0.35, 0.35, 0.3])
    if kind == "whole":
        return limits + rng.normal(0, 0.03, (2, 2)) * extent
    if kind == "padded":
        margin = rng.uniform(0, 0.4, (2, 2)) if rng.random() < 0.6 else np.full((2, 2), rng.uniform(0, 0.4))
        return limits + margin * extent.min() * [[-1], [1]]
    face = film.frame.centre + FACE_REACH * film.frame.unit
    part = limits + (face - limits) * rng.uniform(0, 1.15, (2, 2)) * (rng.random((2, 2)) < 0.6)
    return part if share_inside(film.points, part) >= LEAST_INSIDE else limits


def _developed(scan: Grey, rng: Generator, strength: float) -> Grey:
    """Vary grey levels as other plates, scanners and programs would: unevenly, sharpened, hazy."""
    values = scan.astype(np.float32)
    if rng.random() < 0.3:
        values += rng.uniform(0.3, 2.0) * (values - cv2.GaussianBlur(values, (0, 0), rng.uniform(1.5, 12)))
    if rng.random() < 0.4:
        values *= 1 + rng.uniform(0, 0.25) * cloud(rng, scan.shape, int(rng.integers(1, 4)))
    if rng.random() < 0.3:
        haze = rng.uniform(0, 150)
        values = haze + values * (255 - haze) / 255 * rng.uniform(0.6, 1)
    return vary_grey(np.clip(values, 0, 255).astype(np.uint8), rng, strength)


def _mask(corners: Points) -> NDArray[np.bool_]:
    mask = np.zeros((SCAN_SIZE, SCAN_SIZE), dtype=np.uint8)
    return cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 1).astype(bool)


def _pose(scan: Grey, rotation: int, mirrored: bool) -> tuple[Grey, Transform2D]:
    if mirrored:
        scan = scan[:, ::-1]
    scan = np.ascontiguousarray(np.rot90(scan, -rotation // 90))
    return scan, Transform2D.upright(SCAN_SIZE, SCAN_SIZE, rotation, mirrored).inverse()


def _targets(centres: Points, frame: Frame) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    cells = np.stack(np.meshgrid(np.arange(CELLS), np.arange(CELLS)), axis=-1)
    pixels = (cells + 0.5) * FaceAreaNet.stride - 0.5
    distance = np.linalg.norm(pixels[:, :, None] - centres, axis=-1)
    radius = max(LABEL_RADIUS * frame.unit, LEAST_RADIUS)
    crops = np.where(distance.min(axis=-1) < radius, distance.argmin(axis=-1), BACKGROUND)
    offset = (frame.centre - pixels) / FaceAreaNet.stride
    log_side = np.full((CELLS, CELLS, 1), np.log(WINDOW_SIDE * frame.unit / SIZE_REFERENCE))
    return crops.astype(np.int64), np.concatenate([offset, log_side], axis=-1).transpose(2, 0, 1)
