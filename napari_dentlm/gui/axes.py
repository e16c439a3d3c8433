"""The only place where x, y of the project and row, column of napari change into each other."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_napari(points_xy: ArrayLike) -> NDArray[np.float64]:
    """Turn points of the project into napari's order.

    Parameters
    ----------
    points_xy
        (..., 2) numbers, x then y, pixels.

    Returns
    -------
    NDArray
        (..., 2) float64, row then column, pixels.
    """
    return np.asarray(points_xy, dtype=np.float64)[..., ::-1].copy()


def from_napari(points_rc: ArrayLike) -> NDArray[np.float64]:
    """Turn points of napari into the project's order.

    Parameters
    ----------
    points_rc
        (..., 2) numbers, row then column, pixels.

    Returns
    -------
    NDArray
        (..., 2) float64, x then y, pixels.
    """
    return np.asarray(points_rc, dtype=np.float64)[..., ::-1].copy()
