"""Choosing what may leave, as what, and where to."""

from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QGridLayout, QMessageBox, QPushButton, QWidget

from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.core.notice import IDENTIFIABLE
from napari_dentlm.gui.export import ExportKind
from napari_dentlm.gui.pictures import marked

_PURPOSES: dict[ExportPurpose, str] = {
    ExportPurpose.REPORT: "Confirmed points (for reports)",
    ExportPurpose.TRAINING: "Also corrected, placed (for training)",
    ExportPurpose.EVERYTHING: "Everything, predictions too",
}
_KINDS: dict[ExportKind, tuple[str, str]] = {
    ExportKind.TABLE: ("Table (CSV)", "One row per point, for spreadsheets and programs."),
    ExportKind.FILM_PICTURE: ("Picture of this film (PNG)", "The film in view with its points drawn on it."),
    ExportKind.PICTURES: ("Pictures of all films (PNG)", "A folder with a picture of every film."),
    ExportKind.ARCHIVE: (
        "Archive without names (ZIP)",
        "Films and points in one file, with pseudonyms instead of names; every reader's points.",
    ),
}
_FILTERS = {ExportKind.TABLE: "Landmark CSV (*.csv)", ExportKind.ARCHIVE: "Archive (*.zip)"}


class ExportBox(QWidget):
    """Chooses what may leave and asks for the export.

    Parameters
    ----------
    parent
        Owner.
    """

    requested = Signal(object, object)  # ExportPurpose, ExportKind

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.purpose, self.kind = QComboBox(), QComboBox()
        self.purpose.setAccessibleName("Which points to export")
        self.kind.setAccessibleName("What to export them as")
        for purpose, title in _PURPOSES.items():
            self.purpose.addItem(title, str(purpose))
        for row, (kind, (title, tip)) in enumerate(_KINDS.items()):
            self.kind.addItem(title, str(kind))
            self.kind.setItemData(row, tip, Qt.ItemDataRole.ToolTipRole)
        for box in (self.purpose, self.kind):
            # The longest entry must not make the panel wider.
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.button = QPushButton("Export…")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.purpose, 0, 0, 1, 2)
        layout.addWidget(self.kind, 1, 0)
        layout.addWidget(self.button, 1, 1)
        layout.setColumnStretch(0, 1)
        self.button.clicked.connect(self._request)

    def _request(self) -> None:
        purpose, kind = ExportPurpose(self.purpose.currentData()), ExportKind(self.kind.currentData())
        self.requested.emit(purpose, kind)


def ask_target(kind: ExportKind, purpose: ExportPurpose, root: Path, film: Path | None, parent: QWidget) -> Path | None:
    """Ask where an export goes to; before an archive, whether to go on.

    Parameters
    ----------
    kind, purpose
        Of the export.
    root
        The open folder.
    film
        The film in view.
    parent
        Window that the questions belong to.

    Returns
    -------
    Path or None
        The file or new folder; None when the reader does not want to.
    """
    if kind is ExportKind.ARCHIVE and not _confirmed(parent):
        return None
    if kind is ExportKind.PICTURES:
        text, _ = QFileDialog.getSaveFileName(parent, "New folder for the pictures", str(root / "pictures"))
    else:
        proposed = root / _proposal(kind, purpose, film)
        text, _ = QFileDialog.getSaveFileName(parent, "Export", str(proposed), _FILTERS.get(kind, "Picture (*.png)"))
    return _named(Path(text), kind) if text else None


def _proposal(kind: ExportKind, purpose: ExportPurpose, film: Path | None) -> str:
    if kind is ExportKind.FILM_PICTURE:
        return marked(film.stem if film is not None else "film")
    return f"landmarks_{purpose}.csv" if kind is ExportKind.TABLE else f"archive_{purpose}.zip"


def _named(target: Path, kind: ExportKind) -> Path:
    """The target with the ending of its kind; a picture gets a name that is not taken for a film."""
    if kind is ExportKind.FILM_PICTURE:
        return target if target.name.endswith(marked("")) else target.with_name(marked(target.stem))
    ending = {ExportKind.TABLE: ".csv", ExportKind.ARCHIVE: ".zip"}.get(kind, "")
    return target if target.name.lower().endswith(ending) else target.with_name(target.name + ending)


def _confirmed(parent: QWidget) -> bool:
    box = QMessageBox(QMessageBox.Icon.Warning, "Archive without names", IDENTIFIABLE, parent=parent)
    export = box.addButton("Export", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is export
