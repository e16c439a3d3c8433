import numpy as np

from napari_dentlm.gui.axes import from_napari, to_napari


def test_x_is_the_column_and_y_the_row():
    np.testing.assert_array_equal(to_napari([[3.0, 7.0]]), [[7.0, 3.0]])
    np.testing.assert_array_equal(from_napari([7.0, 3.0]), [3.0, 7.0])


def test_there_and_back_is_the_same_and_shares_no_memory():
    points = np.random.default_rng(0).uniform(0, 2000, (19, 2))
    there = to_napari(points)
    np.testing.assert_array_equal(from_napari(there), points)
    there[:] = 0
    assert points.any()
