"""What part of the film is seen when the window changes its size."""

import numpy as np
import pytest

from tests.gui import mouse

SIZES = [(1500, 1100), (1000, 700)]


@pytest.mark.parametrize("size", SIZES)
def test_a_film_that_is_shown_whole_stays_so(desk, size):
    desk.viewer.window.resize(*size)
    mouse.settle(desk.viewer)
    place = desk.workbench.scene.camera.place
    assert place.zoom == pytest.approx(1.0)
    np.testing.assert_allclose(place.centre, 0.5, atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_a_point_that_is_looked_at_closely_stays_where_it_is(desk, size):
    desk.workbench.scene.fit_point("Go")
    camera = desk.viewer.scene.camera
    before = camera.zoom, camera.center
    desk.viewer.window.resize(*size)
    mouse.settle(desk.viewer)
    assert (camera.zoom, camera.center) == before
