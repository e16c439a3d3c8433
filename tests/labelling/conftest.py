"""A cascade without networks, for tests of the labelling around it."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.core.scheme import load_scheme


class StandIn:
    """Places points that depend on the picture's size; refuses black pictures, breaks on white ones."""

    scheme = load_scheme("isbi19")
    keys = scheme.keys
    name = "stand-in"
    photo = film = None

    def __init__(self, origin: str = "model:stand-in@0123456789ab") -> None:
        self.origin = origin
        self.seen = 0

    def predict(self, images: Sequence[np.ndarray], *, quality: Quality = Quality.STANDARD) -> list[Prediction]:
        if any((image == 255).all() for image in images):
            raise RuntimeError("the networks broke")
        self.seen += len(images)
        return [self._one(image) for image in images]

    def _one(self, image: np.ndarray) -> Prediction:
        if not image.any():
            return Prediction(points=None, refusal="this is not a lateral film")
        height, width = image.shape
        points = np.linspace((0.1, 0.1), (0.9, 0.9), len(self.keys)) * (width, height)
        return Prediction(points=points, expected_error_px=np.full(len(self.keys), 12.5), flags=("",) * len(self.keys))


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def small_films(tmp_path: Path) -> Path:
    """Six small films, no two alike."""
    folder = tmp_path / "patient"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(6):
        pixels = rng.integers(1, 255, (60, 50 + number), dtype=np.uint8)
        assert cv2.imwrite(str(folder / f"{number}.png"), pixels)
    return folder
