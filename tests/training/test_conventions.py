"""A reader who comes to mark a landmark elsewhere is noticed, and older points can follow the newest habit."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.core.scheme import load_scheme
from sample_data import generate_film
from training.conventions import (
    LEAST_FILMS,
    Change,
    corrections,
    find_changes,
    in_words,
    reader_names,
    residuals,
    to_newest,
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
    moved = series + corrections(changes, (130, 1, 1))
    old, new = moved[:first, 0, 0], moved[first:, 0, 0]
    assert np.linalg.norm(np.median(old, axis=0) - np.median(new, axis=0)) < 1.2


def test_after_two_changes_the_oldest_points_take_both_steps():
    series = _series(1, 130)
    series[40:] += (3, 0)
    series[90:] += (0, 4)
    changes = find_changes(series)
    assert len(changes) == 2
    added = corrections(changes, (130, 1, 1))[:, 0, 0]
    assert np.allclose(added[0], (3, 4), atol=1)
    assert np.allclose(added[60], (0, 4), atol=1)
    assert np.all(added[95:] == 0)


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


def test_points_are_moved_along_the_face_however_the_film_lies(pair):
    references = [film.points for film in pair]
    assert reader_names(pair) == ["anna", "berta"]
    found = residuals(pair, references)
    assert np.isnan(found[1, 0]).all()
    assert np.allclose(found[1, 1], 0, atol=1e-9)
    added = np.zeros((19, 2))
    added[9] = 2.0, -1.0
    plain, turned = pair[0].corrected(np.stack([added, added])), pair[1].corrected(added[None])
    assert np.allclose(plain.readers[1], turned.readers[0], atol=1e-6)
    assert np.allclose(turned.points, turned.upright.apply(turned.source.points))
    assert np.allclose(residuals([plain, turned], references)[[0, 1], 1, 9], (2, -1))
    assert np.allclose(
        np.linalg.norm(turned.source.points - pair[1].source.points, axis=1)[9] / plain.frame.unit, 5**0.5
    )


def test_the_axes_are_those_of_a_face_that_nods(pair):
    plain = pair[0]
    nodding = replace(plain, frame=replace(plain.frame, angle=30.0))
    added = np.zeros((2, 19, 2))
    added[0, 9] = 2.0, 0.0
    moved = (nodding.corrected(added).readers - plain.readers)[0, 9] / plain.frame.unit
    # Turned clockwise as seen, with y down, what was in front lies lower.
    assert moved == pytest.approx((2 * np.cos(np.pi / 6), 2 * np.sin(np.pi / 6)))
    window = nodding.frame.window(100, side=100.0)
    assert window.apply(nodding.points + moved * plain.frame.unit) - window.apply(nodding.points) == pytest.approx(
        np.tile([2.0, 0.0], (19, 1))
    )


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


def _fit(lot: _Lot, folder, *, newest: bool):
    films, data = lot.raw, DataRecipe(folds=2, newest_habits=newest)
    recipe = load_recipe("ceph19").model_copy(update={"data": data})
    plan = make_plan(recipe, SCHEME, None, lot.raw)
    division = Division(tuple(deal(films, 2, 0)))
    options = FitOptions(folder, max_steps=1, progress_bar=False)
    return fit_stages(plan, films, prepare(films, lot.shape, 2)[0], division, options)


def _readers(films: Sequence[RawFilm]) -> np.ndarray:
    return np.stack([film.readers for film in films])


def test_with_the_newest_habit_old_films_are_learnt_and_measured_as_they_would_be_marked_now(lot, tmp_path):
    fitted = _fit(lot, tmp_path, newest=True)
    assert [said for said in fitted.changes if "berta marks Go" in said]
    assert not [said for said in fitted.changes if "anna marks Go" in said]
    before, after = _readers(lot.raw), _readers(fitted.labelled)
    assert np.array_equal(before[-15:], after[-15:])
    assert (after - before)[:15, 1, 9, 1].min() > 500
    assert np.array_equal(after, _readers([film.source for film in fitted.films]))
    assert {"coarse-0", "coarse-1", "coarse-0-settled", "coarse-1-settled", "refine-1"} <= set(fitted.history)


def test_as_marked_a_change_is_told_and_nothing_moved(lot, tmp_path):
    fitted = _fit(lot, tmp_path, newest=False)
    assert [said for said in fitted.changes if "berta marks Go" in said]
    assert fitted.labelled == lot.raw
    assert np.array_equal(_readers([film.source for film in fitted.films]), _readers(lot.raw))
    assert not [name for name in fitted.history if "settled" in name]


def test_a_change_is_told_in_words(lot):
    films = prepare(lot.raw[:1], lot.shape, 2)[0]
    change = Change(reader=0, landmark=9, first=0, step=(2.04, -1.0))
    assert in_words([change], films, SCHEME) == [
        "From 6500 on anna marks Go about 2.0 mm further forward and 1.0 mm further up."
    ]
    assert to_newest(films, [])[0].points == pytest.approx(films[0].points)


def test_a_recipe_that_asks_for_the_newest_habits_states_folds():
    recipe = load_recipe("ceph19").model_dump()
    recipe["data"] |= {"folds": 1, "newest_habits": True}
    with pytest.raises(ValidationError, match="state `folds`"):
        type(load_recipe("ceph19")).model_validate(recipe)
