"""Holds the landmarks as napari points, unseen, and turns what the reader does to them into requests.

The layer is what the mouse grabs; `MarksView` and `NamesView` draw. It is rendered from the annotation, and whatever
napari's own tools do to it is either turned into a request (a drag, an added point) or rendered away. Landmarks
without a position have no row.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Points
from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation, Landmark, Point
from napari_dentlm.gui import canvas
from napari_dentlm.gui.axes import from_napari, to_napari

if TYPE_CHECKING:
    from napari.viewer import Viewer

# For napari's own select tool, on the screen.
SIZE_PX = 24.0
GRAB_PX = 14.0
# A press that moves less than this is a click; a trembling hand moves no point.
DRAG_PX = 3.0
DELETED = "Points are never deleted. Press N to mark the point as not visible, or O as outside the image."
ADDED = "Points are placed with A and a click; each landmark exists once."
TRANSFORMED = "Points cannot be shifted as a whole."


class PointsView(QObject):
    """The layer that is grabbed: invisible points where the marks are drawn.

    Parameters
    ----------
    viewer
        The napari viewer.
    parent
        Owner.
    """

    selected = Signal(str)
    dragged = Signal(str, object)  # key, Point under the mouse, before the release
    moved = Signal(str, object)  # key, Point
    placed = Signal(object)  # Point, for the current landmark
    clicked_beside = Signal(object)  # Point, where no mark is
    refused = Signal(str)
    shown = Signal(bool)

    def __init__(self, viewer: "Viewer", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self.layer: Points | None = None
        self.placing = False
        self._current = ""
        self._keys: tuple[str, ...] = ()
        self._rendered = np.empty((0, 2))
        self._rendering = False
        self._sized_for = 1.0
        self._dragging = False
        self._annotation: Annotation | None = None

    @property
    def dragging(self) -> bool:
        """Whether the reader holds a mark; the view must not move under his hand then."""
        return self._dragging

    def render(self, annotation: Annotation | None, current: str) -> None:
        """Hold the landmarks that have a position; the current one is grabbed first where several lie together."""
        self._annotation, self._current = annotation, current
        if self.layer is None or not self.layer.visible:
            return
        marks = [] if annotation is None else _with_position(annotation)
        self._rendering = True
        try:
            self._fill(self.layer, marks)
        finally:
            self._rendering = False

    def ensure_layer(self, dress: Callable[[Points], None]) -> Points:
        """Make the layer, or make it anew after the user removed it; `dress` gives it its keys, scale and unit."""
        if self.layer is None or self.layer not in self._viewer.layers:
            self.layer = layer = self._new_layer()
            self._keys = ()
            canvas.add(self._viewer, layer, canvas.Role.POINTS, dress)
            self._viewer.layers.selection.active = layer
        return self.layer

    def attach_mouse(self, layer: Any) -> None:
        """Let the marks be grabbed while `layer` is the active one."""
        if self._on_mouse not in layer.mouse_drag_callbacks:
            layer.mouse_drag_callbacks.append(self._on_mouse)

    def _new_layer(self) -> Points:
        layer = Points(
            np.empty((0, 2)),
            ndim=2,
            name="Landmarks",
            face_color="transparent",
            border_color="transparent",
            features={"name": np.empty(0, dtype=object)},
        )
        layer.events.data.connect(self._on_data)
        layer.events.mode.connect(self._on_mode)
        layer.events.visible.connect(self._on_visible)
        self.attach_mouse(layer)
        return layer

    def _fill(self, layer: Points, marks: list[Landmark]) -> None:
        """Set what differs from what the layer holds; napari redraws after every single assignment."""
        keys = tuple(landmark.key for landmark in marks)
        points = [(landmark.position.x, landmark.position.y) for landmark in marks if landmark.position is not None]
        self._rendered = to_napari(np.reshape(np.array(points, dtype=np.float64), (-1, 2)))
        if layer.selected_data:
            layer.selected_data = set()
        if not np.array_equal(layer.data, self._rendered):
            canvas.move_points(layer, self._rendered)
        if marks and keys != self._keys:
            layer.features = {"name": np.array(keys, dtype=object)}
            self._set_sizes(layer)
        self._keys = keys

    def fit_sizes(self) -> None:
        """Keep what napari's select tool can grab about as large on the screen, after the zoom changed."""
        if self.layer is not None and self._keys and abs(np.log(self._zoom() / self._sized_for)) > 0.3:
            self._set_sizes(self.layer)

    def _set_sizes(self, layer: Points) -> None:
        self._sized_for = self._zoom()
        layer.size = SIZE_PX / self._sized_for

    def _zoom(self) -> float:
        """Screen pixels per pixel of the film."""
        spacing = 1.0 if self.layer is None else float(np.abs(self.layer.scale[-2:]).min())
        return canvas.pixels_per_world(self._viewer) * spacing

    # ---- the reader's own way: press on a mark, or click in place mode -----------------------------------------

    def _on_mouse(self, layer: Any, event: Any) -> Iterator[None]:
        """Napari's hook for press, moves and release."""
        if self._annotation is None or event.button != 1 or str(layer.mode) != "pan_zoom":
            return
        if self.placing:
            yield from self._click(layer, event, self.placed)
            return
        start = from_napari(layer.world_to_data(event.position)[-2:])
        key = self._hit(start, layer)
        if key:
            yield from self._drag(layer, event, key, start)
        else:
            yield from self._click(layer, event, self.clicked_beside)

    @property
    def _film(self) -> tuple[str, int] | None:
        """Which film is shown; a press that outlives its film must not write to the next one."""
        return None if self._annotation is None else (self._annotation.image_id, self._annotation.frame)

    def _click(self, layer: Any, event: Any, told: Any) -> Iterator[None]:
        """Tell where a press was released that did not move; one that moves pans the view."""
        pressed, film = np.array(event.pos), self._film
        yield
        while event.type == "mouse_move":
            yield
        if self._film == film and np.linalg.norm(np.array(event.pos) - pressed) <= DRAG_PX:
            told.emit(Point(*from_napari(layer.world_to_data(event.position)[-2:])))

    def _drag(self, layer: Any, event: Any, key: str, start: np.ndarray) -> Iterator[None]:
        """Move one mark with the mouse; the request goes out at release."""
        event.handled = True
        pressed, film = np.array(event.pos), self._film
        self._dragging = True
        self.selected.emit(key)
        origin = from_napari(self._rendered[self._keys.index(key)])
        moving = False
        try:
            yield
            while event.type == "mouse_move":
                event.handled = True
                moving = moving or np.linalg.norm(np.array(event.pos) - pressed) > DRAG_PX
                if moving and self._film == film:
                    xy = origin + from_napari(layer.world_to_data(event.position)[-2:]) - start
                    self.dragged.emit(key, Point(*xy))
                yield
        finally:
            self._dragging = False
        if moving and self._film == film:
            self.moved.emit(key, Point(*(origin + from_napari(layer.world_to_data(event.position)[-2:]) - start)))

    def _hit(self, xy: np.ndarray, layer: Any) -> str:
        """Key of the mark under the mouse; the nearest of several, the current one when in doubt."""
        if not self._keys or self.layer is None or not self.layer.visible:
            return ""
        scale = np.abs(from_napari(layer.scale[-2:])) * canvas.pixels_per_world(self._viewer)
        distances = np.linalg.norm((from_napari(self._rendered) - xy) * scale, axis=1)
        if self._current in self._keys:
            distances[self._keys.index(self._current)] -= 2.0
        nearest = int(np.argmin(distances))
        return self._keys[nearest] if distances[nearest] <= GRAB_PX else ""

    # ---- napari's own tools ------------------------------------------------------------------------------------

    def _on_data(self, event: Any) -> None:
        """Turn napari's own edits into requests, and render the rest away."""
        if self._rendering or self.layer is None:
            return
        action = str(getattr(event.action, "value", event.action))
        if action == "changed":
            self._requests_of_drag(self.layer)
        elif action == "added" and str(self.layer.mode) == "add":
            self.placed.emit(Point(*from_napari(self.layer.data[-1])))
        elif action == "added":
            self.refused.emit(ADDED)
        elif action == "removed":
            self.refused.emit(DELETED)
        else:
            return
        # Not inside the event: napari still works on the layer.
        QTimer.singleShot(0, self.rerender)

    def _requests_of_drag(self, layer: Points) -> None:
        data = np.array(layer.data)
        if data.shape != self._rendered.shape:
            return
        changed = np.flatnonzero((data != self._rendered).any(axis=1))
        for key, xy in [(self._keys[row], from_napari(data[row])) for row in changed]:
            self.moved.emit(key, Point(*xy))

    def _on_mode(self, _event: Any) -> None:
        if self.layer is not None and str(self.layer.mode) == "transform":
            QTimer.singleShot(0, self._leave_transform)

    def _leave_transform(self) -> None:
        if self.layer is not None:
            self.layer.mode = "pan_zoom"
            self.refused.emit(TRANSFORMED)

    def _on_visible(self, _event: Any) -> None:
        if self.layer is not None:
            self.rerender()
            self.shown.emit(bool(self.layer.visible))

    def rerender(self) -> None:
        """Show the truth again, whatever napari did to the layer."""
        self._keys = ()
        self.render(self._annotation, self._current)


def _with_position(annotation: Annotation) -> list[Landmark]:
    return [landmark for landmark in annotation.landmarks.values() if landmark.position is not None]
