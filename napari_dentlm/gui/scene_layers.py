"""What the workbench shows in the viewer: film and drawing, as the session has them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari.layers import Layer
from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.annotation import Point
from napari_dentlm.gui import canvas
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


class SceneLayers(QObject):
    """The layers of one workbench, made when the first film opens, and what is seen on them.

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
    dressed = Signal()  # another look, or other parts of the drawing are shown

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
        self._shown: Film | None = None

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
        self.dressed.emit()

    def show_tool(self, in_hand: bool, marks: Sequence[Point]) -> None:
        """Let clicks go to the tool in hand, and show what they have said so far."""
        self.points.placing = in_hand
        self.ruler.show(marks, self.camera.zoom_px, self._dress)

    def show_errors(self, shown: bool) -> None:
        """Switch the expected errors of all points that no reader touched; the current one's is always there."""
        self.drawing.marks.show_errors = shown
        self.render()
        self.dressed.emit()

    def show_names(self, shown: bool) -> None:
        """Switch the names of the points."""
        self.drawing.show_names(shown, self.camera.pixel)
        self.dressed.emit()

    def set_look(self, look: Look) -> None:
        """Show this film and the next ones in another look; no pixel of the film changes."""
        self.film.set_look(look)
        self.dressed.emit()

    def switches(self) -> dict[str, bool]:
        """Which parts of the drawing are switched on, by the name of their check box."""
        return {
            "tracing": self.overlay.show_tracing,
            "planes": self.overlay.show_planes,
            "stages": self.overlay.show_stages,
            "errors": self.drawing.marks.show_errors,
            "names": self.drawing.names_shown,
        }

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

    def _position(self, key: str) -> Point | None:
        annotation = self._session.annotation
        landmark = None if annotation is None or self._shown is None else annotation.landmarks.get(key)
        return None if landmark is None else landmark.position

    def _dress(self, layer: Layer) -> None:
        """Give a new layer its keys, its mouse, and the others' scale and unit, before the viewer has it."""
        bind(layer, self._actions)
        self.points.attach_mouse(layer)
        layer.scale, unit = spacing(self._session.calibration)
        layer.units = (unit, unit)
        self.steady.watch(layer)
