"""The list of films with their status."""

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.worklist import Entry, Worklist

_WORDS: dict[Status, str] = {
    Status.NEW: "○ new",
    Status.LABELLED: "◔ labelled",
    Status.IN_REVIEW: "◑ in review",
    Status.DONE: "● done",
    Status.FAILED: "✕ failed",
    Status.EXCLUDED: "– excluded",
}
_HEADERS = ("Film", "Status")


class ImageListModel(QAbstractTableModel):
    """The worklist as Qt sees it.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    def __init__(self, worklist: Worklist, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        worklist.reset.connect(self._reset)
        worklist.entry_changed.connect(self._row_changed)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Number of films."""
        return 0 if parent is not None and parent.isValid() else len(self._worklist.entries)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Film and status."""
        return 0 if parent is not None and parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Names of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _HEADERS[section]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a cell, and why a film failed."""
        entry = self._worklist.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.relative if index.column() == 0 else _WORDS[entry.status]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tooltip(entry)
        return None

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _row_changed(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(_HEADERS) - 1))


def _tooltip(entry: Entry) -> str:
    return f"{entry.relative}\n{entry.note}" if entry.note else entry.relative


class ImageList(QTableView):
    """Shows the list and asks for the film that is clicked.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    film_requested = Signal(int)

    def __init__(self, worklist: Worklist, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self.setModel(ImageListModel(worklist, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setAccessibleName("Films")
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, 96)
        self.clicked.connect(lambda index: self.film_requested.emit(index.row()))
        self.activated.connect(self._on_activated)
        worklist.current_changed.connect(self._show_current)

    def _on_activated(self, index: QModelIndex) -> None:
        # A click can activate as well, on some desktops; it has asked already.
        if index.row() != self._worklist.current:
            self.film_requested.emit(index.row())

    def _show_current(self) -> None:
        index = self.model().index(self._worklist.current, 0)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
