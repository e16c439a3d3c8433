"""Keeps the film flat, its points on top of it and the layers locked, whatever napari's own tools do to them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.gui import canvas

if TYPE_CHECKING:
    from napari.viewer import Viewer

TAKEN_BACK = "The workbench keeps its layers locked and on each other; what napari did to them was taken back."
_PLACE = ("affine", "rotate", "scale", "shear", "translate", "units")


class Steady(QObject):
    """Puts our layers and the viewer back when something shifted, turned, unlocked or reordered them.

    Parameters
    ----------
    viewer
        The napari viewer.
    spacing
        Gives the scale and the unit that every layer has now.
    parent
        Owner.
    """

    refused = Signal(str)

    def __init__(
        self, viewer: "Viewer", spacing: Callable[[], tuple[tuple[float, float], str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._spacing = spacing
        # Not inside the event: napari still works on the layer.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._refuse)
        for changed in (viewer.dims.events.ndisplay, viewer.dims.events.order, viewer.canvas.grid.events.enabled):
            changed.connect(self._on_change)
        viewer.layers.events.reordered.connect(self._on_change)

    def watch(self, layer: Layer) -> None:
        """Hold a layer of ours where it belongs."""
        for name in _PLACE:
            getattr(layer.events, name).connect(self._on_change)
        layer.events.locked.connect(self._on_lock)

    def restore(self) -> bool:
        """Lay all our layers on each other; whether anything had to be moved."""
        scale, unit = self._spacing()
        ours = [layer for layer in self._viewer.layers if canvas.is_ours(layer)]
        moved = [canvas.align(layer, scale, unit) for layer in ours]
        return any(moved)

    def _on_change(self, _event: object = None) -> None:
        self._later.start()

    def _on_lock(self, event: Any) -> None:
        """At once, before the layer can be deleted."""
        if not event.source.locked:
            event.source.locked = True
            self.refused.emit(TAKEN_BACK)

    def _refuse(self) -> None:
        if any(canvas.is_ours(layer) for layer in self._viewer.layers):
            turned = canvas.lay_flat(self._viewer)
            stacked = canvas.stack(self._viewer)
            if self.restore() or turned or stacked:
                self.refused.emit(TAKEN_BACK)
