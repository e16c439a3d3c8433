"""What part of the film the reader sees, and how large."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Point
from napari_dentlm.gui import canvas

if TYPE_CHECKING:
    from napari.viewer import Viewer

# Pixels of the screen per pixel of the film at which a point is judged.
REVIEW_ZOOM = 2.0
_MARGIN = 0.05
_BORDER = 0.1
_WHOLE = 0.02


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reader looks, whatever the size of the film.

    Parameters
    ----------
    centre
        (2,) float64, x then y: middle of the view as a part of the film's width and height.
    zoom
        Zoom as a multiple of the one that shows the whole film.
    """

    centre: NDArray[np.float64]
    zoom: float


class FilmCamera:
    """Moves napari's camera in terms of the film.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._size: NDArray[np.float64] | None = None
        self._spacing = np.array([1.0, 1.0])
        self._canvas = canvas.size(viewer)

    def set_film(self, size: tuple[int, int], scale: tuple[float, float]) -> None:
        """Take over a film: the first one is shown whole, of the next ones the same place.

        Parameters
        ----------
        size
            Width and height, pixels.
        scale
            Units of the world that a pixel is worth, row then column, as the layers have it.
        """
        place = None if self._size is None else self.place
        new_size, new_spacing = np.array(size, dtype=np.float64), np.array(scale[::-1], dtype=np.float64)
        same = np.array_equal(new_size, self._size) and np.array_equal(new_spacing, self._spacing)
        self._size, self._spacing = new_size, new_spacing
        if place is None:
            self.fit()
        elif not same:
            self.restore(place)

    @property
    def pixel(self) -> NDArray[np.float64]:
        """Film pixels, x and y, that one pixel of the screen is worth."""
        return np.asarray(1 / (canvas.pixels_per_world(self._viewer) * self._spacing))

    @property
    def zoom_px(self) -> float:
        """Pixels of the screen per pixel of the film."""
        return float(1 / self.pixel.max())

    @property
    def place(self) -> Place:
        """Where the reader looks now."""
        return self._place_on(canvas.size(self._viewer))

    def fit(self) -> None:
        """Show the whole film."""
        self.restore(Place(np.array([0.5, 0.5]), 1.0))

    def follow_canvas(self) -> None:
        """After a change of the canvas's size, show a film whole that was shown whole before."""
        before, self._canvas = self._canvas, canvas.size(self._viewer)
        place = self._place_on(before)
        # napari's own home button leaves a margin a little different from ours.
        if self._size is not None and abs(place.zoom - 1) < _WHOLE and float(np.abs(place.centre - 0.5).max()) < _WHOLE:
            self.fit()

    def restore(self, place: Place) -> None:
        """Look at the same place of another film."""
        self._look_at(place.centre * self._film, place.zoom * self._fitting_zoom(canvas.size(self._viewer)))

    def show_point(self, point: Point, zoom_px: float = REVIEW_ZOOM) -> None:
        """Bring a point to the middle, at a zoom in screen pixels per film pixel."""
        self._look_at(np.array([point.x, point.y]), zoom_px / float(self._spacing.min()))

    def holds(self, point: Point, border: float = 0.0) -> bool:
        """Whether a point is in view.

        Parameters
        ----------
        point
            Of the film.
        border
            Part of the view's width and height, at every side, that does not count.
        """
        offset = (np.array([point.x, point.y]) - self._centre) / self.pixel
        return bool(np.all(np.abs(offset) <= (0.5 - border) * canvas.size(self._viewer)[::-1]))

    def ensure_visible(self, point: Point) -> None:
        """Move the view to a point that is out of sight or close to the border; the zoom is kept."""
        if not self.holds(point, _BORDER):
            self._look_at(np.array([point.x, point.y]), None)

    @property
    def _film(self) -> NDArray[np.float64]:
        """Width and height of the film, pixels."""
        return np.ones(2) if self._size is None else self._size

    def _place_on(self, size: NDArray[np.float64]) -> Place:
        """Where the reader looks, for a canvas of this height and width, screen pixels."""
        return Place(self._centre / self._film, canvas.pixels_per_world(self._viewer) / self._fitting_zoom(size))

    def _fitting_zoom(self, size: NDArray[np.float64]) -> float:
        return (1 - _MARGIN) * float(np.min(size[::-1] / (self._film * self._spacing)))

    @property
    def _centre(self) -> NDArray[np.float64]:
        """Middle of the view, x then y, film pixels."""
        return np.asarray(canvas.centre(self._viewer)[::-1] / self._spacing)

    def _look_at(self, xy: NDArray[np.float64], zoom: float | None) -> None:
        canvas.look_at(self._viewer, (xy * self._spacing)[::-1], zoom)
