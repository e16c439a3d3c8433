"""Millimetres per pixel: what is in force and where it comes from; typing it, or measuring it with a ruler."""

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QFocusEvent
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel, QPushButton, QWidget

from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.gui.tools import Ruler

_SOURCES: dict[SpacingSource, str] = {
    SpacingSource.PIXEL_SPACING: "from the file (PixelSpacing)",
    SpacingSource.IMAGER_SPACING_CORRECTED: "from the file, corrected for magnification",
    SpacingSource.RULER: "from a ruler on the film",
    SpacingSource.USER: "typed by a reader",
    SpacingSource.DATASET: "from the data set",
}
_SMALLEST_MM, _LARGEST_MM = 0.001, 10.0
_SHORTEST_MM = 1.0


class _LengthBox(QDoubleSpinBox):
    """A number that may be missing: whoever clicks into the box replaces what stands there, words included."""

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Select all, after the click that gave the focus has put its cursor."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self.selectAll)


class CalibrationBox(QWidget):
    """Shows the calibration of the film in view and asks for another one.

    Parameters
    ----------
    parent
        Owner.
    """

    requested = Signal(object)  # Calibration
    ruler_requested = Signal()
    ruler_accepted = Signal(float)  # its length in mm

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = _LengthBox(
            decimals=4, minimum=0.0, maximum=_LARGEST_MM, singleStep=0.01, specialValueText="–", suffix=" mm/px"
        )
        self.value.setAccessibleName("Millimetres per pixel")
        self.value.setToolTip("Millimetres that one pixel of the film is worth; – where that is not known.")
        self.apply = QPushButton("Set")
        self.apply.setToolTip("Use this spacing for this film; the journal notes that you stated it.")
        self.draw = QPushButton("Draw ruler")
        self.draw.setCheckable(True)
        self.draw.setToolTip("Click on the two ends of a known length on the film.")
        # No usual length: a number that stands there already would be taken for the ruler's own.
        self.length = _LengthBox(decimals=1, minimum=0.0, maximum=500.0, specialValueText="length?", suffix=" mm")
        self.length.setAccessibleName("Length of the ruler in millimetres")
        self.length.setToolTip("How many millimetres lie between the two clicks; it stands on the ruler.")
        self.use = QPushButton("Use")
        self.use.setToolTip("Calibrate this film with the ruler that you drew.")
        self.use.setEnabled(False)
        self.source = QLabel(wordWrap=True)
        self.source.setObjectName("calibration_source")
        self._shown: Calibration | None = None
        self._drawn = False
        self._edited = False
        self._arrange()
        self.value.valueChanged.connect(self._note_edit)
        self.apply.clicked.connect(self._request)
        self.value.lineEdit().returnPressed.connect(self._request)
        self.draw.clicked.connect(self.ruler_requested)
        self.length.valueChanged.connect(self._offer_use)
        self.use.clicked.connect(lambda: self.ruler_accepted.emit(self.length.value()))

    def show_calibration(self, calibration: Calibration | None) -> None:
        """Show what is in force; None without a film."""
        self.setEnabled(calibration is not None)
        self._shown, self._edited = calibration, False
        self.value.setValue(0.0)
        self.length.setValue(0.0)
        if calibration is None:
            self.source.setText("")
        elif calibration.row_mm is None or calibration.column_mm is None:
            if calibration.offered_mm is not None:
                self.value.setValue(calibration.offered_mm[0])
            self.source.setText(f"No calibration, so no mm. {calibration.reason}".strip())
        else:
            self.value.setValue(calibration.row_mm)
            self.source.setText(describe(calibration))
        self._edited = False

    def show_ruler(self, drawing: bool, ruler: Ruler | None) -> None:
        """Show whether a ruler is being drawn, and whether it can be used."""
        self.draw.setChecked(drawing)
        self._drawn = ruler is not None and ruler.end is not None
        self._offer_use()

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(3)
        grid.addWidget(QLabel("Calibration"), 0, 0)
        grid.addWidget(self.value, 0, 1)
        grid.addWidget(self.apply, 0, 2)
        grid.addWidget(self.draw, 1, 0)
        grid.addWidget(self.length, 1, 1)
        grid.addWidget(self.use, 1, 2)
        grid.addWidget(self.source, 2, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        for button in (self.apply, self.draw, self.use):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _offer_use(self) -> None:
        self.use.setEnabled(self._drawn and self.length.value() >= _SHORTEST_MM)

    def _note_edit(self) -> None:
        self._edited = True

    def _request(self) -> None:
        # The keys of the workbench work again after Enter.
        self.value.clearFocus()
        if self.value.value() < _SMALLEST_MM:
            self.source.setText("Type how many mm one pixel measures, for example 0.1, then press Set.")
        elif self._edited:
            self.requested.emit(Calibration.user(self.value.value()))
        elif self._shown is not None and self._shown.offered_mm is not None:
            # The offer as the file states it: rows and columns may differ, and the box shows four places only.
            self.requested.emit(Calibration(*self._shown.offered_mm, SpacingSource.USER))


def describe(calibration: Calibration) -> str:
    """A known calibration in words, with its source."""
    row, column = calibration.row_mm, calibration.column_mm
    size = f"{row:.4g}" if row == column else f"{row:.4g} (rows), {column:.4g} (columns)"
    words = f"{size} mm per pixel, {_SOURCES[calibration.source]}"
    return f"{words}: {calibration.reason}" if calibration.source is SpacingSource.RULER else words
