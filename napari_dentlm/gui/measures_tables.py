"""All measures of the film in view: the clinical ones, and on a page of their own those of the challenge."""

from typing import Any

from qtpy.QtCore import QEvent, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QColor, QFont, QShowEvent
from qtpy.QtWidgets import QHeaderView, QLabel, QTabWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from napari_dentlm.core.annotation import State
from napari_dentlm.core.measures import Measured, load_definitions, measure
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.landmark_table import legible
from napari_dentlm.gui.measures_strip import ask_text, explanation
from napari_dentlm.gui.session import Session

CLINICAL, CHALLENGE = "Clinical", "Challenge (ISBI 2015), not clinical"
CLINICAL_NOTE = (
    "Norms are the authors' own; hover over a row for the source. * as commonly taught, not checked in the paper. "
    "Slanted values are drafts: a point that they rest on is only predicted; bold ones rest on confirmed points alone. "
    "These are numbers, not a diagnosis."
)
CHALLENGE_NOTE = (
    "Measures and classes of the ISBI 2015 challenge, to compare programs with. They are no clinical norms and no "
    "diagnosis: its FMA is SN-GoGn, its MW is a distance of the incisors and not Wits."
)
_ANALYSES = {"mcnamara": "McNamara", "jarabak": "Björk, Jarabak", "wits": "Wits (Jacobson)"}
_CHALLENGE = "challenge"
_FAINT = 165
_MARGIN = 3


class MeasuresTables(QTabWidget):
    """Shows the measures of the film in view and asks for the weakest landmark of the one that is clicked.

    Parameters
    ----------
    session
        Gives the annotation and the calibration.
    parent
        Owner.
    """

    landmark_requested = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clinical = MeasuresPage(session, challenge=False)
        self.challenge = MeasuresPage(session, challenge=True)
        self.setAccessibleName("Measures")
        for page, title in ((self.clinical, CLINICAL), (self.challenge, CHALLENGE)):
            self.addTab(page, title)
            page.landmark_requested.connect(self.landmark_requested)


class MeasuresPage(QWidget):
    """One table of measures with what has to be said about it; computed only while it can be seen.

    Parameters
    ----------
    session
        Gives the annotation and the calibration.
    challenge
        Whether it shows the challenge's measures, else the clinical ones by analysis.
    parent
        Owner.
    """

    landmark_requested = Signal(str)

    def __init__(self, session: Session, challenge: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._challenge = challenge
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._found: dict[str, Measured] = {}
        self.tree = QTreeWidget()
        self.note = QLabel(CHALLENGE_NOTE if challenge else CLINICAL_NOTE, wordWrap=True)
        # Once the columns have come to rest: a scroll bar that appears narrows them again.
        self._fit = QTimer(self, singleShot=True, interval=0)
        self._fit.timeout.connect(self._fit_rows)
        self._arrange()
        for changed in (session.film_changed, session.annotation_changed, session.calibration_changed):
            changed.connect(self._refresh)
        self.tree.itemClicked.connect(self._ask)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Fits a narrow dock."""
        return QSize(340, 420)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Take on the colours of a new theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._refresh()

    def _arrange(self) -> None:
        tree = self.tree
        tree.setHeaderLabels(["Measure", "Value", "Class" if self._challenge else "Norm", "Weakest"])
        tree.setRootIsDecorated(False)
        tree.setIndentation(0 if self._challenge else 10)
        tree.setWordWrap(True)
        tree.setAccessibleName(CHALLENGE if self._challenge else CLINICAL)
        # The canvas keeps the keyboard, and a row is no place to stay at.
        tree.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        tree.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in ((1, 60), (2, 122 if self._challenge else 82)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        # The points of a photo have long names.
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.ResizeToContents)
        header.sectionResized.connect(lambda *_: self._fit.start())
        for part in (tree, header, self.note):
            part.setStyleSheet("font-size: 8pt")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(tree, 1)
        layout.addWidget(self.note)

    def _refresh(self, *_: Any) -> None:
        if not self.isVisible():
            return
        annotation = self._session.annotation
        taken: tuple[Measured, ...] = ()
        if annotation is not None:
            offered = load_definitions(annotation.scheme)
            keys = [each.key for each in offered if (each.analysis == _CHALLENGE) is self._challenge]
            taken = measure(annotation, self._session.calibration, keys=keys)
        if list(self._found) != [each.definition.key for each in taken]:
            self._lay_out(taken)
        self._found = {each.definition.key: each for each in taken}
        for key, measured in self._found.items():
            self._fill(self._rows[key], measured)
        self._fit.start()

    def _lay_out(self, taken: tuple[Measured, ...]) -> None:
        """Make the rows; below a heading for each analysis where there are several."""
        self.tree.clear()
        self._rows = {}
        headings: dict[str, QTreeWidgetItem] = {}
        for analysis in dict.fromkeys(each.definition.analysis for each in taken if not self._challenge):
            heading = headings[analysis] = QTreeWidgetItem(self.tree, [_title(analysis)])
            heading.setFont(0, self._font(bold=True))
            heading.setFirstColumnSpanned(True)
        for each in taken:
            definition = each.definition
            self._rows[definition.key] = QTreeWidgetItem(
                headings.get(definition.analysis, self.tree), [definition.name]
            )
        self.tree.expandAll()

    def _fill(self, row: QTreeWidgetItem, measured: Measured) -> None:
        look = APPEARANCE[measured.state]
        beside = _class_text(measured) if self._challenge else _norm_text(measured)
        for column, text in ((1, measured.text), (2, beside), (3, f"{look.sign} {measured.weakest}")):
            row.setText(column, text)
        for column in range(4):
            row.setToolTip(column, explanation(measured) + ask_text(measured))
        predicted = measured.state is State.PREDICTED
        row.setFont(1, self._font(bold=not measured.is_draft, slanted=predicted and measured.value is not None))
        ink = self.palette().windowText().color()
        faint = QColor(ink)
        faint.setAlpha(_FAINT)
        row.setForeground(1, faint if predicted or measured.value is None else ink)
        row.setForeground(2, faint)
        row.setForeground(3, legible(look.colour, self.palette()))
        row.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def _fit_rows(self) -> None:
        """Give each row the height of its wrapped texts, which the style of napari does not."""
        measure_text = self.tree.fontMetrics()
        for row in self._rows.values():
            heights = [_MARGIN]
            for column in (0, 2):
                width = self.tree.columnWidth(column) - (self.tree.indentation() if column == 0 else 0) - 3 * _MARGIN
                room = measure_text.boundingRect(0, 0, width, 0, Qt.TextFlag.TextWordWrap, row.text(column))
                heights.append(room.height() + _MARGIN)
            if row.sizeHint(0).height() != max(heights):
                row.setSizeHint(0, QSize(0, max(heights)))

    def _font(self, bold: bool = False, slanted: bool = False) -> QFont:
        font = QFont(self.tree.font())
        font.setBold(bold)
        font.setItalic(slanted)
        return font

    def _ask(self, row: QTreeWidgetItem) -> None:
        found = (self._found[key].weakest for key, known in self._rows.items() if known is row)
        for key in found:
            self.landmark_requested.emit(key)


def _title(analysis: str) -> str:
    return _ANALYSES.get(analysis, analysis.capitalize())


def _norm_text(measured: Measured) -> str:
    return "" if measured.definition.norm is None else measured.definition.norm.text


def _class_text(measured: Measured) -> str:
    names = {grade.number: grade.name for grade in measured.definition.classes}
    return "" if measured.grade is None else f"{measured.grade}  {names[measured.grade]}"
