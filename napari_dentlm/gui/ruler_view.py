"""Shows what a tool's clicks have said so far: the ends of a ruler, or the first of two contours."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Shapes

from napari_dentlm.core.annotation import Point
from napari_dentlm.gui import canvas
from napari_dentlm.gui.axes import to_napari

if TYPE_CHECKING:
    from napari.viewer import Viewer

_COLOUR = "#F0E442"
# Pixels of the screen.
_TICK_PX, _WIDTH_PX = 8.0, 2.0


class RulerView:
    """A line with ticks; nobody edits it.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self.layer: Shapes | None = None

    def show(self, ends: Sequence[Point], zoom: float, dress: Callable[[Shapes], None]) -> None:
        """Show a tick at each end and the line between two; nothing without ends.

        Parameters
        ----------
        ends
            At most two places, pixels of the film.
        zoom
            Screen pixels per film pixel.
        dress
            Gives a new layer its keys, scale and unit.
        """
        if self.layer is not None:
            self.layer.data = []
        if not ends:
            return
        if self.layer is None or self.layer not in self._viewer.layers:
            self.layer = self._new_layer(dress)
        places = np.array([(end.x, end.y) for end in ends])
        tick = np.array([_TICK_PX, _TICK_PX]) / zoom
        lines = [np.array([place - tick, place + tick]) for place in places]
        lines += [np.array([place - tick * (1, -1), place + tick * (1, -1)]) for place in places]
        lines += [places] if len(places) > 1 else []
        self.layer.add(
            [to_napari(line) for line in lines], shape_type="line", edge_color=_COLOUR, edge_width=_WIDTH_PX / zoom
        )
        self.layer.selected_data = set()

    def _new_layer(self, dress: Callable[[Shapes], None]) -> Shapes:
        layer = Shapes(name="Ruler", ndim=2)
        layer.editable = False
        canvas.add(self._viewer, layer, canvas.Role.RULER, dress)
        return layer
