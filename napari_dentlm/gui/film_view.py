"""Shows the film: one grey and one colour layer whose pixels are exchanged, never added anew."""

from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Image as ImageLayer

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.imaging import Image
from napari_dentlm.gui.canvas import mark

if TYPE_CHECKING:
    from napari.viewer import Viewer


class FilmView:
    """The picture in the viewer.

    A grey layer cannot become a colour one in napari, so there are two, and one of them is shown. Exchanging the
    pixels takes a tenth of the time of a new layer and keeps memory flat.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._layers: dict[bool, ImageLayer] = {}
        self._shape: tuple[int, int] | None = None

    @property
    def layer(self) -> ImageLayer | None:
        """The layer in view."""
        return next((layer for layer in self._layers.values() if layer.visible), None)

    def layers(self) -> list[ImageLayer]:
        """All layers made so far."""
        return list(self._layers.values())

    def show(self, image: Image) -> bool:
        """Show a film; True when its size differs from the last one's, so that the view should be fitted."""
        colour = image.pixels.ndim == 3
        layer = self._layers.get(colour)
        if layer is None or layer not in self._viewer.layers:
            layer = self._layers[colour] = self._add(image, colour)
        else:
            layer.data = image.pixels
        if not colour:
            self._set_window(layer, image)
        for other in self._layers.values():
            other.visible = other is layer
        fresh = self._shape != image.pixels.shape[:2]
        self._shape = (image.height, image.width)
        return fresh

    def clear(self) -> None:
        """Show nothing; the layers stay."""
        for layer in self._layers.values():
            layer.visible = False

    def _add(self, image: Image, colour: bool) -> ImageLayer:
        layer = ImageLayer(image.pixels, name="Photo" if colour else "Film", rgb=colour)
        mark(layer, "photo" if colour else "film")
        self._viewer.layers.insert(0, layer)
        return layer

    @staticmethod
    def _set_window(layer: ImageLayer, image: Image) -> None:
        low, high = image.window
        layer.contrast_limits_range = (0, int(np.iinfo(image.pixels.dtype).max))
        layer.contrast_limits = (low, max(high, low + 1))


def spacing(calibration: Calibration | None) -> tuple[tuple[float, float], str]:
    """Scale and unit for every layer: mm with a calibration, else pixels."""
    if calibration is None or calibration.row_mm is None or calibration.column_mm is None:
        return (1.0, 1.0), "pixel"
    return (calibration.row_mm, calibration.column_mm), "mm"
