"""Keeps napari's canvas the place where its drawing is taken down, when layers are removed."""

import weakref
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject
from qtpy.QtOpenGLWidgets import QOpenGLWidget
from qtpy.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from napari.viewer import Viewer


class DrawingContext(QObject):
    """Makes the canvas's OpenGL context the current one before a layer goes.

    napari 0.9.2 carries out what waits to be drawn or deleted as soon as a layer is removed, in whatever context is
    current. Between two paintings that is Qt's own for the window. A program deleted there is still in use on the
    canvas, and the next drawing can end the process with a segmentation fault.

    Parameters
    ----------
    viewer
        The napari viewer.
    parent
        Owner.
    """

    def __init__(self, viewer: "Viewer", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window: weakref.ref[QMainWindow] | None = None
        viewer.layers.events.removing.connect(self._enter)

    def watch(self, window: QMainWindow) -> None:
        """Look for the canvas in this window."""
        self._window = weakref.ref(window)
        # Python may hold a window that Qt has deleted already when the last layers go.
        window.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._window = None

    def _enter(self, _event: object) -> None:
        window = None if self._window is None else self._window()
        # Nothing was drawn in a window that was never shown.
        if window is not None and window.isVisible():
            for canvas in window.centralWidget().findChildren(QOpenGLWidget):
                canvas.makeCurrent()
