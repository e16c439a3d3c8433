"""Watching napari's main window: Qt takes Tab for its focus chain, and closing must not bring layers back."""

import weakref
from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QMainWindow, QWidget

from napari_dentlm.gui.drawing_context import DrawingContext
from napari_dentlm.gui.scene import Scene
from napari_dentlm.gui.shortcuts import Actions, KeyFilter

_WINDOW_KEYS = ("Tab", "Shift+Tab", "F1")


class WindowWatch(QObject):
    """Watches the window that holds the panel.

    Parameters
    ----------
    actions
        What the keys call.
    scene
        Told when the window closes.
    drawing
        Told which window it is.
    shutdown
        Called when the window has closed.
    parent
        Owner.
    """

    def __init__(
        self,
        actions: Actions,
        scene: Scene,
        drawing: DrawingContext,
        shutdown: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._scene = scene
        self._drawing = drawing
        self._shutdown = shutdown
        self._keys = KeyFilter(actions, only=_WINDOW_KEYS, parent=self)
        self._watched: weakref.ref[QMainWindow] | None = None
        self._closed = QTimer(self, singleShot=True, interval=0)
        self._closed.timeout.connect(self._after_close)

    def watch(self, panel: QWidget | None) -> None:
        """Watch the main window of a panel, once."""
        window = _main_window(panel)
        if window is None or (self._watched is not None and self._watched() is window):
            return
        self._watched = weakref.ref(window)
        # Python may hold a window that Qt has deleted already when the close event is answered.
        window.destroyed.connect(self._forget)
        self._drawing.watch(window)
        window.installEventFilter(self)
        window.installEventFilter(self._keys)
        for widget in window.centralWidget().findChildren(QWidget):
            widget.installEventFilter(self._keys)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: notice that the main window closes; never hold an event up."""
        if event.type() == QEvent.Type.Close:
            self._scene.closing = True
            self._closed.start()
        return False

    def _forget(self) -> None:
        self._watched = None

    def _after_close(self) -> None:
        """The close event has been answered: gone, or kept open after all."""
        window = self._watched() if self._watched is not None else None
        if window is not None and window.isVisible():
            self._scene.closing = False
        else:
            self._shutdown()


def _main_window(widget: QWidget | None) -> QMainWindow | None:
    """The window that holds a widget, also when its dock floats."""
    while widget is not None and not isinstance(widget, QMainWindow):
        widget = widget.parentWidget()
    return widget
