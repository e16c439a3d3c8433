"""A point mapped into a window and back is the same point; a pixel follows its point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.cascade.transform import Pyramid, Transform2D

coordinates = st.floats(-3000, 3000)
angles = st.floats(-180, 180)
sides = st.floats(20, 4000)


@given(coordinates, coordinates, sides, sides, angles, coordinates, coordinates)
def test_window_and_its_inverse_cancel(cx, cy, width, height, angle, x, y):
    transform = Transform2D.window((cx, cy), (width, height), (96, 128), angle)
    point = np.array([[x, y]])
    assert np.allclose(transform.inverse().apply(transform.apply(point)), point, atol=1e-6)


@given(coordinates, coordinates, sides, angles)
def test_window_centre_maps_to_the_middle(cx, cy, side, angle):
    transform = Transform2D.window((cx, cy), side, (101, 101), angle)
    assert np.allclose(transform.apply(np.array([cx, cy])), [50, 50], atol=1e-6)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_upright_undoes_what_was_done_to_the_pixels(rotation, mirrored):
    image = np.zeros((30, 50), dtype=np.uint8)
    image[4, 7] = 200
    posed = image[:, ::-1] if mirrored else image
    posed = np.rot90(posed, -rotation // 90)
    row, column = np.argwhere(posed == 200)[0]
    upright = Transform2D.upright(posed.shape[1], posed.shape[0], rotation, mirrored)
    assert np.allclose(upright.apply(np.array([column, row], dtype=float)), [7, 4])


def test_a_bright_pixel_is_found_where_its_point_is_mapped():
    image = np.zeros((400, 300), dtype=np.uint8)
    image[196:205, 96:105] = 255
    transform = Transform2D.window((110, 190), 80, (160, 160), 20)
    window = Pyramid(image).sample(transform, (160, 160)).astype(float)
    rows, columns = np.mgrid[:160, :160]
    centre = np.array([(columns * window).sum(), (rows * window).sum()]) / window.sum()
    assert np.allclose(centre, transform.apply(np.array([100.0, 200.0])), atol=0.2)


def test_reduced_windows_keep_their_place_at_every_level():
    rows, columns = np.mgrid[:2000, :1600]
    blob = np.exp(-((columns - 700.0) ** 2 + (rows - 900.0) ** 2) / (2 * 60**2))
    pyramid = Pyramid((255 * blob).astype(np.uint8))
    for size in (500, 250, 125, 60):
        transform = Transform2D.window((800, 1000), 1000, (size, size))
        window = pyramid.sample(transform, (size, size)).astype(float)
        y, x = np.mgrid[:size, :size]
        centre = np.array([(x * window).sum(), (y * window).sum()]) / window.sum()
        back = transform.inverse().apply(centre)
        assert np.allclose(back, [700, 900], atol=1.5), size
