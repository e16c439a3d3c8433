"""Fixtures of the training tests."""

import pytest

from sample_data import generate_film
from training.films import RawFilm, TrainingFilm, fit_shape, prepare


@pytest.fixture(scope="session")
def film() -> TrainingFilm:
    """A generated film, upright, with the pixels that the recipes use."""
    raw = []
    for seed in (6201, 6202):
        drawn = generate_film(seed)
        raw.append(RawFilm(str(seed), str(seed), lambda d=drawn: d.pixels, drawn.points[None], 0.1))
    return prepare(raw[:1], fit_shape(raw), 1)[0][0]
