"""The dock panel: it arranges the parts and hands the reader's wishes on; it decides nothing."""

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from napari_dentlm.gui.calibration_box import CalibrationBox
from napari_dentlm.gui.export_box import ExportBox
from napari_dentlm.gui.image_list import ImageList
from napari_dentlm.gui.job_box import JobBox
from napari_dentlm.gui.landmark_table import LandmarkTable
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import help_text, tooltip

WELCOME = "Open a patient folder, or drop films here. For research and teaching; not a medical device."

# Callback of the controller, text of the button; two rows of four.
_ACTIONS: tuple[tuple[str, str], ...] = (
    ("toggle_placing", "Place"),
    ("mark_not_visible", "Not visible"),
    ("mark_outside", "Outside"),
    ("reset", "Reset"),
    ("undo", "Undo"),
    ("redo", "Redo"),
    ("previous_film", "◀ Film"),
    ("next_film", "Film ▶"),
    ("confirm_here", "Confirm"),
    ("confirm_and_next", "Confirm, next point"),
)


class Panel(QWidget):
    """The workbench's panel.

    Parameters
    ----------
    session
        What the parts show.
    parent
        Owner.
    """

    paths_chosen = Signal(list)
    reader_typed = Signal(str)
    action = Signal(str)  # name of the controller's method
    window_toggled = Signal(bool)
    tracing_toggled = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAcceptDrops(True)
        self.setMinimumWidth(330)
        self.reader = QLineEdit(session.reader)
        self.reader.setToolTip("Your name or initials; every correction and confirmation carries it.")
        self.reader.setAccessibleName("Reader")
        self.films = ImageList(session.worklist)
        self.jobs = JobBox()
        self.landmarks = LandmarkTable(session)
        self.calibration = CalibrationBox()
        self.export = ExportBox()
        self.words = QLabel(WELCOME, wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setObjectName("words")
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing() + 4)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.problem = QLabel(wordWrap=True)
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.window_shown, self.tracing_shown = QCheckBox("Face area"), QCheckBox("Tracing")
        self.buttons: dict[str, QPushButton] = {}
        self._arrange()

    def show_placing(self, placing: bool) -> None:
        """Show whether a click places a point."""
        self.buttons["toggle_placing"].setChecked(placing)

    def show_session(self) -> None:
        """Show the folder's state and the film's calibration."""
        self.show_problem(self._session.worklist.problem)
        self.calibration.show_calibration(self._session.calibration)

    def say(self, text: str) -> None:
        """Say something to the reader, until the next thing is said."""
        self.words.setText(text)

    def show_problem(self, text: str) -> None:
        """Say why nothing can be changed, for as long as that is so."""
        self.problem.setText(f"Read only: {text}" if text else "")
        self.problem.setVisible(bool(text))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Accept files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.paths_chosen.emit(paths)

    def _arrange(self) -> None:
        lists = QSplitter(Qt.Orientation.Vertical)
        lists.setChildrenCollapsible(False)
        for widget, least in ((self.films, 70), (self.landmarks, 130)):
            widget.setMinimumHeight(least)
            lists.addWidget(widget)
        lists.setSizes([130, 260])
        lists.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(self._top_row())
        layout.addWidget(self.problem)
        layout.addWidget(self.jobs)
        layout.addWidget(lists, 1)
        layout.addLayout(self._action_grid())
        layout.addLayout(self._overlay_row())
        layout.addWidget(self.calibration)
        layout.addWidget(self.export)
        layout.addWidget(self.words)

    def _top_row(self) -> QHBoxLayout:
        folder, files = QPushButton("Open folder…"), QPushButton("Open films…")
        folder.setToolTip("Open a patient folder with all the films in it.")
        files.setToolTip("Open some films only.")
        folder.clicked.connect(self._ask_folder)
        files.clicked.connect(self._ask_files)
        self.reader.editingFinished.connect(lambda: self.reader_typed.emit(self.reader.text()))
        # The keys of the workbench work again after Enter.
        self.reader.returnPressed.connect(self.reader.clearFocus)
        row = QHBoxLayout()
        for widget in (folder, files, QLabel("Reader")):
            row.addWidget(widget)
        row.addWidget(self.reader, 1)
        return row

    def _action_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(3)
        for number, (name, text) in enumerate(_ACTIONS):
            button = self.buttons[name] = QPushButton(text)
            # The canvas keeps the keyboard: Space would press a focused button again.
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, name=name: self.action.emit(name))
            wide = number >= 8
            column = (number - 8) * 2 if wide else number % 4
            grid.addWidget(button, number // 4, column, 1, 2 if wide else 1)
            button.setToolTip(tooltip(name))
        self.buttons["toggle_placing"].setCheckable(True)
        return grid

    def _overlay_row(self) -> QHBoxLayout:
        window, tracing = self.window_shown, self.tracing_shown
        window.setChecked(True)
        window.setToolTip("Show the window in which the model looked for the points.")
        tracing.setToolTip("Show lines between the points.")
        window.toggled.connect(self.window_toggled)
        tracing.toggled.connect(self.tracing_toggled)
        keys = QPushButton("Keys")
        keys.setToolTip(help_text())
        keys.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        keys.clicked.connect(lambda: QToolTip.showText(keys.mapToGlobal(keys.rect().topLeft()), help_text(), keys))
        row = QHBoxLayout()
        for widget in (window, tracing):
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(keys)
        return row

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Open a patient folder")
        if chosen:
            self.paths_chosen.emit([Path(chosen)])

    def _ask_files(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Open films")
        if chosen:
            self.paths_chosen.emit([Path(name) for name in chosen])
