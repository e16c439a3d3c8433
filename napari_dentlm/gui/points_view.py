"""Shows the landmarks as napari points and turns what the reader does to them into requests.

The layer is a view: it is rendered from the annotation, and whatever napari's own tools do to it is either turned into
a request (a drag, an added point) or rendered away. Landmarks without a position have no row.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Points
from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation, Landmark, Point
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.axes import from_napari, to_napari
from napari_dentlm.gui.canvas import mark, pixels_per_world

if TYPE_CHECKING:
    from napari.viewer import Viewer

# Sizes on the screen, at any zoom.
SIZE_PX = 14.0
CURRENT_SIZE_PX = 24.0
# Reads on white bone and on black air alike, which no light colour does.
NAME_COLOUR = "#FF3D8B"
NAME_OFFSET_PX = 5.0
GRAB_PX = 14.0
# A press that moves less than this is a click; a trembling hand moves no point.
DRAG_PX = 3.0
DELETED = "Points are never deleted. Press N to mark the point as not visible, or O as outside the image."
ADDED = "Points are placed with A and a click; each landmark exists once."
TRANSFORMED = "Points cannot be shifted as a whole."


class PointsView(QObject):
    """The marks on the film.

    Parameters
    ----------
    viewer
        The napari viewer.
    parent
        Owner.
    """

    selected = Signal(str)
    moved = Signal(str, object)  # key, Point
    placed = Signal(object)  # Point, for the current landmark
    refused = Signal(str)

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
        self._sized_current = ""
        self._looks: object = None
        self._annotation: Annotation | None = None

    def render(self, annotation: Annotation | None, current: str) -> None:
        """Show the landmarks that have a position, and which one is current."""
        self._annotation, self._current = annotation, current
        marks = [] if annotation is None else _with_position(annotation)
        # napari fails on names that change in number while their layer is hidden; see `_on_visible`.
        if self.layer is None or not self.layer.visible:
            return
        self._keys = tuple(landmark.key for landmark in marks)
        points = [(landmark.position.x, landmark.position.y) for landmark in marks if landmark.position is not None]
        self._rendered = to_napari(np.reshape(np.array(points, dtype=np.float64), (-1, 2)))
        self._rendering = True
        try:
            self._fill(self.layer, marks)
        finally:
            self._rendering = False

    def ensure_layer(self, dress: Callable[[Points], None]) -> Points:
        """Make the layer, or make it anew after the user removed it; `dress` gives it its keys, scale and unit."""
        if self.layer is None or self.layer not in self._viewer.layers:
            self.layer = layer = self._new_layer()
            self._looks = None
            dress(layer)
            self._viewer.layers.append(layer)
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
            border_width=0.14,
            antialiasing=1,
            canvas_size_limits=(SIZE_PX / 2, CURRENT_SIZE_PX),
            features={"name": np.empty(0, dtype=object)},
            text={"string": "{name}", "color": NAME_COLOUR, "size": 9, "anchor": "upper_left"},
        )
        mark(layer, "points")
        layer.events.data.connect(self._on_data)
        layer.events.mode.connect(self._on_mode)
        layer.events.affine.connect(self._on_affine)
        layer.events.visible.connect(self._on_visible)
        self.attach_mouse(layer)
        return layer

    def _fill(self, layer: Points, marks: list[Landmark]) -> None:
        """Set what differs from what the layer shows; napari redraws after every single assignment."""
        if layer.selected_data:
            layer.selected_data = set()
        if not np.array_equal(layer.data, self._rendered):
            # A copy: napari's own tools change the array in place.
            layer.data = self._rendered.copy()
        looks = (self._keys, tuple(landmark.state for landmark in marks))
        if marks and looks != self._looks:
            shown = [APPEARANCE[landmark.state] for landmark in marks]
            layer.features = {"name": np.array(self._keys, dtype=object)}
            layer.symbol = [look.symbol for look in shown]
            layer.border_color = [look.colour for look in shown]
            layer.face_color = "transparent"
        if marks and (looks != self._looks or self._current != self._sized_current):
            self._set_sizes(layer)
        self._looks = looks

    def fit_sizes(self, _event: object = None) -> None:
        """Keep the marks as large on the screen as they are, after the zoom changed."""
        if self.layer is not None and self._keys and abs(np.log(self._zoom() / self._sized_for)) > 0.1:
            self._set_sizes(self.layer)

    def _set_sizes(self, layer: Points) -> None:
        self._sized_for, self._sized_current = self._zoom(), self._current
        pixels = [CURRENT_SIZE_PX if key == self._current else SIZE_PX for key in self._keys]
        layer.size = np.array(pixels) / self._sized_for
        # Upwards and to the right, so that the name never covers the point.
        layer.text.translation = np.array([-NAME_OFFSET_PX, NAME_OFFSET_PX]) / self._sized_for

    def _zoom(self) -> float:
        """Screen pixels per pixel of the film."""
        return max(pixels_per_world(self._viewer) * self._spacing(), 1e-6)

    def _spacing(self) -> float:
        return 1.0 if self.layer is None else float(np.abs(self.layer.scale[-2:]).min())

    # ---- the reader's own way: press on a mark, or click in place mode -----------------------------------------

    def _on_mouse(self, layer: Any, event: Any) -> Iterator[None]:
        """Napari's hook for press, moves and release."""
        if self._annotation is None or event.button != 1 or str(layer.mode) != "pan_zoom":
            return
        if self.placing:
            yield from self._place(layer, event)
            return
        start = from_napari(layer.world_to_data(event.position)[-2:])
        key = self._hit(start, layer)
        if key:
            yield from self._drag(layer, event, key, start)

    @property
    def _film(self) -> tuple[str, int] | None:
        """Which film is shown; a press that outlives its film must not write to the next one."""
        return None if self._annotation is None else (self._annotation.image_id, self._annotation.frame)

    def _place(self, layer: Any, event: Any) -> Iterator[None]:
        pressed, film = np.array(event.pos), self._film
        yield
        while event.type == "mouse_move":
            yield
        if self._film == film and np.linalg.norm(np.array(event.pos) - pressed) <= DRAG_PX:
            self.placed.emit(Point(*from_napari(layer.world_to_data(event.position)[-2:])))

    def _drag(self, layer: Any, event: Any, key: str, start: np.ndarray) -> Iterator[None]:
        """Move one mark with the mouse; the request goes out at release."""
        event.handled = True
        pressed, film = np.array(event.pos), self._film
        self.selected.emit(key)
        row = self._keys.index(key)
        origin = from_napari(self._rendered[row])
        moving = False
        yield
        while event.type == "mouse_move":
            event.handled = True
            moving = moving or np.linalg.norm(np.array(event.pos) - pressed) > DRAG_PX
            if moving and self._film == film:
                self._preview(row, origin + from_napari(layer.world_to_data(event.position)[-2:]) - start)
            yield
        if moving and self._film == film:
            self.moved.emit(key, Point(*(origin + from_napari(layer.world_to_data(event.position)[-2:]) - start)))

    def _preview(self, row: int, xy: np.ndarray) -> None:
        if self.layer is not None and row < len(self.layer.data):
            data = self._rendered.copy()
            data[row] = to_napari(xy)
            self._rendering = True
            try:
                self.layer.data = data
            finally:
                self._rendering = False

    def _hit(self, xy: np.ndarray, layer: Any) -> str:
        """Key of the mark under the mouse; the nearest of several, the current one when in doubt."""
        if not self._keys or self.layer is None or not self.layer.visible:
            return ""
        scale = np.abs(from_napari(layer.scale[-2:])) * pixels_per_world(self._viewer)
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
        if self.layer is not None and self.layer.visible:
            self.rerender()

    def _on_affine(self, _event: Any) -> None:
        if self.layer is not None and not np.array_equal(self.layer.affine.affine_matrix, np.eye(3)):
            self.layer.affine = np.eye(3)
            self.refused.emit(TRANSFORMED)

    def rerender(self) -> None:
        """Show the truth again, whatever napari did to the layer."""
        self._looks = None
        self.render(self._annotation, self._current)


def _with_position(annotation: Annotation) -> list[Landmark]:
    return [landmark for landmark in annotation.landmarks.values() if landmark.position is not None]
