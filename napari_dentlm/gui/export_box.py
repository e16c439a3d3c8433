"""Choosing what may leave."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from napari_dentlm.core.formats import ExportPurpose

_TITLES: dict[ExportPurpose, str] = {
    ExportPurpose.REPORT: "For reports: confirmed points",
    ExportPurpose.TRAINING: "For training: also corrected, placed",
    ExportPurpose.EVERYTHING: "Everything, predictions too",
}


class ExportBox(QWidget):
    """Chooses what may leave and asks for the export.

    Parameters
    ----------
    parent
        Owner.
    """

    requested = Signal(object)  # ExportPurpose

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.purpose = QComboBox()
        self.purpose.setAccessibleName("What to export")
        for purpose, title in _TITLES.items():
            self.purpose.addItem(title, str(purpose))
        self.button = QPushButton("Export CSV…")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.purpose, 1)
        layout.addWidget(self.button)
        self.button.clicked.connect(lambda: self.requested.emit(ExportPurpose(self.purpose.currentData())))
