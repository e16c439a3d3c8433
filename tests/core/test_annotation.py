"""Landmarks and annotations that exist are valid."""

import math

import numpy as np
import pytest

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State, midpoint
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
HERE = Point(1, 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_point_is_finite(bad: float):
    with pytest.raises(ValueError, match="finite"):
        Point(bad, 0)
    with pytest.raises(ValueError, match="finite"):
        Point(0, bad)


def test_a_point_holds_plain_floats():
    point = Point(np.float32(1.5), np.int64(2))
    assert (type(point.x), type(point.y)) == (float, float)
    assert point == Point(1.5, 2.0)


@pytest.mark.parametrize("state", list(State))
def test_state_and_position_agree(state: State):
    who = "anna" if state is State.CONFIRMED else ""
    wanted = state not in (State.NOT_VISIBLE, State.OUTSIDE, State.NOT_ASSESSED)
    Landmark("Go", state, HERE if wanted else None, confirmed_by=who)
    with pytest.raises(ValueError, match="position"):
        Landmark("Go", state, None if wanted else HERE, confirmed_by=who)


def test_only_a_confirmed_landmark_names_who_confirmed_it():
    with pytest.raises(ValueError, match="confirmed_by"):
        Landmark("Go", State.CONFIRMED, HERE)
    with pytest.raises(ValueError, match="confirmed_by"):
        Landmark("Go", State.CORRECTED, HERE, confirmed_by="anna")


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf])
def test_an_expected_error_is_a_radius(radius: float):
    with pytest.raises(ValueError, match="expected error"):
        Landmark("Go", State.PREDICTED, HERE, expected_error_px=radius)


@pytest.mark.parametrize("state", [State.PREDICTED, State.CORRECTED, State.PLACED])
def test_a_landmark_is_the_midpoint_of_its_contours(state: State):
    sides = Point(0, 1), Point(3, 5)
    assert midpoint(*sides) == Point(1.5, 3)
    assert Landmark("Go", state, Point(1.5, 3), sides=sides).sides == sides
    Landmark("Go", state, Point(1.5 + 9e-7, 3), sides=sides)
    with pytest.raises(ValueError, match="not the midpoint"):
        Landmark("Go", state, Point(1.5 + 2e-6, 3), sides=sides)


def test_a_landmark_without_a_position_has_no_contours():
    with pytest.raises(ValueError, match="not the midpoint"):
        Landmark("Go", State.NOT_VISIBLE, None, sides=(HERE, HERE))


def test_touched_means_a_reader_acted():
    assert not Landmark("Go", State.PREDICTED, HERE).touched
    assert not Landmark("Go", State.NOT_ASSESSED, None).touched
    for state in (State.CORRECTED, State.PLACED):
        assert Landmark("Go", state, HERE).touched
    for state in (State.NOT_VISIBLE, State.OUTSIDE):
        assert Landmark("Go", state, None).touched
    assert Landmark("Go", State.CONFIRMED, HERE, confirmed_by="anna").touched


def test_an_annotation_holds_every_landmark_in_order_and_missing_ones_explicitly():
    annotation = Annotation.of(SCHEME, "id", [Landmark("Go", State.PLACED, HERE)])
    assert tuple(annotation.landmarks) == SCHEME.keys
    assert annotation.landmarks["S"].state is State.NOT_ASSESSED
    points = annotation.points()
    assert points.shape == (19, 2)
    assert points[SCHEME.index("Go")].tolist() == [1, 2]
    assert np.isnan(points).sum() == 36


def test_points_of_chosen_states_only():
    marks = [Landmark("Go", State.PLACED, HERE), Landmark("S", State.PREDICTED, HERE)]
    points = Annotation.of(SCHEME, "id", marks).points({State.PLACED})
    assert np.isfinite(points).all(axis=1).nonzero()[0].tolist() == [SCHEME.index("Go")]


def test_with_landmark_leaves_the_old_annotation_as_it_was():
    before = Annotation(SCHEME, "id")
    after = before.with_landmark(Landmark("Go", State.PLACED, HERE))
    assert before.landmarks["Go"].state is State.NOT_ASSESSED
    assert after.landmarks["Go"].position == HERE
    with pytest.raises(TypeError):
        after.landmarks["Go"] = before.landmarks["Go"]


def test_landmarks_of_another_scheme_or_under_another_key_are_refused():
    with pytest.raises(ValueError, match="Xi"):
        Annotation(SCHEME, "id", landmarks={"Xi": Landmark("Xi", State.NOT_ASSESSED, None)})
    with pytest.raises(ValueError, match="Me"):
        Annotation(SCHEME, "id", landmarks={"Me": Landmark("Go", State.NOT_ASSESSED, None)})


def test_an_annotation_is_as_reviewed_as_its_weakest_landmark():
    confirmed = [Landmark(key, State.CONFIRMED, HERE, confirmed_by="anna") for key in SCHEME.keys]
    annotation = Annotation.of(SCHEME, "id", confirmed)
    assert annotation.weakest_state() is State.CONFIRMED
    assert annotation.with_landmark(Landmark("Go", State.OUTSIDE, None)).weakest_state() is State.OUTSIDE
    predicted = annotation.with_landmark(Landmark("Go", State.PREDICTED, HERE))
    assert predicted.weakest_state() is State.PREDICTED
