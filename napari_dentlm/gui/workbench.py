"""The controller: the actions of the shortcut table, and the wiring of session, worker, scene and panels."""

import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication, QFileDialog, QMainWindow, QWidget

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui.export import Exporter
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.panel import Panel
from napari_dentlm.gui.scene import Scene
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import KeyFilter
from napari_dentlm.gui.worker_client import WorkerClient

if TYPE_CHECKING:
    from napari.viewer import Viewer

REFUSED_KEY = "This key of napari is switched off here, so that no point is lost."
SETTLED = "Every point of this film is settled. Page Down shows the next film."


class Workbench(QObject):
    """One per viewer; its public methods up to `refuse_key` are the actions of the shortcut table.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self.session = Session(self)
        self.client = WorkerClient(self)
        self.labelling = Labelling(self.session, self.client, self)
        self.exporter = Exporter(self.session.worklist, self)
        self.exporter.message.connect(self.session.message)
        self.scene = Scene(viewer, self.session, self.labelling, self, self)
        self.scene.film_shown.connect(self._watch_window)
        self._tab = KeyFilter(self, only=("Tab", "Shift+Tab"), parent=self)
        self._panels = 0
        self._panel: weakref.ref[Panel] | None = None
        self._watched: weakref.ref[QMainWindow] | None = None
        self._closed = QTimer(self, singleShot=True, interval=0)
        self._closed.timeout.connect(self._after_close)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    # ---- actions ---------------------------------------------------------------------------------------------------

    def next_point(self) -> None:
        """Go on to the next point."""
        self.session.select_neighbour(1)

    def previous_point(self) -> None:
        """Go back to the previous point."""
        self.session.select_neighbour(-1)

    def confirm_here(self) -> None:
        """Confirm the current point and stay there."""
        self.session.confirm()

    def confirm_and_next(self) -> None:
        """Confirm the current point and go on to the next one that needs the reader."""
        if self.session.confirm() and not self.session.select_unfinished():
            self.session.message.emit(SETTLED)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the current point by some pixels."""
        self.session.nudge(dx, dy)

    def toggle_placing(self) -> None:
        """Switch place mode on or off."""
        self.session.set_placing(self.session.film is not None and not self.session.placing)

    def stop_placing(self) -> None:
        """Switch place mode off."""
        self.session.set_placing(False)

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
        self.session.step(-1)

    def next_film(self) -> None:
        """Show the next film."""
        self.session.step(1)

    def hide_marks(self, hidden: bool) -> None:
        """Hide or show all marks."""
        self.scene.hide_marks(hidden)

    def refuse_key(self) -> None:
        """Say that napari's own key was not carried out."""
        self.session.message.emit(REFUSED_KEY)

    # ---- long work -------------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the long work under way."""
        self.exporter.cancel()
        self.labelling.cancel()

    def ask_export(self, purpose: ExportPurpose) -> None:
        """Ask where to, and export."""
        root = self.session.worklist.root
        if root is None:
            self.session.message.emit("Open a patient folder first.")
            return
        name = str(root / f"landmarks_{purpose}.csv")
        parent = self._panel() if self._panel is not None else None
        chosen, _ = QFileDialog.getSaveFileName(parent, "Export landmarks", name, "Landmark CSV (*.csv)")
        if chosen:
            self.exporter.start(self.session.reader, purpose, Path(chosen))

    def shutdown(self) -> None:
        """Let go of the folder and end the child process."""
        self.scene.closing = True
        self.session.close()
        self.client.stop()

    # ---- panels ----------------------------------------------------------------------------------------------------

    def attach(self, panel: Panel) -> None:
        """Connect a panel, which keeps the workbench alive."""
        self._panels += 1
        self._panel = weakref.ref(panel)
        session = self.session
        panel.paths_chosen.connect(session.open)
        panel.reader_typed.connect(session.set_reader)
        panel.action.connect(self._act)
        panel.window_toggled.connect(lambda shown: self.scene.show_overlay(window=shown))
        panel.tracing_toggled.connect(lambda shown: self.scene.show_overlay(tracing=shown))
        panel.films.film_requested.connect(session.show)
        panel.landmarks.landmark_requested.connect(session.select)
        panel.calibration.requested.connect(session.calibrate)
        panel.export.requested.connect(self.ask_export)
        session.message.connect(panel.say)
        session.placing_changed.connect(panel.show_placing)
        for changed in (session.calibration_changed, session.film_changed, session.worklist.reset):
            changed.connect(panel.show_session)
        self._attach_jobs(panel)
        panel.destroyed.connect(self._detach)
        panel.show_session()

    def _attach_jobs(self, panel: Panel) -> None:
        panel.jobs.label_film_requested.connect(self.labelling.label_film)
        panel.jobs.label_all_requested.connect(self.labelling.label_all)
        panel.jobs.cancel_requested.connect(self.cancel)
        for work in (self.labelling, self.exporter):
            work.began.connect(panel.jobs.begin)
            work.advanced.connect(panel.jobs.advance)
            work.ended.connect(panel.jobs.end)

    def _detach(self) -> None:
        self._panels -= 1
        if self._panels == 0:
            self.shutdown()

    def _act(self, name: str) -> None:
        getattr(self, name)()

    # ---- the window ------------------------------------------------------------------------------------------------

    def _watch_window(self) -> None:
        """Watch the main window: Qt takes Tab for its focus chain, and closing must not bring layers back."""
        panel = self._panel() if self._panel is not None else None
        window = _main_window(panel)
        if window is None or (self._watched is not None and self._watched() is window):
            return
        self._watched = weakref.ref(window)
        window.installEventFilter(self)
        window.installEventFilter(self._tab)
        for widget in window.centralWidget().findChildren(QWidget):
            widget.installEventFilter(self._tab)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Qt's hook: notice that the main window closes; never hold an event up."""
        if event.type() == QEvent.Type.Close:
            self.scene.closing = True
            self._closed.start()
        return False

    def _after_close(self) -> None:
        """The close event has been answered: gone, or kept open after all."""
        window = self._watched() if self._watched is not None else None
        if window is not None and window.isVisible():
            self.scene.closing = False
        else:
            self.shutdown()


def _main_window(widget: QWidget | None) -> QMainWindow | None:
    """The window that holds a widget, also when its dock floats."""
    while widget is not None and not isinstance(widget, QMainWindow):
        widget = widget.parentWidget()
    return widget
