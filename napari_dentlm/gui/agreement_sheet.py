"""The agreement report on the screen: the table, and the picture of the differences."""

import tempfile
from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtGui import QFontDatabase, QPixmap
from qtpy.QtWidgets import (
    QDialog,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from napari_dentlm.core.agreement import Agreement
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.files import write_text
from napari_dentlm.core.notice import NOTICE, notice_path
from napari_dentlm.gui.export_films import in_words
from napari_dentlm.gui.pictures import marked

_SIZE = (1240, 640)


class AgreementSheet(QDialog):
    """Shows an agreement; it can be saved as text, with its picture and the notice beside it.

    Parameters
    ----------
    agreement
        What to show.
    parent
        Owner.
    """

    def __init__(self, agreement: Agreement, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._agreement = agreement
        self.setWindowTitle(f"Agreement of {agreement.readers[0]} and {agreement.readers[1]}")
        self.resize(*_SIZE)
        self.table = QPlainTextEdit(agreement.table(), readOnly=True)
        self.table.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.picture = QLabel()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "agreement.png"
            agreement.picture(path)
            self.picture.setPixmap(QPixmap(str(path)))
        scroll = QScrollArea()
        scroll.setWidget(self.picture)
        pages = QTabWidget()
        pages.addTab(self.table, "Table")
        pages.addTab(scroll, "Differences (Bland-Altman)")
        save = QPushButton("Save…", autoDefault=False)
        save.setToolTip("Write the table and the picture into files.")
        save.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        save.clicked.connect(self._ask)
        layout = QVBoxLayout(self)
        layout.addWidget(pages)
        layout.addWidget(save)

    def save(self, target: Path) -> None:
        """Write the table to `target`, and beside it the picture and what the program is not.

        Raises
        ------
        DentLMError, OSError
            When the folder cannot be written, or `target` is an image.
        """
        from napari_dentlm.core.imaging import is_image_file

        if is_image_file(target):
            raise DentLMError(f"{target.name} is an image, and images are never written over. Choose another name.")
        write_text(target, self._agreement.table() + "\n")
        self._agreement.picture(target.with_name(marked(target.stem)))
        write_text(notice_path(target), f"NOT A MEDICAL DEVICE\n\n{NOTICE}\n")

    def _ask(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the agreement report", "agreement.txt", "Text (*.txt)")
        if chosen:
            try:
                self.save(Path(chosen))
            except (DentLMError, OSError) as error:
                self.table.appendPlainText(f"\nNot saved. {in_words(error, Path(chosen))}")
