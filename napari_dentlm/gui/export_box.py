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
        self.purpose.setToolTip("Which points leave; a prediction that nobody looked at never stands in a report.")
        self.kind.setToolTip("A table, pictures, or an archive of films and points without names.")
        self.button = QPushButton("Export…")
        self.button.setToolTip("Choose where to; impossible geometry is told before anything is written.")
        for widget in (self.purpose, self.kind, self.button):
            # The canvas keeps the keyboard.
            widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
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
        The folder to propose.
    film
        The film in view.
    parent
        Window that the questions belong to.

    Returns
    -------
    Path or None
        The file or new folder; None when the reader does not want to.
    """
    if kind is ExportKind.ARCHIVE and not _agreed(parent, "Archive without names", IDENTIFIABLE, "Export"):
        return None
    if kind is ExportKind.PICTURES:
        text, _ = QFileDialog.getSaveFileName(parent, "New folder for the pictures", str(root / "pictures"))
    else:
        proposed = root / _proposal(kind, purpose, film)
        text, _ = QFileDialog.getSaveFileName(parent, "Export", str(proposed), _FILTERS.get(kind, "Picture (*.png)"))
    if not text:
        return None
    chosen, target = Path(text), _named(Path(text), kind)
    # The dialog has asked about the name that was typed, not about this one.
    return target if target == chosen or not target.exists() or _may_replace(target, parent) else None


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


def _may_replace(target: Path, parent: QWidget) -> bool:
    return _agreed(parent, "Export", f"{target.name} is there already. Replace it?", "Replace")


def _agreed(parent: QWidget, title: str, text: str, button: str) -> bool:
    """Whether the reader presses `button` below a warning, and not Cancel."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=parent)
    wanted = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is wanted
