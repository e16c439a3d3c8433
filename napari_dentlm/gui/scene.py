"""What the workbench shows in the viewer: film and drawing, kept in step with the session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Point
from napari_dentlm.gui import canvas
from napari_dentlm.gui.axes import from_napari
from napari_dentlm.gui.drawing import Drawing, Picture
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.film_camera import FilmCamera
from napari_dentlm.gui.film_view import FilmView, spacing
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.looks import Look
from napari_dentlm.gui.overlay_view import Stages
from napari_dentlm.gui.points_view import PointsView
from napari_dentlm.gui.ruler_view import RulerView
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import Actions, bind
from napari_dentlm.gui.steady import Steady

if TYPE_CHECKING:
    from napari.viewer import Viewer

NO_STAGES = "The stages are known for films labelled since the start. Label this film again to see them."
REMOVED = "The workbench put its layers back; no point was lost."
_LAID_OUT_MS = 400


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
    clicked = Signal(object)  # Point, while a click tool is in hand
    cursor_moved = Signal(object)  # Point under the mouse, film pixels; None outside the film

    def __init__(
        self, viewer: "Viewer", session: Session, labelling: Labelling, actions: Actions, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._session = session
        self._labelling = labelling
        self._actions = actions
        self.camera = FilmCamera(viewer)
        self.film = FilmView(viewer)
        self.drawing = Drawing(viewer, self._dress)
        self.overlay = self.drawing.overlay
        self.points = PointsView(viewer, self)
        self.ruler = RulerView(viewer)
        self.steady = Steady(viewer, lambda: spacing(session.calibration), self)
        self.closing = False
        self._shown: Film | None = None
        self._first_zoom: float | None = None
        self._restore = QTimer(self, singleShot=True, interval=0)
        self._restore.timeout.connect(self._put_back)
        # napari lays the window out after the first film came.
        self._laid_out = QTimer(self, singleShot=True, interval=_LAID_OUT_MS)
        self._laid_out.timeout.connect(self._fit_first)
        self._blank = QTimer(self, singleShot=True, interval=0)
        self._blank.timeout.connect(self._clear)
        self._connect()

    # ---- what is seen ----------------------------------------------------------------------------------------------

    def hide_marks(self, hidden: bool) -> None:
        """Hide or show everything that lies on the film."""
        if self.points.layer is not None:
            self.points.layer.visible = not hidden

    def show_overlay(
        self,
        *,
        window: bool | None = None,
        tracing: bool | None = None,
        planes: bool | None = None,
        stages: bool | None = None,
    ) -> None:
        """Switch parts of the overlay; None leaves a part as it is."""
        overlay = self.overlay
        overlay.show_window = overlay.show_window if window is None else window
        overlay.show_tracing = overlay.show_tracing if tracing is None else tracing
        overlay.show_planes = overlay.show_planes if planes is None else planes
        overlay.show_stages = overlay.show_stages if stages is None else stages
        picture = self._picture()
        if stages and picture is not None and picture.stages.window is None:
            self._session.message.emit(NO_STAGES)
        self.render()

    def show_tool(self, in_hand: bool, marks: Sequence[Point]) -> None:
        """Let clicks go to the tool in hand, and show what they have said so far."""
        self.points.placing = in_hand
        self.ruler.show(marks, self.camera.zoom_px, self._dress)

    def show_errors(self, shown: bool) -> None:
        """Switch the expected errors of all points that no reader touched; the current one's is always there."""
        self.drawing.marks.show_errors = shown
        self.render()

    def show_names(self, shown: bool) -> None:
        """Switch the names of the points."""
        self.drawing.show_names(shown, self.camera.pixel)

    def set_look(self, look: Look) -> None:
        """Show this film and the next ones in another look; no pixel of the film changes."""
        self.film.set_look(look)

    # ---- where the reader looks ------------------------------------------------------------------------------------

    def zoom_px(self) -> float:
        """Pixels of the screen per pixel of the film."""
        return self.camera.zoom_px

    def fit_film(self) -> None:
        """Show the whole film."""
        if self._shown is not None:
            self.camera.fit()

    def fit_point(self, key: str) -> None:
        """Look at one landmark closely."""
        point = self._position(key)
        if point is not None:
            self.camera.show_point(point)

    def ensure_visible(self, key: str) -> None:
        """Move the view when a landmark is out of sight or close to the border; the zoom is kept."""
        point = self._position(key)
        if point is not None:
            self.camera.ensure_visible(point)

    @property
    def marks_shown(self) -> bool:
        """Whether the marks are shown, and not hidden with a key or with napari's eye."""
        return self.points.layer is not None and bool(self.points.layer.visible)

    def keys_in_view(self) -> tuple[str, ...]:
        """Landmarks whose points are on the screen."""
        annotation = self._session.annotation
        marks = () if annotation is None or self._shown is None else annotation.landmarks.values()
        return tuple(mark.key for mark in marks if mark.position is not None and self.camera.holds(mark.position))

    # ---- rendering -------------------------------------------------------------------------------------------------

    def show_film(self) -> None:
        """Show the film in view, or nothing."""
        film, self._shown = self._session.film, None
        if film is None:
            # The next film most often follows at once and takes this one's place.
            self._blank.start()
            return
        self._blank.stop()
        self.film.show(film.image, self._dress)
        self.points.ensure_layer(self._dress)
        # Points that were removed while they were hidden are shown again, and the drawing with them.
        self.drawing.ensure_layers(self.marks_shown, self._on_shown)
        self.scale()
        self.camera.set_film((film.image.width, film.image.height), spacing(self._session.calibration)[0])
        if self._first_zoom is None:
            self._first_zoom = self.zoom_px()
            self._laid_out.start()
        self._shown = film
        self.render()
        self._viewer.layers.selection.active = self.points.layer
        self.ensure_visible(self._session.current)
        self.film_shown.emit()

    def render(self) -> None:
        """Show the annotation."""
        picture = self._picture()
        # Between two films the session already speaks of the next one.
        if picture is not None:
            self.points.render(picture.annotation, picture.current)
            self.drawing.draw(picture, self.camera.pixel)

    def scale(self) -> None:
        """Give every layer the film's scale and unit."""
        self.steady.restore()
        canvas.show_scale_bar(self._viewer, spacing(self._session.calibration)[1] == "mm")

    def _picture(self) -> Picture | None:
        film, annotation = self._shown, self._session.annotation
        if film is None or annotation is None or self._session.film is not film:
            return None
        image = film.image
        stages = Stages()
        # The stages would tell a blind reader where the model looked.
        if not self._session.blind:
            window = self._labelling.window(image.path, image.frame)
            # The points before refinement are kept of the patient's face.
            coarse = None if film.instance else self._labelling.coarse(image.path, image.frame)
            stages = Stages(window, coarse)
        size, faces = (image.width, image.height), self._session.faces
        beside = tuple(face for face in faces if face.instance != film.instance)
        return Picture(annotation, self._session.current, size, stages, self._session.compared_annotation, beside)

    def _clear(self) -> None:
        if self._session.film is None:
            self.film.clear()
            self.points.render(None, "")
            self.drawing.draw(None, self.camera.pixel)

    def _position(self, key: str) -> Point | None:
        annotation = self._session.annotation
        landmark = None if annotation is None or self._shown is None else annotation.landmarks.get(key)
        return None if landmark is None else landmark.position

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
        self._viewer.mouse_move_callbacks.append(self._on_mouse)
        self._viewer.events.mouse_over_canvas.connect(self._on_leave)

    def _dress(self, layer: Layer) -> None:
        """Give a new layer its keys, its mouse, and the others' scale and unit, before the viewer has it."""
        bind(layer, self._actions)
        self.points.attach_mouse(layer)
        layer.scale, unit = spacing(self._session.calibration)
        layer.units = (unit, unit)
        self.steady.watch(layer)

    def _fit_first(self) -> None:
        """Fit the first film once more, unless the reader has zoomed by then."""
        if self._shown is not None and self.zoom_px() == self._first_zoom:
            self.camera.fit()

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
