"""The list of films with their pictures and status."""

from typing import Any

from qtpy.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QObject, QPoint, Qt, QTimer, Signal
from qtpy.QtGui import QPixmap, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QInputDialog, QListView, QMenu, QWidget

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.film_row import STATUS_LOOKS, FilmRow, weakest_text
from napari_dentlm.gui.thumbnails import Thumbnails
from napari_dentlm.gui.worklist import Worklist
from napari_dentlm.gui.worklist_order import Entry

REASONS = ("Not a lateral film", "Too blurred or too dark", "Head turned", "Taken twice", "Not of this study")
_SETTLED_MS = 30


class ImageListModel(QAbstractTableModel):
    """The films that are shown, as Qt sees them.

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
        self.thumbnails = Thumbnails(self)
        self.thumbnails.calibration_found.connect(worklist.set_calibration)
        self.thumbnails.unreadable.connect(worklist.mark_failed)
        worklist.closing.connect(self.thumbnails.clear)
        worklist.reset.connect(self._reset)
        worklist.shown_changed.connect(self._reset)
        worklist.entry_changed.connect(self._row_changed)

    @property
    def blind(self) -> bool:
        """Whether what the model doubts is kept from the reader."""
        return self._worklist.arrangement.blind

    def entry(self, row: int) -> Entry:
        """The film in a row of the list."""
        return self._worklist.entries[self._worklist.shown[row]]

    def picture(self, entry: Entry) -> QPixmap | None:
        """The small picture of a film, where it was read."""
        return self.thumbnails.get(entry.path)

    def rowCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Number of films."""
        return 0 if parent is not None and parent.isValid() else len(self._worklist.shown)

    def columnCount(self, parent: QModelIndex | None = None) -> int:  # noqa: N802
        """Film and status; the list shows both in one row."""
        return 0 if parent is not None and parent.isValid() else 2

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text of a film for readers of screens, and what went wrong with it."""
        if not index.isValid():
            return None
        entry = self.entry(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.relative if index.column() == 0 else _status_text(entry.status)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(entry)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._tooltip(entry).replace("\n", ", ")
        return None

    def _tooltip(self, entry: Entry) -> str:
        summary = entry.summary
        lines = [entry.relative, _status_text(summary.status)]
        if summary.total and summary.status is not Status.FAILED:
            lines[1] += f", {summary.settled} of {summary.total} points settled"
        others = [reader for reader in summary.readers if reader != entry.reader]
        lines += [f"Also read by {' and '.join(others)}"] if others else []
        weakest = "" if self.blind else weakest_text(entry)
        lines += [f"Look first at {weakest}"] if weakest else []
        lines += [f"Flagged: {summary.weakest.flag}"] if weakest and summary.flagged and summary.weakest else []
        return "\n".join([*lines, entry.note] if entry.note else lines)

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _row_changed(self, row: int) -> None:
        if row in self._worklist.shown:
            place = self._worklist.shown.index(row)
            self.dataChanged.emit(self.index(place, 0), self.index(place, 1))


def _status_text(status: Status) -> str:
    return f"{STATUS_LOOKS[status].sign} {STATUS_LOOKS[status].word}"


class ImageList(QListView):
    """Shows the list and asks for the film that is clicked; every row number is one of the worklist.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    film_requested = Signal(int)
    exclusion_requested = Signal(int, str)
    inclusion_requested = Signal(int)

    def __init__(self, worklist: Worklist, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self._films = ImageListModel(worklist, self)
        self._place = 0
        self.setModel(self._films)
        self.setItemDelegate(FilmRow(self._films, self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # The keys of the workbench go on working after a click.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Films")
        self._settled = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settled.timeout.connect(self._read_visible)
        self.verticalScrollBar().valueChanged.connect(self._settle)
        self.verticalScrollBar().rangeChanged.connect(self._settle)
        self.clicked.connect(lambda index: self.film_requested.emit(worklist.shown[index.row()]))
        self.activated.connect(self._on_activated)
        self.customContextMenuRequested.connect(self._show_menu)
        # Only what is in sight is drawn anew; telling of changed rows would lay all of them out again.
        for changed in (self.thumbnails.ready, worklist.counts_changed):
            changed.connect(self._repaint)
        worklist.current_changed.connect(self._show_current)
        self._films.modelAboutToBeReset.connect(self._keep_place)
        self._films.modelReset.connect(self._go_back)
        # At once: the first film, which is read next, keeps the window busy for a moment.
        worklist.reset.connect(self._draw_now)

    @property
    def thumbnails(self) -> Thumbnails:
        """The pictures in memory."""
        return self._films.thumbnails

    def visible_rows(self) -> range:
        """Rows of the list that are in sight."""
        if not self._worklist.shown:
            return range(0)
        area = self.viewport().rect()
        last = self.indexAt(area.bottomLeft()).row()
        first = max(0, self.indexAt(area.topLeft()).row())
        return range(first, len(self._worklist.shown) if last < 0 else last + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Look for the pictures of rows that came into sight; the film in view stays in it when the list shrinks."""
        super().resizeEvent(event)
        place = self.visualRect(self.currentIndex())
        if place.isValid() and place.top() >= 0 and place.bottom() < event.oldSize().height():
            self.scrollTo(self.currentIndex())
        self._settle()

    def menu(self, row: int) -> QMenu:
        """What can be done with a film of the worklist."""
        entry = self._worklist.entries[row]
        menu = QMenu(self)
        menu.addAction("Open").triggered.connect(lambda: self.film_requested.emit(row))
        if entry.status is Status.EXCLUDED:
            menu.addAction("Include again").triggered.connect(lambda: self.inclusion_requested.emit(row))
        else:
            exclude = menu.addAction("Exclude…")
            exclude.setEnabled(not self._worklist.problem)
            exclude.triggered.connect(lambda: self._ask_reason(row))
        return menu

    def _show_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        if index.isValid():
            self.menu(self._worklist.shown[index.row()]).popup(self.viewport().mapToGlobal(place))

    def _ask_reason(self, row: int) -> None:
        name = self._worklist.entries[row].path.name
        reason, ok = QInputDialog.getItem(self, "Exclude a film", f"Why is {name} left out?", list(REASONS))
        if ok and reason.strip():
            self.exclusion_requested.emit(row, reason.strip())

    def _on_activated(self, index: QModelIndex) -> None:
        row = self._worklist.shown[index.row()]
        # A click can activate as well, on some desktops; it has asked already.
        if row != self._worklist.current:
            self.film_requested.emit(row)

    def _show_current(self) -> None:
        shown, current = self._worklist.shown, self._worklist.current
        index = self._films.index(shown.index(current), 0) if current in shown else QModelIndex()
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _keep_place(self) -> None:
        self._place = self.verticalScrollBar().value()

    def _go_back(self) -> None:
        self.doItemsLayout()
        self.verticalScrollBar().setValue(self._place)
        self._show_current()
        self._settle()

    def _draw_now(self) -> None:
        self.viewport().repaint()

    def _repaint(self) -> None:
        self.viewport().update()

    def _settle(self) -> None:
        self._settled.start()

    def _read_visible(self) -> None:
        """Ask for what the rows in sight are to show, once the list stands still."""
        rows = [self._worklist.shown[place] for place in self.visible_rows()]
        self._worklist.read_first(rows)
        self.thumbnails.want([self._worklist.entries[row].path for row in rows])
