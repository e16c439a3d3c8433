"""What the workbench shows in the viewer: film, overlay and points, kept in step with the session."""

from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.gui import canvas
from napari_dentlm.gui.film_view import FilmView, spacing
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.overlay_view import OverlayView
from napari_dentlm.gui.points_view import PointsView
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import Actions, bind

if TYPE_CHECKING:
    from napari.viewer import Viewer

REMOVED = "The workbench put its layers back; no point was lost."


class Scene(QObject):
    """The layers of one workbench; they are made when the first film opens.

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

    film_shown = Signal()

    def __init__(
        self, viewer: "Viewer", session: Session, labelling: Labelling, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session
        self._labelling = labelling
        self._actions = actions
        self.film = FilmView(viewer)
        self.overlay = OverlayView(viewer)
        self.points = PointsView(viewer, self)
        self.closing = False
        self._restore = QTimer(self, singleShot=True, interval=0)
        self._restore.timeout.connect(self._put_back)
        self._connect()

    def hide_marks(self, hidden: bool) -> None:
        """Hide or show everything that lies on the film."""
        for layer in (self.points.layer, self.overlay.layer):
            if layer is not None:
                layer.visible = not hidden

    def show_overlay(self, *, window: bool | None = None, tracing: bool | None = None) -> None:
        """Switch parts of the overlay; None leaves a part as it is."""
        self.overlay.show_window = self.overlay.show_window if window is None else window
        self.overlay.show_tracing = self.overlay.show_tracing if tracing is None else tracing
        self.render()

    def show_film(self) -> None:
        """Show the film in view, or nothing."""
        film = self._session.film
        if film is None:
            self.film.clear()
            self.overlay.clear()
            self.points.render(None, "")
            return
        fresh = self.film.show(film.image, self._dress)
        self.points.ensure_layer(self._dress)
        if self.scale() or fresh:
            self._viewer.reset_view()
        self.render()
        self._viewer.layers.selection.active = self.points.layer
        self.film_shown.emit()

    def render(self) -> None:
        """Show the annotation."""
        film, annotation = self._session.film, self._session.annotation
        if film is None or annotation is None:
            return
        window = self._labelling.window(film.image.path, film.image.frame)
        size = (film.image.width, film.image.height)
        self.overlay.render(annotation, window, size, self._dress)
        self.points.render(annotation, self._session.current)

    def scale(self) -> bool:
        """Give every layer the film's scale and unit; True when they changed."""
        scale, unit = spacing(self._session.calibration)
        changed = False
        for layer in self._viewer.layers:
            if canvas.is_ours(layer) and tuple(layer.scale) != scale:
                layer.scale = scale
                changed = True
            if canvas.is_ours(layer):
                layer.units = (unit, unit)
        canvas.show_scale_bar(self._viewer, unit == "mm")
        return changed

    def _rescale(self) -> None:
        if self.scale():
            self._viewer.reset_view()
            self.render()

    def _connect(self) -> None:
        session = self._session
        session.film_changed.connect(self.show_film)
        session.annotation_changed.connect(self.render)
        session.current_changed.connect(self.render)
        session.calibration_changed.connect(self._rescale)
        session.placing_changed.connect(self._set_placing)
        self._labelling.stages_changed.connect(self.render)
        self.points.selected.connect(session.select)
        self.points.moved.connect(session.put)
        self.points.placed.connect(session.place)
        self.points.refused.connect(session.message)
        self._viewer.layers.events.removed.connect(self._on_removed)
        self._viewer.scene.camera.events.zoom.connect(self.points.fit_sizes)

    def _dress(self, layer: Layer) -> None:
        """Give a new layer its keys, its mouse, and the others' scale and unit, before the viewer has it."""
        bind(layer, self._actions)
        self.points.attach_mouse(layer)
        layer.scale, unit = spacing(self._session.calibration)
        layer.units = (unit, unit)

    def _set_placing(self, placing: bool) -> None:
        self.points.placing = placing
        if placing:
            self._session.message.emit(f"Click where {self._session.current} lies. Escape ends placing.")

    def _on_removed(self, event: Any) -> None:
        if canvas.is_ours(event.value) and self._session.film is not None and not self.closing:
            # Not inside the event: napari still works on its list.
            self._restore.start()

    def _put_back(self) -> None:
        if not self.closing:
            self.show_film()
            self._session.message.emit(REMOVED)
