"""The face-area window and the lines of the tracing, in one layer that is rebuilt from the truth."""

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
# The window is as thick as two and the tracing as one thousandth of the film's height.
_THICKNESS = 1 / 1000


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

    def render(self, annotation: Annotation, window: NDArray[np.float64] | None, height: int) -> None:
        """Rebuild the layer.

        Parameters
        ----------
        annotation
            Gives the lines of the tracing.
        window
            (4, 2) float64, x then y, pixels: corners of the face area; None where unknown.
        height
            Of the film, pixels.
        """
        shapes, kinds, colours = [], [], []
        if self.show_window and window is not None:
            shapes, kinds, colours = [to_napari(window)], ["polygon"], [_WINDOW_COLOUR]
        if self.show_tracing:
            lines = _lines(annotation)
            shapes += lines
            kinds += ["path"] * len(lines)
            colours += [_LINE_COLOUR] * len(lines)
        if not shapes and self.layer is None:
            return
        layer = self._layer()
        if _same(shapes, self._drawn) and len(layer.data) == len(shapes):
            return
        layer.data = []
        if shapes:
            layer.add(
                shapes, shape_type=kinds, edge_color=colours, face_color="transparent", edge_width=2 * height * _THICKNESS
            )
        layer.selected_data = set()
        self._drawn = shapes

    def clear(self) -> None:
        """Draw nothing."""
        if self.layer is not None:
            self.layer.data, self._drawn = [], []

    def _layer(self) -> Shapes:
        if self.layer is None or self.layer not in self._viewer.layers:
            self.layer = Shapes(name="Face area and tracing", ndim=2, opacity=0.8)
            mark(self.layer, "overlay")
            self._drawn = []
            active = self._viewer.layers.selection.active
            self._viewer.layers.insert(_above_films(self._viewer), self.layer)
            # A layer that is added becomes the active one; the points keep the keyboard.
            self._viewer.layers.selection.active = active
        return self.layer


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
