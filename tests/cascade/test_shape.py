"""The face frame follows the face: size, place, tilt, and the pose that the film was stored in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.transform import Transform2D
from sample_data import generate_film

SHAPES = np.stack([generate_film(seed).points for seed in range(6000, 6006)])
SHAPE = FaceShape.fit(SHAPES, np.full(len(SHAPES), 0.1))


@given(st.floats(0.3, 4), st.floats(-25, 25), st.floats(-500, 500), st.floats(-500, 500))
def test_frame_of_a_moved_face(scale, angle, dx, dy):
    turn = np.deg2rad(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = SHAPE.mean @ rotation.T * scale + [dx, dy]
    frame = SHAPE.frame(points)
    assert frame.unit == pytest.approx(scale)
    assert frame.angle == pytest.approx(angle, abs=1e-6)
    assert np.allclose(frame.centre, [dx, dy], atol=1e-6)


def test_frame_from_a_few_points_is_near_the_frame_from_all():
    points = SHAPES[0].copy()
    whole = SHAPE.frame(points)
    points[3:] = np.nan
    part = SHAPE.frame(points)
    assert part.unit == pytest.approx(whole.unit, rel=0.15)
    assert np.linalg.norm(part.centre - whole.centre) < 15 * whole.unit


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_pose_is_read_off_the_points(rotation, mirrored):
    width, height = (1935, 2400) if rotation in (0, 180) else (2400, 1935)
    stored = Transform2D.upright(width, height, rotation, mirrored).inverse().apply(SHAPES[0])
    assert SHAPE.pose(stored) == (rotation, mirrored)


def test_a_scrambled_face_is_far_from_the_average():
    scrambled = np.random.default_rng(0).permutation(SHAPES[0])
    assert SHAPE.distance(SHAPES[0]) < 8 < 20 < SHAPE.distance(scrambled)
