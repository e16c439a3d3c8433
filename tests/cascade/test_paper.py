"""The published method: one shared pass decides what window after window would."""

import numpy as np
import pytest
import torch

from napari_dentlm.cascade.paper import WINDOW_REDUCED, as_input, face_window, patch_window, reduced_film, scan
from napari_dentlm.cascade.paper_networks import PaperCoarseNet, PaperFaceAreaNet, PaperRefineNet
from napari_dentlm.cascade.transform import Pyramid


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return PaperFaceAreaNet().eval()


def test_shared_scan_equals_window_by_window(network):
    film = np.random.default_rng(1).integers(0, 256, (203, 166), dtype=np.uint8)
    with torch.inference_mode():
        shared = scan(network, film, torch.device("cpu"))
        for row in range(0, shared.shape[1], 3):
            for column in range(0, shared.shape[2], 4):
                window = film[row * 4 : row * 4 + 150, column * 4 : column * 4 + 120]
                alone = network(as_input(window)).flatten().softmax(0).numpy()
                assert np.allclose(alone, shared[:, row, column], atol=1e-5)


def test_window_of_1400_by_1350_becomes_120_by_150():
    pyramid = Pyramid(np.zeros((2400, 1935), dtype=np.uint8))
    film, to_reduced = reduced_film(pyramid)
    assert film.shape == (266, 165)
    assert np.allclose(to_reduced.matrix[0, 0] * 1400, WINDOW_REDUCED[0])
    assert np.allclose(to_reduced.matrix[1, 1] * 1350, WINDOW_REDUCED[1])


def test_half_size_film_is_cut_into_the_same_windows():
    full, half = (Pyramid(np.zeros(s, dtype=np.uint8)) for s in ((2400, 1935), (1200, 968)))
    centre = np.array([900.0, 1400.0])
    for window in (face_window, patch_window):
        assert np.allclose(window(half, centre / 2).scale, 2 * window(full, centre).scale)


def test_layers_are_those_described():
    assert PaperCoarseNet(1)(torch.zeros(2, 1, 96, 96)).shape == (2, 1, 2)
    assert PaperRefineNet()(torch.zeros(2, 1, 48, 48)).shape == (2, 2)
    widths = [m.out_channels for m in PaperRefineNet().modules() if isinstance(m, torch.nn.Conv2d)]
    assert widths == [8, 16, 32]
