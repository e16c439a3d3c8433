"""Windows made on the device show what the pyramid shows, and points go where their pixels go."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.cascade.transform import Pyramid, Transform2D
from training import rendering
from training.films import TrainingFilm
from training.rendering import FilmStore

SIZE = 64


def _back(transform: Transform2D) -> torch.Tensor:
    return torch.from_numpy(transform.inverse().matrix[None, :2]).float()


@settings(max_examples=30)
@given(
    centre=st.tuples(st.floats(-50, 1000), st.floats(-50, 1000)),
    side=st.floats(20, 1500),
    angle=st.floats(-180, 180),
    first_level=st.integers(0, 2),
)
def test_a_window_equals_the_pyramids(film: TrainingFilm, centre, side, angle, first_level):
    rows, columns = np.mgrid[:900, :700]
    smooth = (127 + 80 * np.sin(rows / 60) + 40 * np.cos(columns / 45)).astype(np.uint8)
    pyramid = Pyramid(smooth, first_level)
    store = FilmStore([film, replace(film, pyramid=pyramid)])
    transform = Transform2D.window(centre, side, (SIZE, SIZE), angle)
    window = store.cut(torch.tensor([1]), _back(transform), SIZE)[0].numpy()
    # OpenCV rounds positions to 1/32 pixel: only edges may differ by more than a grey level or two.
    difference = np.abs(window - pyramid.sample(transform, (SIZE, SIZE)))
    assert np.median(difference) < 1.5
    assert np.quantile(difference, 0.9) < 8


def test_films_of_other_sizes_keep_to_themselves(film: TrainingFilm):
    grey = [
        replace(film, pyramid=Pyramid(np.full(shape, n * 50, np.uint8)))
        for n, shape in enumerate([(90, 70), (40, 120)], 1)
    ]
    store = FilmStore(grey)
    backs = torch.cat([_back(Transform2D.window((35, 20), 20, (SIZE, SIZE)))] * 2)
    windows = store.cut(torch.tensor([0, 1]), backs, SIZE)
    assert [set(window.unique().tolist()) for window in windows] == [{50.0}, {100.0}]
    assert store.number(grey[1]) == 1


def test_elastic_points_follow_their_pixels(film: TrainingFilm):
    image = np.zeros((200, 200), dtype=np.uint8)
    image[118:123, 78:83] = 255
    store = FilmStore([replace(film, pyramid=Pyramid(image))])
    grid = torch.from_numpy(np.random.default_rng(1).normal(0, 4, (1, 2, 6, 6))).float()
    displacement = rendering.displacements(grid, 200)
    window = store.cut(torch.tensor([0]), _back(Transform2D.identity()), 200, displacement)[0].double()
    rows, columns = torch.meshgrid(torch.arange(200), torch.arange(200), indexing="ij")
    centre = [float((axis * window).sum() / window.sum()) for axis in (columns, rows)]
    assert np.allclose(rendering.follow(torch.tensor([[[80.0, 120.0]]]), displacement)[0, 0], centre, atol=0.6)


def test_unknown_points_stay_unknown():
    points = torch.tensor([[[torch.nan, torch.nan], [5.0, 6.0]]])
    assert torch.isnan(rendering.follow(points, torch.zeros(1, 2, 16, 16))[0, 0]).all()


def test_a_plain_tone_changes_nothing():
    windows = torch.rand(3, 2, 32, 32) * 255
    tone = torch.tensor([[1.0, 1, 0, 0, 0]]).repeat(3, 1)
    assert torch.allclose(rendering.vary_grey(windows, tone, 0), windows, atol=1e-2)


def test_each_part_of_a_tone_does_what_its_name_says():
    windows = torch.rand(1, 1, 64, 64) * 255

    def varied(*tone: float) -> torch.Tensor:
        return rendering.vary_grey(windows, torch.tensor([tone]), 3)

    assert varied(2, 1, 0, 0, 0).mean() < windows.mean() < varied(0.5, 1, 0, 0, 0).mean()
    assert varied(1, 0.5, 0, 0, 0).std() == pytest.approx(0.5 * float(windows.std()), rel=1e-3)
    assert varied(1, 1, 0.2, 0, 0).mean() > windows.mean()
    assert varied(1, 1, 0, 1.5, 0).std() < windows.std()
    grey = torch.full((1, 1, 64, 64), 128.0)
    assert float(rendering.vary_grey(grey, torch.tensor([[1.0, 1, 0, 0, 6]]), 3).std()) == pytest.approx(6, rel=0.1)


def test_the_same_seed_gives_the_same_noise():
    windows, tone = torch.full((1, 1, 16, 16), 99.0), torch.tensor([[1.0, 1, 0, 0, 5]])
    assert torch.equal(rendering.vary_grey(windows, tone, 7), rendering.vary_grey(windows, tone, 7))
    assert not torch.equal(rendering.vary_grey(windows, tone, 7), rendering.vary_grey(windows, tone, 8))


def test_a_block_covers_its_place_and_no_other():
    blocks = torch.tensor([[[4.0, 2, 9, 5, 200], [0, 0, 0, 0, 77]]])
    hidden = rendering.hide(torch.zeros(1, 2, 12, 12), blocks)
    rows, columns = torch.nonzero(hidden[0, 0], as_tuple=True)
    assert (int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())) == (4, 2, 8, 4)
    assert not hidden[0, 1].any()
