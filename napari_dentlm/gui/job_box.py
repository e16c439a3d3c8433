"""Starting long work, and the progress, time left and cancel of each piece of work under way."""

import time
from typing import Protocol

from qtpy.QtCore import QObject, Qt, Signal, SignalInstance
from qtpy.QtWidgets import QGridLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget


class Work(Protocol):
    """Long work that a reader can watch and stop; its signals are those of a QObject."""

    began: SignalInstance  # number of steps; 0 when that is not known
    advanced: SignalInstance  # steps done, steps in all
    ended: SignalInstance

    def cancel(self) -> None:
        """Stop."""


class JobRow(QWidget):
    """The progress of one piece of work.

    Parameters
    ----------
    title
        What it is, in a word or two.
    parent
        Owner.
    """

    cancelled = Signal()

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.bar = QProgressBar(textVisible=True)
        self.time_left = QLabel()
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop; what is done so far stays, and nothing is left half-written.")
        # The canvas keeps the keyboard.
        self.cancel.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.bar, 0, 0)
        layout.addWidget(self.time_left, 0, 1)
        layout.addWidget(self.cancel, 0, 2)
        layout.setColumnStretch(0, 1)
        self.cancel.clicked.connect(self._cancel)
        self._began = 0.0
        self.hide()

    def set_title(self, title: str) -> None:
        """Say what is under way, from the next beginning on."""
        self._title = title

    def begin(self, total: int) -> None:
        """Show the progress of work of `total` steps; 0 when its length is not known."""
        self._began = time.monotonic()
        self.bar.setRange(0, total)
        self.bar.setValue(0)
        self.bar.setFormat(f"{self._title}  %v of %m".strip())
        self.time_left.setText("starting …")
        self.cancel.setEnabled(True)
        self.show()

    def advance(self, done: int, total: int) -> None:
        """Show how far the work is; a `total` of 0 when that is not known."""
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        if self.cancel.isEnabled():
            self.time_left.setText(words_for(self._seconds_left(done, total)) if total else "…")

    def _seconds_left(self, done: int, total: int) -> float:
        return (time.monotonic() - self._began) / max(done, 1) * (total - done)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.time_left.setText("stopping …")
        self.cancelled.emit()


class JobBox(QWidget):
    """Buttons that start labelling, and a row for each piece of long work under way.

    Parameters
    ----------
    parent
        Owner.
    """

    label_film_requested = Signal()
    label_all_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label_film = QPushButton()
        self.label_all = QPushButton("Label all films")
        self.label_all.setToolTip("Label the films without points; when all have some, press twice to label all anew.")
        for button in (self.label_film, self.label_all):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        starters = QGridLayout()
        starters.addWidget(self.label_film, 0, 0)
        starters.addWidget(self.label_all, 0, 1)
        self._layout.addLayout(starters)
        self.label_film.clicked.connect(self.label_film_requested)
        self.label_all.clicked.connect(self.label_all_requested)
        self.rows: dict[str, JobRow] = {}
        self.name_image("film")

    def name_image(self, word: str) -> None:
        """Say what kind of image is in view, film or photo."""
        self.label_film.setText(f"Label this {word}")
        self.label_film.setToolTip(f"Let the model place the points of this {word}; points that you touched stay.")

    def follow(self, title: str, work: Work, *starters: QPushButton) -> None:
        """Show the progress of `work` whenever it runs.

        Parameters
        ----------
        title
            What it is, in a word or two.
        work
            The work; its signals are connected here.
        starters
            Buttons that are switched off while it runs.
        """
        row = self._new_row(title)
        row.cancelled.connect(work.cancel)
        work.began.connect(row.begin)
        work.advanced.connect(row.advance)
        work.ended.connect(row.hide)
        for button in starters:
            switch = _Switch(button)
            work.began.connect(switch.off)
            work.ended.connect(switch.on)

    @property
    def running(self) -> bool:
        """Whether any work is shown."""
        return any(not row.isHidden() for row in self.rows.values())

    def _new_row(self, title: str) -> JobRow:
        row = self.rows[title] = JobRow(title)
        self._layout.addWidget(row)
        return row


class _Switch(QObject):
    """Switches a button off and on; it ends with the button, and so do its connections, which a lambda's do not."""

    def __init__(self, button: QPushButton) -> None:
        super().__init__(button)
        self._button = button

    def off(self) -> None:
        self._button.setEnabled(False)

    def on(self) -> None:
        self._button.setEnabled(True)


def words_for(seconds: float) -> str:
    """A time left as a reader says it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s left"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min left"
    return f"{seconds / 3600:.1f} h left"
