"""Shows the film: one grey and one colour layer whose pixels are exchanged, never added anew."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image as ImageLayer
from numpy.typing import NDArray

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui import canvas
from napari_dentlm.gui.looks import PLAIN, Look

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_dentlm.core.imaging import Image


class FilmView:
    """The picture in the viewer.

    A grey layer cannot become a colour one in napari, so there are two, and one of them is shown. Exchanging the
    pixels takes a tenth of the time of a new layer and keeps memory flat. Only what differs is set, because napari
    draws a layer anew with every setting. Looks are for films; photos stay plain.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._layers: dict[bool, ImageLayer] = {}
        self._image: Image | None = None
        self.look = PLAIN
        self._copy: tuple[object, NDArray[Any], tuple[float, float]] | None = None

    def show(self, image: "Image", dress: Callable[[ImageLayer], None]) -> None:
        """Show a film in the look that was chosen last.

        Parameters
        ----------
        image
            The film.
        dress
            Gives a new layer its keys, scale and unit.
        """
        self._image = image
        colour = image.pixels.ndim == 3
        layer = self._layers.get(colour)
        if layer is None or layer not in self._viewer.layers:
            role = canvas.Role.PHOTO if colour else canvas.Role.FILM
            layer = self._layers[colour] = ImageLayer(image.pixels, name="Photo" if colour else "Film", rgb=colour)
            canvas.add(self._viewer, layer, role, dress)
        if not colour:
            self._dress_up(layer, image)
        elif layer.data is not image.pixels:
            layer.data = image.pixels
        for other in self._layers.values():
            if other.visible != (other is layer):
                other.visible = other is layer

    def set_look(self, look: Look) -> None:
        """Show this film and the next ones in another look."""
        self.look = look
        layer = self._layers.get(False)
        if self._image is not None and self._image.pixels.ndim == 2 and layer is not None:
            self._dress_up(layer, self._image)

    def clear(self) -> None:
        """Show nothing; the layers stay."""
        self._image = self._copy = None
        for layer in self._layers.values():
            layer.visible = False

    def _dress_up(self, layer: ImageLayer, image: "Image") -> None:
        # The sliders change neither: only a look with its own copy, or another film, exchanges pixels.
        pixels, window = self._pixels(image)
        if layer.data is not pixels:
            layer.data = pixels
        low, high = self.look.limits(window)
        reach = [min(low, 0.0), max(high, float(np.iinfo(pixels.dtype).max))]
        colormap = "gray_r" if self.look.invert else "gray"
        if layer.contrast_limits_range != reach:
            layer.contrast_limits_range = reach
        if layer.contrast_limits != [low, high]:
            layer.contrast_limits = (low, high)
        if layer.gamma != self.look.gamma:
            layer.gamma = self.look.gamma
        if layer.colormap.name != colormap:
            layer.colormap = colormap

    def _pixels(self, image: "Image") -> tuple[NDArray[Any], tuple[float, float]]:
        """Pixels and window to show; the copy that some looks need is made once."""
        if not self.look.needs_copy:
            self._copy = None
            return image.pixels, image.window
        made_for = (image.image_id, image.frame, image.window, self.look.local_contrast, self.look.sharpen)
        if self._copy is None or self._copy[0] != made_for:
            self._copy = (made_for, *self.look.pixels(image.pixels, image.window))
        return self._copy[1:]


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
