"""Real mouse and key events on napari's canvas; the only place that touches napari's private names."""

import time
from collections.abc import Callable

import numpy as np
from qtpy.QtCore import QEvent, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget

_NONE = Qt.MouseButton.NoButton
_LEFT = Qt.MouseButton.LeftButton


def canvas_of(viewer) -> QWidget:
    return viewer.window._qt_viewer.canvas.native


def settle(viewer, still: int = 10) -> None:
    """Wait until the canvas has its size."""
    canvas, last, same = canvas_of(viewer), None, 0
    for _ in range(200):
        QTest.qWait(5)
        now = (canvas.width(), canvas.height())
        same = same + 1 if now == last else 0
        if same >= still:
            return
        last = now


def on_canvas(viewer, layer, xy) -> np.ndarray:
    """Place of a film pixel (x, y) on the canvas."""
    node = viewer.window._qt_viewer.canvas.layer_to_visual[layer].node
    place = node.transforms.get_transform("visual", "canvas").map([xy[0], xy[1], 0, 1])
    return place[:2] / place[3]


def _send(canvas, kind, place, button, buttons) -> None:
    local = QPointF(float(place[0]), float(place[1]))
    there = QPointF(canvas.mapToGlobal(local.toPoint()))
    event = QMouseEvent(kind, local, there, button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def drag(viewer, start, end, steps: int = 5, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Press at one place of the canvas, move and release at another; `meanwhile` runs before the last move."""
    canvas = canvas_of(viewer)
    _send(canvas, QEvent.Type.MouseMove, start, _NONE, _NONE)
    _send(canvas, QEvent.Type.MouseButtonPress, start, _LEFT, _LEFT)
    for part in np.linspace(0, 1, steps + 1)[1:]:
        if part == 1:
            meanwhile()
        QTest.qWait(15)  # vispy drops moves that follow each other within 10 ms
        _send(canvas, QEvent.Type.MouseMove, start + part * (np.asarray(end) - start), _NONE, _LEFT)
    _send(canvas, QEvent.Type.MouseButtonRelease, end, _LEFT, _NONE)
    QApplication.processEvents()


def move(viewer, place) -> None:
    _send(canvas_of(viewer), QEvent.Type.MouseMove, place, _NONE, _NONE)


def click(viewer, place) -> None:
    canvas = canvas_of(viewer)
    _send(canvas, QEvent.Type.MouseMove, place, _NONE, _NONE)
    _send(canvas, QEvent.Type.MouseButtonPress, place, _LEFT, _LEFT)
    QTest.qWait(15)
    _send(canvas, QEvent.Type.MouseButtonRelease, place, _LEFT, _NONE)
    QApplication.processEvents()


def press(viewer, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    """Press and release a key on the canvas."""
    QTest.keyClick(canvas_of(viewer), key, modifiers)
    QApplication.processEvents()
    QTest.qWait(1)


def pixel_tolerance(viewer, layer) -> float:
    """Film pixels that one and a half canvas pixels are worth; events come at whole canvas pixels."""
    return 1.5 / (viewer.scene.camera.zoom * float(layer.scale[-1]))


def seconds_to_redraw(viewer, act: Callable[[], object], limit: float = 5.0) -> float:
    """Seconds from the start of an act until the canvas has been drawn anew after it."""
    draws = []
    events = viewer.window._qt_viewer.canvas._scene_canvas.events.draw
    events.connect(draws.append, position="last")
    try:
        began = time.perf_counter()
        act()
        # What was drawn inside the act may not show its end.
        draws.clear()
        while not draws and time.perf_counter() - began < limit:
            QApplication.processEvents()
        return time.perf_counter() - began
    finally:
        events.disconnect(draws.append)
