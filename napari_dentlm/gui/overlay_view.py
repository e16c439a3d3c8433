"""The face-area window and the lines of the tracing, in one layer that is rebuilt from the truth."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Shapes
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.gui.axes import to_napari
from napari_dentlm.gui.canvas import mark

if TYPE_CHECKING:
    from napari.viewer import Viewer

_WINDOW_COLOUR = "#E69F00"
_LINE_COLOUR = "#9FB8C8"
# Of the film's height.
_THICKNESS = 1 / 600


class OverlayView:
    """Draws polygons and polylines; nobody edits them.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self.layer: Shapes | None = None
        self.show_window = True
        self.show_tracing = False
        self._drawn: list[NDArray[np.float64]] = []

    def render(
        self,
        annotation: Annotation,
        window: NDArray[np.float64] | None,
        size: tuple[int, int],
        dress: Callable[[Shapes], None],
    ) -> None:
        """Rebuild the layer.

        Parameters
        ----------
        annotation
            Gives the lines of the tracing.
        window
            (4, 2) float64, x then y, pixels: corners of the face area; None where unknown. Drawn as far as the film
            goes, because napari fits its view to all that is drawn.
        size
            Width and height of the film, pixels.
        dress
            Gives a new layer its keys, scale and unit.
        """
        windows = []
        if self.show_window and window is not None:
            windows = [to_napari(np.clip(window, 0, np.array(size) - 1))]
        lines = _lines(annotation) if self.show_tracing else []
        shapes = [*windows, *lines]
        if shapes and (self.layer is None or self.layer not in self._viewer.layers):
            self.layer = self._new_layer(dress)
        if self.layer is None or (_same(shapes, self._drawn) and len(self.layer.data) == len(shapes)):
            return
        self.layer.data, self._drawn = [], shapes
        if shapes:
            self.layer.add(
                shapes,
                shape_type=["polygon"] * len(windows) + ["path"] * len(lines),
                edge_color=[_WINDOW_COLOUR] * len(windows) + [_LINE_COLOUR] * len(lines),
                face_color="transparent",
                edge_width=size[1] * _THICKNESS,
            )
            self.layer.selected_data = set()

    def clear(self) -> None:
        """Draw nothing."""
        if self.layer is not None:
            self.layer.data, self._drawn = [], []

    def _new_layer(self, dress: Callable[[Shapes], None]) -> Shapes:
        layer = Shapes(name="Face area and tracing", ndim=2, opacity=0.8)
        mark(layer, "overlay")
        dress(layer)
        self._drawn = []
        active = self._viewer.layers.selection.active
        self._viewer.layers.insert(_above_films(self._viewer), layer)
        # A layer that is added becomes the active one; the points keep the keyboard.
        self._viewer.layers.selection.active = active
        return layer


def _above_films(viewer: "Viewer") -> int:
    from napari.layers import Image

    return sum(isinstance(layer, Image) for layer in viewer.layers)


def _lines(annotation: Annotation) -> list[NDArray[np.float64]]:
    """Polylines of the scheme through the landmarks that have a position."""
    lines = []
    for link in annotation.scheme.links:
        positions = [annotation.landmarks[key].position for key in link.keys]
        points = [(point.x, point.y) for point in positions if point is not None]
        if len(points) > 1:
            lines.append(to_napari(points))
    return lines


def _same(a: list[NDArray[np.float64]], b: list[NDArray[np.float64]]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
