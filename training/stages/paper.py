"""Training data of the published method's stages."""

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.paper import (
    COARSE_REDUCED,
    PATCH,
    PATCH_REDUCED,
    WINDOW,
    WINDOW_REDUCED,
    as_input,
    find_face_area,
    patch_window,
    pixel,
)
from napari_dentlm.cascade.paper_networks import PaperCoarseNet, PaperFaceAreaNet, PaperRefineNet
from napari_dentlm.cascade.stages.face_area import crop_centres
from napari_dentlm.cascade.transform import Points, Transform2D
from training.films import TrainingFilm
from training.recipe import StageRecipe
from training.stages.task import Batch


def paper_crops(film: TrainingFilm) -> Points:
    """Return the centres (5, 2) of the five crops in film pixels, moved so that every crop lies on the film.

    The paper does not say where they lie; `crop_centres` defines them from the landmarks.
    """
    half = np.array(WINDOW) / 2 * pixel(film.pyramid)
    size = np.array([film.pyramid.width, film.pyramid.height])
    return np.clip(crop_centres(film.frame), half, np.maximum(size - half, half))


class PaperFaceAreaTask:
    """Which of the five crops a window shows (see `StageTask`): shear 0.2, zoom 0.2, flip."""

    name = "face_area"

    def __init__(self, recipe: StageRecipe) -> None:
        self.recipe = recipe
        self.network: nn.Module = PaperFaceAreaNet()

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return the five crops (5, 1, 150, 120) and their classes (5,)."""
        side = np.array(WINDOW) * pixel(film.pyramid)
        crops = []
        for centre in paper_crops(film):
            transform = Transform2D.window(centre, (side[0], side[1]), WINDOW_REDUCED)
            if rng is not None:
                transform = transform.then(_varied(rng))
            crops.append(as_input(film.pyramid.sample(transform, WINDOW_REDUCED)))
        return torch.cat(crops), torch.arange(len(crops))

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the cross entropy."""
        crops, classes = batch
        return functional.cross_entropy(network(crops).flatten(1).float(), classes)

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return 0 for each crop that is recognised and 1 for each that is not."""
        crops, classes = batch
        return (network(crops).flatten(1).argmax(1) != classes).float()


def _varied(rng: Generator) -> Transform2D:
    """Shear up to 0.2 rad, zoom up to 20 % per axis, flip: the augmentation of the paper, about the centre."""
    centre = (np.array(WINDOW_REDUCED) - 1) / 2
    shear = rng.uniform(-0.2, 0.2)
    zoom = rng.uniform(0.8, 1.2, 2)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    matrix = np.eye(3)
    matrix[:2, :2] = np.array([[zoom[0] * flip, -np.sin(shear)], [0, zoom[1] * np.cos(shear)]])
    matrix[:2, 2] = centre - matrix[:2, :2] @ centre
    return Transform2D(matrix)


class PaperCoarseTask:
    """The landmarks from the face area (see `StageTask`): Euclidean distance loss.

    Parameters
    ----------
    recipe
        How the stage is fitted.
    landmarks
        Numbers of the landmarks in the scheme.
    face_area
        The fitted network of the first stage: the coarse stage learns on the windows that it finds, which lie
        elsewhere than the crops it learnt from.
    """

    name = "coarse"

    def __init__(self, recipe: StageRecipe, landmarks: list[int], face_area: nn.Module) -> None:
        self.recipe, self._landmarks, self._face_area = recipe, landmarks, face_area
        self.network: nn.Module = PaperCoarseNet(len(landmarks))
        self._found: dict[int, Points] = {}

    def _centre(self, film: TrainingFilm) -> Points:
        if id(film) not in self._found:
            area = find_face_area(self._face_area.eval(), film.pyramid, torch.device("cpu"))
            self._found[id(film)] = area.frame.centre
        return self._found[id(film)]

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return the window (1, 1, 96, 96) and the points (1, K, 2) as parts of the window."""
        centre, side, angle = self._centre(film), np.array(WINDOW) * pixel(film.pyramid), 0.0
        if rng is not None:
            centre = centre + rng.uniform(-1, 1, 2) * self.recipe.shift * film.frame.unit
            side = side * np.exp(rng.normal(0, self.recipe.scale, 2))
            angle = rng.normal(0, self.recipe.angle)
        transform = Transform2D.window(centre, (side[0], side[1]), COARSE_REDUCED, angle)
        window = film.pyramid.sample(transform, COARSE_REDUCED)
        parts = (transform.apply(film.points[self._landmarks]) + 0.5) / np.array(COARSE_REDUCED)
        return as_input(window), torch.from_numpy(parts).float()[None]

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean Euclidean distance."""
        return _mean_known(self.error(network, batch), batch[-1])

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N, K) in mm."""
        window, parts = batch
        side = torch.tensor(WINDOW, device=window.device) / 10
        return ((network(window).float() - parts) * side).norm(dim=-1)


class PaperRefineTask:
    """One landmark's displacement from the centre of a shifted patch (see `StageTask`)."""

    def __init__(self, recipe: StageRecipe, landmark: int, number: int) -> None:
        self.recipe, self._landmark = recipe, landmark
        self.name = f"refine-{number}"
        self.network: nn.Module = PaperRefineNet()

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return a patch (1, 1, 48, 48) shifted by up to +-50 px and the displacement (1, 2) back."""
        generator = rng or np.random.default_rng(0)
        one = pixel(film.pyramid)
        shift = generator.uniform(-1, 1, 2) * self.recipe.reach * 10 * one
        point = film.points[self._landmark]
        if not np.isfinite(point).all():
            return torch.zeros(1, 1, PATCH_REDUCED, PATCH_REDUCED), torch.full((1, 2), torch.nan)
        patch = film.pyramid.sample(patch_window(film.pyramid, point + shift), (PATCH_REDUCED, PATCH_REDUCED))
        return as_input(patch), torch.from_numpy(-shift / (PATCH * one)).float()[None]

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the mean Euclidean distance."""
        return _mean_known(self.error(network, batch), batch[-1])

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return distances (N,) in mm."""
        patch, displacement = batch
        return (network(patch).float() - displacement).norm(dim=-1) * PATCH / 10


def _mean_known(distance: Tensor, target: Tensor) -> Tensor:
    """Return the mean distance of the points whose target is known, 0 where none is."""
    known = torch.isfinite(target).all(-1)
    return distance[known].mean() if known.any() else torch.nan_to_num(distance).sum() * 0
