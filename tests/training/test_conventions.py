"""A reader who comes to mark a landmark elsewhere is noticed and told of."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_film
from training.conventions import (
    LEAST_FILMS,
    Change,
    find_changes,
    in_words,
    reader_names,
    residuals,
)
from training.division import Division, deal
from training.films import RawFilm, TrainingFilm, fit_shape, prepare
from training.fit_stages import fit_stages
from training.fitting import FitOptions
from training.plan import make_plan
from training.recipe import DataRecipe, load_recipe

SCHEME = load_scheme("isbi19")


def _series(seed: int, count: int) -> np.ndarray:
    """Residuals of one reader and one landmark: (count, 1, 1, 2), as far as readers scatter."""
    return np.random.default_rng(seed).normal(0, 1.0, (count, 1, 1, 2))


def test_of_a_hundred_readers_who_never_change_hardly_one_is_said_to_change():
    assert sum(bool(find_changes(_series(seed, 130))) for seed in range(100)) <= 3


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    first=st.integers(25, 105),
    direction=st.floats(0, 2 * np.pi),
    size=st.sampled_from([3.0, 8.0, 40.0]),
    gross=st.booleans(),
)
def test_a_change_is_found_where_it_is_and_as_large_as_it_is(seed, first, direction, size, gross):
    step = size * np.array([np.cos(direction), np.sin(direction)])
    series = _series(seed, 130)
    series[first:] += step
    if gross:
        series[[3, 60]] += 80
    changes = find_changes(series)
    main = max(changes, key=lambda c: np.hypot(*c.step))
    assert abs(main.first - first) <= 5
    assert np.linalg.norm(np.sum([c.step for c in changes], axis=0) - step) < 1.2


def test_two_changes_are_told_apart():
    series = _series(1, 130)
    series[40:] += (3, 0)
    series[90:] += (0, 4)
    one, other = find_changes(series)
    assert (abs(one.first - 40) <= 5, abs(other.first - 90) <= 5) == (True, True)
    assert np.allclose([one.step, other.step], [(3, 0), (0, 4)], atol=1)


def test_points_that_a_reader_did_not_give_are_no_part_of_his_series():
    series = _series(2, 130)
    series[70:] += 3
    series[::2] = np.nan
    (change,) = find_changes(series)
    assert abs(change.first - 70) <= 4
    assert find_changes(series[: 4 * LEAST_FILMS - 4]) == []


def _raw(seed: int, added: np.ndarray, **kind: object) -> RawFilm:
    drawn = generate_film(seed)
    return RawFilm(str(seed), str(seed), lambda: drawn.pixels, drawn.points + added, 0.1, **kind)


def _turned(film: RawFilm) -> RawFilm:
    """The same film mirrored and lying on its side, its points with it."""
    pixels = np.rot90(film.load()[:, ::-1], -1)
    map_back = Transform2D.upright(pixels.shape[1], pixels.shape[0], 90, True).inverse()
    return replace(film, load=lambda: np.ascontiguousarray(pixels), readers=map_back.apply(film.readers))


@pytest.fixture(scope="module")
def pair() -> list[TrainingFilm]:
    """One film as drawn and turned, each with another of two readers missing."""
    film = _raw(6401, np.zeros((2, 19, 2)), reader_names=("anna", "berta"))
    other = replace(_turned(film), readers=_turned(film).readers[:1], reader_names=("berta",))
    return prepare([film, other], fit_shape([film]), 1)[0]


def test_distances_are_along_the_face_however_the_film_lies(pair):
    references = [film.points for film in pair]
    assert reader_names(pair) == ["anna", "berta"]
    found = residuals(pair, references)
    assert np.isnan(found[1, 0]).all()
    assert np.allclose(found[1, 1], 0, atol=1e-9)
    unit = pair[0].frame.unit
    moved = [replace(film, readers=film.readers + unit * np.array([2.0, -1.0])) for film in pair]
    assert np.allclose(residuals(moved, references)[[0, 1], 1, 9], (2, -1))


def test_the_axes_are_those_of_a_face_that_nods(pair):
    plain = pair[0]
    nodding = replace(plain, frame=replace(plain.frame, angle=30.0))
    # Turned clockwise as seen, with y down, what was in front lies lower.
    forward = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])
    moved = replace(nodding, readers=nodding.readers + 2 * nodding.frame.unit * forward)
    assert np.allclose(residuals([moved], [plain.points])[0, :, 9], (2, 0))
    window = nodding.frame.window(100, side=100.0)
    assert np.allclose(window.apply(moved.readers[0]) - window.apply(nodding.points), (2, 0))


class _Lot:
    """Two readers mark 36 films; from the nineteenth on the second marks gonion far away."""

    step = np.array([0.0, 600.0])

    def __init__(self) -> None:
        self.raw = [_raw(6500 + n, self._added(n), reader_names=("anna", "berta")) for n in range(36)]
        self.shape = fit_shape(self.raw)

    def _added(self, number: int) -> np.ndarray:
        added = np.zeros((2, 19, 2))
        if number >= 18:
            added[1, 9] = self.step
        return added


@pytest.fixture(scope="module")
def lot() -> _Lot:
    return _Lot()


def test_a_training_with_folds_tells_of_a_change(lot, tmp_path):
    recipe = load_recipe("ceph19").model_copy(update={"data": DataRecipe(folds=2)})
    plan = make_plan(recipe, SCHEME, None, lot.raw)
    division = Division(tuple(deal(lot.raw, 2, 0)))
    options = FitOptions(tmp_path, max_steps=1, progress_bar=False)
    fitted = fit_stages(plan, prepare(lot.raw, lot.shape, 2)[0], division, options)
    assert [said for said in fitted.changes if "berta marks Go" in said]
    assert not [said for said in fitted.changes if "anna marks Go" in said]
    assert {"coarse-0", "coarse-1", "refine-1"} <= set(fitted.history)


def test_a_change_is_told_in_words(lot):
    films = prepare(lot.raw[:1], lot.shape, 2)[0]
    change = Change(reader=0, landmark=9, first=0, step=(2.04, -1.0))
    assert in_words([change], films, SCHEME) == [
        "From 6500 on anna marks Go about 2.0 mm further forward and 1.0 mm further up."
    ]
