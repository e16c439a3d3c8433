"""The loop: a training that was broken off and resumed ends where an uninterrupted one does."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from sample_data import generate_film
from training.films import RawFilm, TrainingFilm, fit_shape, prepare
from training.fitting import FitOptions, History, fit
from training.recipe import load_recipe
from training.stages.paper import PaperFaceAreaTask, PaperRefineTask


@pytest.fixture(scope="module")
def films() -> list[TrainingFilm]:
    drawn = [generate_film(seed) for seed in (6301, 6302)]
    raw = [RawFilm(str(f.seed), str(f.seed), lambda f=f: f.pixels, f.points[None], 0.1) for f in drawn]
    return prepare(raw, fit_shape(raw), 1)[0]


def _fit(
    films: list[TrainingFilm], folder, validation: list[TrainingFilm], stop: Callable[[int], bool] = lambda step: False
) -> tuple[dict[str, torch.Tensor], History]:
    recipe = load_recipe("gonion-paper").refine.model_copy(
        update={"epochs": 6, "batch": 8, "copies": 8, "average": 0.9, "schedule": "one_cycle"}
    )
    torch.manual_seed(0)
    task = PaperRefineTask(recipe, 9, 0)
    seen = [0]
    options = FitOptions(
        folder,
        seed=1,
        progress_bar=False,
        on_progress=lambda _, step, __: seen.__setitem__(0, step),
        should_stop=lambda: stop(seen[0]),
    )
    return task.network.state_dict(), fit(task, films, validation, options)


def test_a_resumed_training_ends_like_an_uninterrupted_one(films, tmp_path):
    whole, history = _fit(films, tmp_path / "whole", films)
    _fit(films, tmp_path / "broken", films, stop=lambda step: step == 7)
    resumed, curve = _fit(films, tmp_path / "broken", films)
    assert [epoch for epoch, *_ in curve] == [epoch for epoch, *_ in history] == [1, 2, 3, 4, 5, 6]
    for name, value in whole.items():
        assert torch.allclose(value.float(), resumed[name].float(), atol=1e-5), name


def test_a_training_that_was_killed_after_its_last_epoch_keeps_its_average(films, tmp_path):
    whole, history = _fit(films, tmp_path, films)
    again, curve = _fit(films, tmp_path, films)
    assert curve == history
    for name, value in whole.items():
        assert torch.equal(value, again[name]), name


def test_a_resumed_training_drops_out_what_an_uninterrupted_one_does(films, tmp_path):
    recipe = load_recipe("gonion-paper").face_area.model_copy(update={"epochs": 3, "batch": 4, "copies": 4})

    def fitted(folder, stop_after: int = 10**6) -> dict[str, torch.Tensor]:
        torch.manual_seed(0)
        task, seen = PaperFaceAreaTask(recipe), [0]
        options = FitOptions(
            folder,
            progress_bar=False,
            on_progress=lambda _, step, __: seen.__setitem__(0, step),
            should_stop=lambda: seen[0] >= stop_after,
        )
        fit(task, films, [], options)
        return task.network.state_dict()

    whole = fitted(tmp_path / "whole")
    fitted(tmp_path / "broken", stop_after=5)
    resumed = fitted(tmp_path / "broken")
    for name, value in whole.items():
        assert torch.allclose(value.float(), resumed[name].float(), atol=1e-6), name


def test_a_validation_that_knows_nothing_has_no_error(films, tmp_path):
    nameless = [replace(film, points=np.full_like(film.points, np.nan)) for film in films]
    _, history = _fit(films, tmp_path, nameless)
    assert all(error is None for _, _, error in history)


def test_without_held_out_films_the_curve_has_no_error(films, tmp_path):
    _, history = _fit(films, tmp_path, [])
    assert len(history) == 6
    assert all(error is None for _, _, error in history)
