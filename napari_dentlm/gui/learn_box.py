"""Retraining on one's corrections: the button, the report card, and the switch between the models."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget

from napari_dentlm.gui.learning import Learning

_START, _ANYWAY = "Retrain on my corrections", "Retrain all the same"
_REPORT_HEIGHT = 150


class LearnBox(QWidget):
    """Starts a retraining, shows how it ended, and lets the reader choose the model.

    Parameters
    ----------
    learning
        What it shows.
    parent
        Owner.
    """

    requested = Signal(bool)  # whether every film shows another patient

    def __init__(self, learning: Learning, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._learning = learning
        self.start = QPushButton(_START)
        self.start.setToolTip(
            "Train a new model on the points that you confirmed, corrected or placed, starting from the model in use. "
            "Without a graphics card ten films take some minutes, a hundred about an hour. You can go on working, "
            "and the new model is used only when you say so."
        )
        self.apart = QCheckBox("Every film shows another patient")
        self.apart.setToolTip(
            "Films without a patient number in them count as one patient as long as they lie in one folder. The new "
            "model can be judged only on patients that it has not learnt from."
        )
        self.words = QLabel(wordWrap=True)
        self.verdict = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = QToolButton(text="Report card", checkable=True, autoRaise=True)
        self.details.setToolTip("Show or hide the errors of the new model, landmark by landmark.")
        self.details.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.report = QPlainTextEdit(readOnly=True, maximumHeight=_REPORT_HEIGHT)
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.in_use = QLabel(wordWrap=True)
        self.use_new = QPushButton("Use the new model")
        self.use_shipped = QPushButton("Back to the model of the program")
        self.use_shipped.setToolTip("Label with the model that came with the program from now on.")
        for widget in (self.start, self.apart, self.details, self.use_new, self.use_shipped):
            # The canvas keeps the keyboard.
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._arrange()
        self._connect()
        self._show_words("")
        self._show_models()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        widgets = (
            self.start,
            self.apart,
            self.words,
            self.verdict,
            self.details,
            self.report,
            self.in_use,
            self.use_new,
            self.use_shipped,
        )
        for row, widget in enumerate(widgets):
            grid.addWidget(widget, row, 0)
        # A button of fixed width would make the column as narrow.
        grid.setAlignment(self.details, Qt.AlignmentFlag.AlignLeft)

    def _connect(self) -> None:
        learning = self._learning
        self.start.clicked.connect(self._start)
        self.use_new.clicked.connect(learning.models.use_newest)
        self.use_shipped.clicked.connect(learning.models.use_shipped)
        self.details.toggled.connect(self._fold)
        learning.began.connect(self._lock)
        learning.ended.connect(self._unlock)
        learning.stage_changed.connect(self._show_words)
        learning.models.changed.connect(self._show_models)

    def _start(self) -> None:
        """Ask for a retraining, after a word of advice where there is one; once is enough until it begins."""
        advice = self._learning.advice()
        if advice and self.start.text() == _START:
            self._show_words(advice)
            self.start.setText(_ANYWAY)
        else:
            self.requested.emit(self.apart.isChecked())

    def _lock(self) -> None:
        self.start.setText(_START)
        for widget in (self.start, self.apart):
            widget.setEnabled(False)

    def _unlock(self) -> None:
        for widget in (self.start, self.apart):
            widget.setEnabled(True)

    def _show_words(self, text: str) -> None:
        self.words.setText(text)
        self.words.setVisible(bool(text))

    def _show_models(self) -> None:
        models = self._learning.models
        self.start.setText(_START)
        self.in_use.setText(f"Model in use: {models.in_use}")
        self.verdict.setText(models.verdict)
        self.verdict.setVisible(bool(models.verdict))
        self.report.setPlainText(models.report)
        self.details.setVisible(bool(models.report))
        self._fold(self.details.isChecked())
        self.use_new.setVisible(models.newest is not None and not models.uses_newest)
        self.use_new.setToolTip(
            f"Label with {models.newest.name} from now on." if models.newest else "There is no new model yet."
        )
        self.use_shipped.setVisible(not models.uses_shipped)

    def _fold(self, shown: bool) -> None:
        self.details.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self.report.setVisible(shown and bool(self.report.toPlainText()))
