"""Starting long work, and its progress, time left and cancel."""

import time

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QWidget


class JobBox(QWidget):
    """Buttons that start labelling, and the progress of whatever long work is under way.

    Parameters
    ----------
    parent
        Owner.
    """

    label_film_requested = Signal()
    label_all_requested = Signal()
    cancel_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label_film = QPushButton("Label this film")
        self.label_film.setToolTip("Let the model place the points of this film; points that you touched stay.")
        self.label_all = QPushButton("Label all films")
        self.label_all.setToolTip("Label the films without points; when all have some, label all anew.")
        self.bar = QProgressBar(textVisible=True)
        self.time_left = QLabel()
        self.cancel = QPushButton("Cancel")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.label_film, 0, 0, 1, 2)
        layout.addWidget(self.label_all, 0, 2, 1, 2)
        layout.addWidget(self.bar, 1, 0, 1, 2)
        layout.addWidget(self.time_left, 1, 2)
        layout.addWidget(self.cancel, 1, 3)
        layout.setColumnStretch(0, 1)
        layout.setColumnStretch(2, 1)
        self.label_film.clicked.connect(self.label_film_requested)
        self.label_all.clicked.connect(self.label_all_requested)
        self.cancel.clicked.connect(self._cancel)
        self._began = 0.0
        self.end()

    def begin(self, total: int) -> None:
        """Show the progress of a job of `total` steps; 0 when its length is not known."""
        self._began = time.monotonic()
        self.bar.setRange(0, total)
        self.bar.setValue(0)
        self.bar.setFormat("%v of %m")
        self.time_left.setText("starting …")
        self.cancel.setEnabled(True)
        self._show_running(True)

    def advance(self, done: int, total: int) -> None:
        """Show how far the job is."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.time_left.setText(words_for(self._seconds_left(done, total)))

    def end(self) -> None:
        """Back to the buttons."""
        self._show_running(False)

    @property
    def running(self) -> bool:
        """Whether a job is shown."""
        return not self.bar.isHidden()

    def _seconds_left(self, done: int, total: int) -> float:
        return (time.monotonic() - self._began) / max(done, 1) * (total - done)

    def _show_running(self, running: bool) -> None:
        for widget in (self.bar, self.time_left, self.cancel):
            widget.setVisible(running)
        for button in (self.label_film, self.label_all):
            button.setEnabled(not running)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.time_left.setText("stopping …")
        self.cancel_requested.emit()


def words_for(seconds: float) -> str:
    """A time left as a reader says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left"
