"""The controller: the actions of the shortcut table."""

from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal
from qtpy.QtWidgets import QApplication

from napari_dentlm.core.annotation import State
from napari_dentlm.gui.drawing_context import DrawingContext
from napari_dentlm.gui.export import Exporter
from napari_dentlm.gui.guarding import Guard
from napari_dentlm.gui.help_sheet import HelpSheet
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.learning import Learning
from napari_dentlm.gui.scene import Scene
from napari_dentlm.gui.seen import Seen
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.tools import ClickTools, Tool
from napari_dentlm.gui.viewing import SETTLED
from napari_dentlm.gui.window_watch import WindowWatch
from napari_dentlm.gui.wiring import Wiring
from napari_dentlm.gui.worker_client import WorkerClient

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_dentlm.gui.panel import Panel

REFUSED_KEY = "This key of napari is switched off here, so that no point is lost."
SETTLED_BUT = "Every point of this film is settled, but look: "
LOOK_FIRST = "{key} was out of sight. Here it is: look at it, then confirm it."
HIDDEN = "The marks are hidden. Show them first: the eye beside Landmarks in the list on the left."
LOOP_ON = "Loop: Enter confirms {key} and shows it on the next film. L ends the loop."
LOOP_OVER = "The loop is over: this was the last film."


class Workbench(QObject):
    """One per viewer; its public methods up to `refuse_key` are the actions of the shortcut table.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    loop_changed = Signal(bool)

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self.session = Session(self)
        self.client = WorkerClient(self)
        self.labelling = Labelling(self.session, self.client, self)
        self.learning = Learning(self.session, self.labelling, self)
        self.exporter = Exporter(self.session.worklist, self)
        self.tools = ClickTools(self.session, self)
        self.guard = Guard(self.session, self)
        self.scene = Scene(viewer, self.session, self.labelling, self, self)
        self.seen = Seen(viewer, self.session, self.scene, self)
        self.scene.clicked.connect(self.tools.click)
        self.tools.changed.connect(self._show_tool)
        self.tools.face_drawn.connect(self.labelling.label_face)
        self.looping, self._loop_key = False, ""
        self.help: HelpSheet | None = None
        self._wiring = Wiring(self)
        self._window = WindowWatch(self, self.scene, DrawingContext(viewer, self), self.shutdown, self)
        self.scene.film_shown.connect(self._watch_window)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    # ---- actions ---------------------------------------------------------------------------------------------------

    def next_point(self) -> None:
        """Go on to the next point; in a loop, to the same point of the next film."""
        self._go(1)

    def previous_point(self) -> None:
        """Go back to the previous point; in a loop, to the same point of the previous film."""
        self._go(-1)

    def confirm_and_next(self) -> None:
        """Confirm the current point and go on to the next one that needs the reader."""
        if not self.scene.marks_shown and self.session.film is not None:
            self.session.message.emit(HIDDEN)
            return
        if self._out_of_sight():
            self.scene.ensure_visible(self.session.current)
            self.session.message.emit(LOOK_FIRST.format(key=self.session.current))
            return
        key = self.session.current
        if not self.session.confirm():
            return
        self.session.message.emit(f"{key} is settled.")
        if self.looping:
            self._go(1)
        elif not self.session.select_unfinished():
            doubt = self.guard.sentence()
            self.session.message.emit(SETTLED_BUT + doubt if doubt else SETTLED)

    def confirm_seen(self) -> None:
        """Confirm at once what was looked at closely, unless the film looks wrong; then the first doubt is shown."""
        if not self.guard.stops_at_doubt():
            self.session.confirm_seen()

    def nudge(self, dx: float, dy: float) -> None:
        """Move the current point by some pixels."""
        self.session.nudge(dx, dy)

    def toggle_placing(self) -> None:
        """Switch place mode on or off."""
        self.tools.take(Tool.PLACE)

    def place_sides(self) -> None:
        """Place both contours of the current point with two clicks, or stop doing so."""
        self.tools.take(Tool.SIDES)

    def add_face(self) -> None:
        """Label a face that was not found, in a box of two clicks, or stop doing so."""
        self.tools.take(Tool.FACE)

    def draw_ruler(self) -> None:
        """Draw a ruler with two clicks, or stop doing so."""
        self.tools.take(Tool.RULER)

    def stop_placing(self) -> None:
        """Put the tool away."""
        self.tools.put_away()

    def reset(self) -> None:
        """Put the current point back to the model's."""
        self.session.reset()

    def mark_not_visible(self) -> None:
        """Rule that the current point is not visible."""
        self.session.rule(State.NOT_VISIBLE)

    def mark_outside(self) -> None:
        """Rule that the current point is outside the image."""
        self.session.rule(State.OUTSIDE)

    def undo(self) -> None:
        """Take the last act back."""
        self.session.undo()

    def redo(self) -> None:
        """Carry out again what was undone."""
        self.session.redo()

    def previous_film(self) -> None:
        """Show the previous film."""
        self._step_film(-1)

    def next_film(self) -> None:
        """Show the next film."""
        self._step_film(1)

    def next_face(self) -> None:
        """Work on the next face of the photo."""
        self.session.step_face(1)

    def previous_face(self) -> None:
        """Work on the previous face of the photo."""
        self.session.step_face(-1)

    def toggle_loop(self) -> None:
        """Start or end the loop: the same point through all films."""
        self._set_loop(not self.looping and self.session.film is not None)
        if self.looping:
            self.session.message.emit(LOOP_ON.format(key=self.session.current))

    def fit_film(self) -> None:
        """Show the whole film."""
        self.scene.fit_film()

    def fit_point(self) -> None:
        """Look at the current point closely."""
        self.scene.fit_point(self.session.current)

    def invert_film(self) -> None:
        """Show black as white and white as black, or back."""
        self._wiring.invert_film()

    def toggle_tracing(self) -> None:
        """Show or hide the tracing."""
        self._wiring.toggle("tracing")

    def toggle_errors(self) -> None:
        """Show or hide the expected errors."""
        self._wiring.toggle("errors")

    def show_help(self) -> None:
        """Show all shortcuts."""
        if self.help is None:
            self.help = HelpSheet(parent=self._wiring.panel)
        self.help.show()

    def hide_marks(self, hidden: bool) -> None:
        """Hide or show all marks."""
        self.scene.hide_marks(hidden)

    def refuse_key(self) -> None:
        """Say that napari's own key was not carried out."""
        self.session.message.emit(REFUSED_KEY)

    # ---- life ------------------------------------------------------------------------------------------------------

    def attach(self, panel: "Panel") -> None:
        """Connect a panel, which keeps the workbench alive."""
        self.scene.closing = False
        self._wiring.attach(panel)
        # napari docks the panel after it was made.
        QTimer.singleShot(0, self._watch_window)

    def shutdown(self) -> None:
        """Let go of the folder and end the child processes."""
        self.scene.closing = True
        self.help = None
        self.session.close()
        self.learning.stop()
        self.client.stop()

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _go(self, by: int) -> None:
        if self.looping:
            self._step_film(by)
        else:
            self.session.select_neighbour(by)

    def _step_film(self, by: int) -> None:
        stepped = self.session.step(by)
        # A loop passes over films that cannot be read; otherwise the reader learns why.
        while self.looping and stepped and self.session.film is None:
            stepped = self.session.step(by)
        if self.looping and stepped:
            self.session.select(self._loop_key)
        elif self.looping and by > 0:
            self._set_loop(False)
            self.session.message.emit(LOOP_OVER)

    def _out_of_sight(self) -> bool:
        landmark = self.session.landmark
        return landmark is not None and landmark.position is not None and landmark.key not in self.scene.keys_in_view()

    def _watch_window(self) -> None:
        self._window.watch(self._wiring.panel)

    def _show_tool(self, tool: Tool) -> None:
        self.scene.show_tool(tool is not Tool.NONE, self.tools.marks)

    def _set_loop(self, looping: bool) -> None:
        self.looping, self._loop_key = looping, self.session.current
        self.loop_changed.emit(looping)
