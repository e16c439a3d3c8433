"""The dock panel: it arranges the parts and hands the reader's wishes on; it decides nothing."""

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from qtpy.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_dentlm.core.notice import FOOTER
from napari_dentlm.core.scheme import PHOTO
from napari_dentlm.gui.action_bar import ActionBar
from napari_dentlm.gui.calibration_box import CalibrationBox
from napari_dentlm.gui.export_box import ExportBox
from napari_dentlm.gui.failures import FailureList
from napari_dentlm.gui.guard_box import GuardBox
from napari_dentlm.gui.guarding import Guard
from napari_dentlm.gui.job_box import JobBox
from napari_dentlm.gui.landmark_table import LandmarkTable
from napari_dentlm.gui.learn_box import LearnBox
from napari_dentlm.gui.learning import Learning
from napari_dentlm.gui.measures_tables import MeasuresTables
from napari_dentlm.gui.notice import NoticeBox
from napari_dentlm.gui.readers_box import ReadersBox
from napari_dentlm.gui.reading import default_reader
from napari_dentlm.gui.review import Order
from napari_dentlm.gui.review_page import ReviewPage
from napari_dentlm.gui.scrolled import FewLines, Scrolled
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.tools import Ruler, Tool
from napari_dentlm.gui.view_box import ViewBox

WELCOME = "Open a patient folder, or drop films here. F1 shows the keys."
_ORDERS = {
    Order.URGENCY: "Flagged first, then the least sure",
    Order.EFFECT: "What changes a measure most",
    Order.SCHEME: "In the order of the list",
}


class Panel(QWidget):
    """The workbench's panel: four parts on its first page, everything else on the pages behind.

    Parameters
    ----------
    session
        What the parts show.
    guard
        Says what looks impossible.
    learning
        Retrains, and knows the models.
    parent
        Owner.
    """

    paths_chosen = Signal(list)
    reader_typed = Signal(str)
    order_chosen = Signal(object)  # Order

    def __init__(self, session: Session, guard: Guard, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setAcceptDrops(True)
        self.setMinimumWidth(350)
        self.reader = QLineEdit(session.typed_reader)
        self.reader.setPlaceholderText("your name")
        self.reader.setToolTip(
            "Your name or initials; every correction and confirmation carries it. Left empty, they carry the name "
            f"that you are logged in with: {default_reader()}."
        )
        self.reader.setAccessibleName("Reader")
        # Not at the start: the first letter would go into the name instead of to the workbench.
        self.reader.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.notice = NoticeBox()
        self.problem = QLabel(wordWrap=True)
        self.problem.setObjectName("problem")
        self.problem.hide()
        self.jobs, self.failures = JobBox(), FailureList()
        self.review = ReviewPage(session)
        self.films, self.card = self.review.films, self.review.card
        self.loupe, self.strip = self.review.loupe, self.review.strip
        self.landmarks, self.order = LandmarkTable(session), QComboBox()
        self.view, self.calibration = ViewBox(), CalibrationBox()
        self.measures = MeasuresTables(session)
        self.readers = ReadersBox(session)
        self.export, self.learn = ExportBox(), LearnBox(learning)
        self.guard, self.actions = GuardBox(guard), ActionBar()
        self.words = QLabel(WELCOME, wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setObjectName("words")
        self.pages = QTabWidget()
        self._arrange()
        self.notice.message.connect(self.say)
        self.actions.about_to_act.connect(self._take_reader)
        session.reader_changed.connect(self._show_reader)

    def show_session(self) -> None:
        """Show the folder's state and the film's calibration."""
        self.show_problem(self._session.worklist.problem)
        self.calibration.show_calibration(self._session.calibration)

    def show_kind(self) -> None:
        """Say whether a film or a photo is in view."""
        annotation = self._session.annotation
        self.jobs.name_image("photo" if annotation is not None and annotation.scheme.name == PHOTO else "film")

    def show_tool(self, tool: Tool, ruler: Ruler | None) -> None:
        """Show which tool is in hand, and whether a ruler can be used."""
        self.actions.show_tool(tool)
        self.calibration.show_ruler(tool is Tool.RULER, ruler)

    def say(self, text: str) -> None:
        """Say something to the reader, until the next thing is said."""
        if text:
            self.words.setText(text)

    def show_problem(self, text: str) -> None:
        """Say why nothing can be changed, for as long as that is so."""
        self.problem.setText(f"Read only: {text}" if text else "")
        self.problem.setVisible(bool(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Let no key typed into a field act on a point: napari hands on what a field leaves over, such as Enter."""
        event.accept()

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

    # ---- arrangement -----------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(self._top_row())
        for widget in (self.notice, self.problem, self.jobs, self.failures):
            layout.addWidget(widget)
        self._fill_pages()
        layout.addWidget(self.pages, 1)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        footer = QLabel(FOOTER)
        footer.setObjectName("footer")
        footer.setStyleSheet("font-size: 8pt")
        for widget in (self.guard, self.actions, FewLines(self.words), footer):
            layout.addWidget(widget)

    def _fill_pages(self) -> None:
        pages = {
            "Review": _scrolled(self.review, stretch=False),
            "Points": _page(self._order_row(), self.landmarks),
            "View": _scrolled(self.view),
            "Measures": _page(self.calibration, self.measures),
            "Readers": _scrolled(self.readers),
            "Export": _scrolled(_titled("Export", self.export), _titled("Teach the model", self.learn)),
        }
        for title, page in pages.items():
            self.pages.addTab(page, title)
        self.pages.setDocumentMode(True)
        self.pages.tabBar().setDrawBase(False)
        self.pages.setUsesScrollButtons(False)
        # The canvas keeps the keyboard.
        self.pages.tabBar().setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _order_row(self) -> QWidget:
        for order, title in _ORDERS.items():
            self.order.addItem(title, str(order))
        self.order.setAccessibleName("Order of the review")
        self.order.setToolTip("Which point comes next with Tab and after Enter.")
        self.order.activated.connect(lambda _row: self.order_chosen.emit(Order(self.order.currentData())))
        row = QWidget()
        form = QFormLayout(row)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Review", self.order)
        return row

    def _top_row(self) -> QHBoxLayout:
        folder, files = QPushButton("Open folder…"), QPushButton("Open films…")
        folder.setToolTip("Open a patient folder with all the films in it.")
        files.setToolTip("Open some films only.")
        folder.clicked.connect(self._ask_folder)
        files.clicked.connect(self._ask_files)
        self.reader.editingFinished.connect(self._take_reader)
        # The keys of the workbench work again after Enter.
        self.reader.returnPressed.connect(self.reader.clearFocus)
        row = QHBoxLayout()
        for button in (folder, files):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        row.addWidget(QLabel("Reader"))
        row.addWidget(self.reader, 1)
        return row

    def _take_reader(self) -> None:
        """Sign with the name in the field, also when its typist pressed a button at once."""
        if self.reader.text().strip() != self._session.typed_reader:
            self.reader_typed.emit(self.reader.text())

    def _show_reader(self, _reader: str) -> None:
        self.reader.setText(self._session.typed_reader)

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Open a patient folder")
        if chosen:
            self.paths_chosen.emit([Path(chosen)])

    def _ask_files(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, "Open films")
        if chosen:
            self.paths_chosen.emit([Path(name) for name in chosen])


def _page(*parts: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 4, 0, 0)
    for part in parts:
        layout.addWidget(part)
    return page


def _scrolled(*parts: QWidget, stretch: bool = True) -> Scrolled:
    """Parts above each other that may be higher than the panel; with `stretch`, what is left stays empty."""
    page = _page(*parts)
    layout = page.layout()
    assert isinstance(layout, QVBoxLayout)
    if stretch:
        layout.addStretch(1)
    return Scrolled(page)


def _titled(title: str, part: QWidget) -> QGroupBox:
    box = QGroupBox(title)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(6, 4, 6, 6)
    layout.addWidget(part)
    return box
