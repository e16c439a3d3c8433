"""Millimetres per pixel: what is in force, where it comes from, and typing another value."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_dentlm.core.calibration import Calibration, SpacingSource

_SOURCES: dict[SpacingSource, str] = {
    SpacingSource.PIXEL_SPACING: "from the file (PixelSpacing)",
    SpacingSource.IMAGER_SPACING_CORRECTED: "from the file, corrected for magnification",
    SpacingSource.RULER: "from a ruler on the film",
    SpacingSource.USER: "typed by a reader",
    SpacingSource.DATASET: "from the data set",
}
_SMALLEST_MM, _LARGEST_MM = 0.001, 10.0


class CalibrationBox(QWidget):
    """Shows the calibration of the film in view and asks for another one.

    Parameters
    ----------
    parent
        Owner.
    """

    requested = Signal(object)  # Calibration

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.value = QDoubleSpinBox(
            decimals=4, minimum=0.0, maximum=_LARGEST_MM, singleStep=0.01, specialValueText="–", suffix=" mm/px"
        )
        self.value.setAccessibleName("Millimetres per pixel")
        self.apply = QPushButton("Set")
        self.apply.setToolTip("Use the typed spacing for this film; it is noted as typed by you.")
        self.source = QLabel(wordWrap=True)
        self.source.setObjectName("calibration_source")
        row = QHBoxLayout()
        row.addWidget(QLabel("Calibration"))
        row.addWidget(self.value, 1)
        row.addWidget(self.apply)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.source)
        self.apply.clicked.connect(self._request)
        self.value.lineEdit().returnPressed.connect(self._request)

    def show_calibration(self, calibration: Calibration | None) -> None:
        """Show what is in force; None without a film."""
        self.setEnabled(calibration is not None)
        self.value.setValue(0.0)
        if calibration is None:
            self.source.setText("")
        elif calibration.row_mm is None or calibration.column_mm is None:
            offered = calibration.offered_mm
            if offered is not None and offered[0] == offered[1]:
                self.value.setValue(offered[0])
            self.source.setText(f"No calibration, so no mm. {calibration.reason}".strip())
        else:
            self.value.setValue(calibration.row_mm)
            self.source.setText(describe(calibration))

    def _request(self) -> None:
        # The keys of the workbench work again after Enter.
        self.value.clearFocus()
        if self.value.value() >= _SMALLEST_MM:
            self.requested.emit(Calibration.user(self.value.value()))
        else:
            self.source.setText("Type how many mm one pixel measures, for example 0.1, then press Set.")


def describe(calibration: Calibration) -> str:
    """A known calibration in words, with its source."""
    row, column = calibration.row_mm, calibration.column_mm
    size = f"{row:g}" if row == column else f"{row:g} (rows), {column:g} (columns)"
    return f"{size} mm per pixel, {_SOURCES[calibration.source]}"
