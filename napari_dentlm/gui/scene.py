"""What the workbench shows in the viewer, kept in step with the session and with what happens there."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Point
from napari_dentlm.gui import canvas
from napari_dentlm.gui.axes import from_napari
from napari_dentlm.gui.film_view import spacing
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.scene_layers import SceneLayers
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import Actions

if TYPE_CHECKING:
    from napari.viewer import Viewer

REMOVED = "The workbench put its layers back; no point was lost."


class Scene(SceneLayers):
    """The layers of one workbench, which follow the session, the mouse and the zoom.

    Parameters
    ----------
    viewer
        The napari viewer.
    session, labelling
        What to show.
    actions
        What the keys call.
    parent
        Owner.
    """

    clicked = Signal(object)  # Point, while a click tool is in hand
    cursor_moved = Signal(object)  # Point under the mouse, film pixels; None outside the film

    def __init__(
        self, viewer: "Viewer", session: Session, labelling: Labelling, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(viewer, session, labelling, actions, parent)
        self.closing = False
        self._restore = QTimer(self, singleShot=True, interval=0)
        self._restore.timeout.connect(self._put_back)
        self._blank = QTimer(self, singleShot=True, interval=0)
        self._blank.timeout.connect(self._clear)
        self._connect()

    def show_film(self) -> None:
        """Show the film in view, or nothing."""
        film, self._shown = self._session.film, None
        if film is None:
            # The next film most often follows at once and takes this one's place.
            self._blank.start()
            return
        self._blank.stop()
        # Before a new layer comes: between layers of two units napari warns the reader.
        self.scale()
        self.film.show(film.image, self._dress)
        self.points.ensure_layer(self._dress)
        # Points that were removed while they were hidden are shown again, and the drawing with them.
        self.drawing.ensure_layers(self.marks_shown, self._on_shown)
        self.camera.set_film((film.image.width, film.image.height), spacing(self._session.calibration)[0])
        self._shown = film
        self.render()
        self._viewer.layers.selection.active = self.points.layer
        self.ensure_visible(self._session.current)
        self.film_shown.emit()

    # ---- what happens ----------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        session = self._session
        session.film_changed.connect(self.show_film)
        session.annotation_changed.connect(self.render)
        session.current_changed.connect(self._on_current)
        session.faces_changed.connect(self.render)
        session.calibration_changed.connect(self._rescale)
        self._labelling.stages_changed.connect(self.render)
        self.points.selected.connect(session.select)
        self.points.dragged.connect(self._on_dragged)
        self.points.moved.connect(session.put)
        self.points.placed.connect(self.clicked)
        self.points.clicked_beside.connect(session.choose_face_at)
        for part in (self.points, self.steady):
            part.refused.connect(session.message)
        self.points.shown.connect(lambda shown: self.drawing.show(shown, self.camera.pixel))
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._viewer.scene.camera.events.zoom.connect(self._on_zoom)
        self._viewer.canvas.events.size.connect(self._on_size)
        self._viewer.mouse_move_callbacks.append(self._on_mouse)
        self._viewer.events.mouse_over_canvas.connect(self._on_leave)

    def _on_size(self, _event: Any) -> None:
        # napari lays the window out after the first film came, and a reader may enlarge it at any time.
        if not self.closing:
            self.camera.follow_canvas()

    def _rescale(self) -> None:
        if self._shown is not None:
            image = self._shown.image
            self.scale()
            self.camera.set_film((image.width, image.height), spacing(self._session.calibration)[0])
            self.render()

    def _on_current(self) -> None:
        self.render()
        # A mark that the reader holds must not slip from under the mouse.
        if not self.points.dragging:
            self.ensure_visible(self._session.current)

    def _on_shown(self, _event: Any) -> None:
        if self._shown is not None and not self.closing:
            self.render()

    def _on_zoom(self, _event: Any) -> None:
        if self._shown is not None and not self.closing:
            self.points.fit_sizes()
            self.drawing.zoom(self.camera.pixel)

    def _on_dragged(self, key: str, point: Point) -> None:
        """Draw the mark under the mouse; the annotation changes at release."""
        picture = self._picture()
        if picture is not None:
            mark = replace(picture.annotation.landmarks[key], position=point, sides=None)
            moved = picture.annotation.with_landmark(mark)
            self.drawing.draw(replace(picture, annotation=moved), self.camera.pixel)
            self.cursor_moved.emit(point)

    def _on_mouse(self, _viewer: Any, event: Any) -> None:
        layer = self.points.layer
        if self._shown is not None and layer is not None and not self.closing:
            point = Point(*from_napari(layer.world_to_data(event.position)[-2:]))
            self.cursor_moved.emit(point if self._shown.contains(point) else None)

    def _on_leave(self, _event: Any) -> None:
        if not self._viewer.mouse_over_canvas and not self.closing:
            self.cursor_moved.emit(None)

    def _on_removed(self, event: Any) -> None:
        if canvas.is_ours(event.value) and self._session.film is not None and not self.closing:
            # Not inside the event: napari still works on its list.
            self._restore.start()

    def _put_back(self) -> None:
        if not self.closing:
            self.show_film()
            self._session.message.emit(REMOVED)

    def _clear(self) -> None:
        if self._session.film is None:
            self.film.clear()
            self.points.render(None, "")
            self.drawing.draw(None, self.camera.pixel)
