"""The normalised mean error of points on faces."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.nme import eyes_apart, nme_table, relative_errors
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme("ibug68")


def _faces(count: int) -> np.ndarray:
    points = np.random.default_rng(0).uniform(0, 100, (count, 68, 2))
    points[:, 36], points[:, 45] = (10, 50), (60, 50)
    return points


def test_errors_are_relative_to_the_outer_corners_of_the_eyes():
    truth = _faces(3)
    assert np.allclose(eyes_apart(truth, SCHEME), 50)
    assert np.allclose(relative_errors(truth + np.array([3.0, 4.0]), truth, SCHEME), 10)


@given(st.floats(0.1, 50), st.floats(-3, 3))
def test_size_and_turn_of_a_face_do_not_matter(scale: float, angle: float):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    truth, found = _faces(2), _faces(2) + np.random.default_rng(1).normal(0, 2, (2, 68, 2))
    plain = relative_errors(found, truth, SCHEME)
    assert np.allclose(relative_errors(found @ turn.T, truth @ turn.T, SCHEME), plain)


def test_no_failure_is_left_out():
    errors = np.full((4, 68), 2.0)
    errors[1], errors[2, :34] = np.nan, np.nan
    errors[3] = 9.0
    table = nme_table(errors, SCHEME.keys)
    assert (table.faces, table.missing) == (4, 1)
    assert table.failures == 0.5
    assert table.nme == pytest.approx((2 + 2 + 9) / 3)
    assert table.median == 2
    assert set(table.regions) == {"outline", "brows", "nose", "eyes", "mouth"}
    assert "NME" in table.text()


def test_nothing_gives_figures_that_json_can_hold():
    assert json.dumps(nme_table(np.full((0, 68), np.nan), SCHEME.keys).as_dict(), allow_nan=False)
    assert nme_table(np.full((2, 68), np.nan), SCHEME.keys).failures == 1


def test_shapes_and_truths_that_do_not_fit():
    with pytest.raises(ValueError, match="two arrays"):
        relative_errors(_faces(2), _faces(3), SCHEME)
    blind = _faces(1)
    blind[:, 36] = np.nan
    assert np.isnan(relative_errors(_faces(1), blind, SCHEME)).all()
