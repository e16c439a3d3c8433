"""Patients are never divided between training and measuring, whichever way members are trained."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.division import Division, deal, held_out, mark
from training.films import RawFilm


def _films(groups) -> list[RawFilm]:
    return [RawFilm(str(n), str(g), lambda: None, np.zeros((1, 19, 2)), 0.1) for n, g in enumerate(groups)]


patients = st.lists(st.integers(0, 12), min_size=2, max_size=40)


@given(patients, st.floats(0.05, 0.6), st.integers(0, 99))
def test_no_patient_is_on_both_sides(groups, share, seed):
    films = _films(groups)
    division = Division((held_out(films, share, seed),))
    training, validation = division.training(films, 0), division.measured(films, 0)
    assert len(training) + len(validation) == len(films)
    assert not {f.group for f in training} & {f.group for f in validation}
    assert training
    assert validation or len(set(groups)) == 1
    assert held_out(films[::-1], share, seed) == division.held[0]


@given(st.integers(20, 60), st.integers(0, 99))
def test_a_patient_never_changes_sides_when_others_join(count, seed):
    films = _films(range(count))
    before, after = held_out(films[:-10], 0.2, seed), held_out(films, 0.2, seed)
    forced = len(before) <= 1
    assert forced or before <= after


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.05, 0.9), st.integers(0, 99))
def test_who_was_learnt_once_is_never_measured_on_by_what_goes_on_from_there(first, more, share, seed):
    films = _films(range(first + more))
    before = Division((held_out(films[:first], share, seed),))
    learnt = {film.group for film in before.training(films[:first], 0)}
    after = held_out(films, share, seed, frozenset(map(mark, learnt)))
    assert after
    assert not after & learnt


@given(patients, st.integers(1, 6), st.integers(0, 99))
def test_every_patient_is_measured_by_one_member_that_never_saw_it(groups, folds, seed):
    films = _films(groups)
    held = deal(films, folds, seed)
    division = Division(tuple(held))
    assert sum(len(group) for group in held) == len(set(groups)) == len(frozenset().union(*held))
    assert max(map(len, held)) - min(map(len, held)) <= 1
    for member in range(len(held)):
        seen = {f.group for f in division.training(films, member)}
        assert not seen & {f.group for f in division.measured(films, member)}
    assert len(division.validation(films)) == len(films)
    assert len(held) == min(folds, len(set(groups)))
    assert len(held) == 1 or len(division.trained(films)) == len(films)


@given(patients, st.integers(2, 5), st.integers(1, 3), st.integers(0, 99))
def test_strangers_have_never_seen_the_film_and_are_as_many_as_the_repeats(groups, folds, repeats, seed):
    films = _films(groups)
    dealt = [fold for number in range(repeats) for fold in deal(films, folds, seed + number)]
    division = Division(tuple(dealt))
    if len(dealt) > repeats:
        assert all(len(division.strangers(film)) == repeats for film in films)
    for film in films:
        assert not any(film in division.training(films, member) for member in division.strangers(film))


def test_final_members_learn_from_every_film_and_judge_none():
    films = _films(range(9))
    division = Division((*deal(films, 3, 0), frozenset(), frozenset()))
    assert (division.judges, division.final) == ((0, 1, 2), (3, 4))
    assert division.training(films, 3) == films
    assert division.measured(films, 4) == []
    assert len(division.validation(films)) == 9
    assert Division((frozenset(),)).final == ()
