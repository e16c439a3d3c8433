"""Shows the film: one grey and one colour layer whose pixels are exchanged, never added anew."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image as ImageLayer

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui.canvas import mark

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_dentlm.core.imaging import Image


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

    def show(self, image: "Image", dress: Callable[[ImageLayer], None]) -> bool:
        """Show a film; True when its size differs from the last one's, so that the view should be fitted.

        Parameters
        ----------
        image
            The film.
        dress
            Gives a new layer its keys, scale and unit.
        """
        colour = image.pixels.ndim == 3
        layer = self._layers.get(colour)
        if layer is None or layer not in self._viewer.layers:
            layer = self._layers[colour] = self._new_layer(image, colour)
            dress(layer)
            self._viewer.layers.insert(0, layer)
        else:
            layer.data = image.pixels
        if not colour:
            self._set_window(layer, image)
        for other in self._layers.values():
            other.visible = other is layer
        shape = (image.height, image.width)
        fresh, self._shape = self._shape != shape, shape
        return fresh

    def clear(self) -> None:
        """Show nothing; the layers stay."""
        for layer in self._layers.values():
            layer.visible = False

    @staticmethod
    def _new_layer(image: "Image", colour: bool) -> ImageLayer:
        layer = ImageLayer(image.pixels, name="Photo" if colour else "Film", rgb=colour)
        mark(layer, "photo" if colour else "film")
        return layer

    @staticmethod
    def _set_window(layer: ImageLayer, image: "Image") -> None:
        low, high = image.window
        layer.contrast_limits_range = (0, int(np.iinfo(image.pixels.dtype).max))
        layer.contrast_limits = (low, max(high, low + 1))


def layer_data(image: "Image") -> tuple[Any, dict[str, Any], str]:
    """An image as a reader plugin hands it to napari."""
    scale, unit = spacing(image.calibration)
    options: dict[str, Any] = {"name": image.path.name, "scale": scale, "units": (unit, unit)}
    if image.pixels.ndim == 3:
        return image.pixels, {**options, "rgb": True}, "image"
    return image.pixels, {**options, "colormap": "gray", "contrast_limits": image.window}, "image"


def spacing(calibration: Calibration | None) -> tuple[tuple[float, float], str]:
    """Scale and unit for every layer: mm with a calibration, else pixels."""
    if calibration is None or calibration.row_mm is None or calibration.column_mm is None:
        return (1.0, 1.0), "pixel"
    return (calibration.row_mm, calibration.column_mm), "mm"
