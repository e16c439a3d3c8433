"""The published three-stage method: window scan, coarse regression, one refinement of a shifted patch.

Its sizes are pixels of 0.1 mm on films 2400 pixels high. A film of another height is scaled to that height.
Unlike the dense cascade it expects a film that is upright, faces right and is not a negative.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.paper_networks import PaperCoarseNet, PaperFaceAreaNet, PaperRefineNet
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cascade.refusals import refuse_area, refuse_pixels
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.face_area import CROPS, FACE, FaceArea
from napari_dentlm.cascade.transform import Grey, Pyramid, Transform2D

FILM_HEIGHT = 2400
WINDOW = (1400, 1350)
WINDOW_REDUCED = (120, 150)
STEP = 60
COARSE_REDUCED = (96, 96)
PATCH, PATCH_REDUCED = 240, 48
OFFSETS = ((0, 0), (0, 4), (4, 0), (4, 4))
"""Shifts (row, column) of the reduced film: together the shared passes decide every fourth pixel."""


def pixel(pyramid: Pyramid) -> float:
    """Return the image pixels that make one pixel of the method."""
    return pyramid.height / FILM_HEIGHT


def reduced_film(pyramid: Pyramid) -> tuple[Grey, Transform2D]:
    """Return the film reduced so that the window becomes 120 x 150, and the map to it."""
    one = pixel(pyramid)
    scale = np.array(WINDOW_REDUCED) / (np.array(WINDOW) * one)
    size = np.maximum(np.floor(np.array([pyramid.width, pyramid.height]) * scale).astype(int), WINDOW_REDUCED)
    extent = size / scale
    transform = Transform2D.window((extent - 1) / 2, (extent[0], extent[1]), (int(size[0]), int(size[1])))
    return pyramid.sample(transform, (int(size[0]), int(size[1]))), transform


def face_window(pyramid: Pyramid, centre: NDArray[np.float64]) -> Transform2D:
    """Return the map from the film to the face area at 96 x 96, for a window centred at (x, y)."""
    one = pixel(pyramid)
    return Transform2D.window(centre, (WINDOW[0] * one, WINDOW[1] * one), COARSE_REDUCED)


def patch_window(pyramid: Pyramid, centre: NDArray[np.float64]) -> Transform2D:
    """Return the map from the film to the 240 x 240 patch at 48 x 48."""
    return Transform2D.window(centre, PATCH * pixel(pyramid), (PATCH_REDUCED, PATCH_REDUCED))


def as_input(window: Grey) -> Tensor:
    """Return (H, W) uint8 as (1, 1, H, W) float32 from -1 to 1."""
    return (torch.from_numpy(np.ascontiguousarray(window)).float() / 127.5 - 1)[None, None]


class PaperPipeline:
    """Runs the stages of a `paper` bundle.

    Parameters
    ----------
    bundle
        Weights and card.
    device
        Where the networks run.
    """

    def __init__(self, bundle: Bundle, device: torch.device) -> None:
        self._device, self._least_score = device, bundle.card.normality.face_score
        count = len(bundle.card.landmarks)
        self._face_area, self._coarse = PaperFaceAreaNet(), PaperCoarseNet(count)
        self._refine = nn.ModuleList(PaperRefineNet() for _ in range(count))
        for name, network in (
            ("face_area", self._face_area),
            ("coarse", self._coarse),
            ("refine", self._refine),
        ):
            network.load_state_dict(bundle.stage(name))
            network.eval().to(device)

    @torch.inference_mode()
    def predict(self, images: Sequence[Grey], quality: Quality) -> list[Prediction]:
        """Label images (H, W) uint8; the method knows one quality only."""
        return [self._label(image) for image in images]

    def _label(self, image: Grey) -> Prediction:
        if refusal := refuse_pixels(image):
            return Prediction(None, refusal=refusal)
        pyramid = Pyramid(image)
        area = find_face_area(self._face_area, pyramid, self._device)
        if refusal := refuse_area(area, self._least_score):
            return Prediction(None, refusal=refusal, face_area=area)
        window = face_window(pyramid, area.frame.centre)
        parts = (
            self._coarse(as_input(pyramid.sample(window, COARSE_REDUCED)).to(self._device))[0].cpu().double().numpy()
        )
        coarse = window.inverse().apply(parts * np.array(COARSE_REDUCED) - 0.5)
        points = np.stack([self._refined(pyramid, n, point) for n, point in enumerate(coarse)])
        return Prediction(points, flags=("",) * len(points), face_area=area, coarse=coarse)

    def _refined(self, pyramid: Pyramid, number: int, start: NDArray[np.float64]) -> NDArray[np.float64]:
        patch = patch_window(pyramid, start)
        values = as_input(pyramid.sample(patch, (PATCH_REDUCED, PATCH_REDUCED))).to(self._device)
        moved = self._refine[number](values)[0].cpu().double().numpy() * PATCH * pixel(pyramid)
        return start + moved


def find_face_area(network: nn.Module, pyramid: Pyramid, device: torch.device) -> FaceArea:
    """Decide every window of the reduced film and take, on the grid of steps, the one most like a face."""
    film, to_reduced = reduced_film(pyramid)
    probabilities = scan(network, film, device)
    step = STEP * pixel(pyramid) * np.array([to_reduced.matrix[0, 0], to_reduced.matrix[1, 1]])
    rows = _grid(probabilities.shape[1], step[1])
    columns = _grid(probabilities.shape[2], step[0])
    on_grid = probabilities[:, rows][:, :, columns]
    best = np.unravel_index(on_grid[FACE].argmax(), on_grid[FACE].shape)
    corner = np.array([columns[best[1]], rows[best[0]]]) * 4
    centre = to_reduced.inverse().apply(corner + (np.array(WINDOW_REDUCED) - 1) / 2)
    one = pixel(pyramid)
    scores = {name: float(on_grid[n].max()) for n, name in enumerate(CROPS)}
    side = (WINDOW[0] * one, WINDOW[1] * one)
    return FaceArea(Transform2D.identity(), Frame(centre, 10 * one), 0, False, False, scores, side)


@torch.inference_mode()
def scan(network: nn.Module, film: Grey, device: torch.device) -> NDArray[np.float64]:
    """Return the five probabilities of the window at every fourth pixel, (5, rows, columns).

    The convolutions are shared by all windows: four passes over shifted copies of the film, stitched.
    """
    rows = (film.shape[0] - WINDOW_REDUCED[1]) // 4 + 1
    columns = (film.shape[1] - WINDOW_REDUCED[0]) // 4 + 1
    stitched = np.zeros((len(CROPS), rows, columns))
    for row, column in OFFSETS:
        part = film[row:, column:]
        if part.shape[0] < WINDOW_REDUCED[1] or part.shape[1] < WINDOW_REDUCED[0]:
            continue
        found = network(as_input(part).to(device))[0].softmax(0).cpu().double().numpy()
        target = stitched[:, row // 4 :: 2, column // 4 :: 2]
        target[:] = found[:, : target.shape[1], : target.shape[2]]
    return stitched


def _grid(cells: int, step: float) -> NDArray[np.intp]:
    positions = np.arange(0, (cells - 1) * 4 + 1e-6, step)
    return np.unique(np.rint(positions / 4).astype(np.intp).clip(0, cells - 1))
