"""The films in the folder's order, and those of them that are shown, in the order in which they are turned over."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from time import perf_counter

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.summary_reading import SummaryReading
from napari_dentlm.gui.worklist_order import UNFINISHED, Arrangement, Entry, Show, Sort

REARRANGE_MS = 300
FIRST_LOOK_SECONDS = 0.05


class FilmList(QObject):
    """Films, the one in view, and the reader's wishes for the list.

    `entries` are all films in the folder's order, and every row number means a row of it. `shown` is what the reader
    sees: it changes when the reader asks for it, when journals were read and when predictions arrive, but not while
    a film is corrected, so that no film jumps away under the hands.

    Parameters
    ----------
    parent
        Owner.
    """

    entry_changed = Signal(int)
    current_changed = Signal()
    shown_changed = Signal()
    counts_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []
        self.shown: list[int] = []
        self._current = -1
        self._reader = ""
        self._arrangement = Arrangement()
        self._reading = SummaryReading(self)
        self._reading.advanced.connect(self._on_summaries)
        self._rearrange = self._timer(REARRANGE_MS, self._arrange_again)

    @property
    def current(self) -> int:
        """Row of the film in view; -1 before the first one."""
        return self._current

    @current.setter
    def current(self, index: int) -> None:
        self._current = index
        self.current_changed.emit()

    @property
    def reader(self) -> str:
        """The reader at work, whose progress is shown; without a name, that of the furthest reader of each film."""
        return self._reader

    def set_reader(self, reader: str) -> None:
        """Show how far another reader has come; the journals are read again between the events of the window."""
        if reader == self._reader:
            return
        self._reader = reader
        for entry in self.entries:
            entry.hand_over(reader)
        self._reading.start(self.entries)
        # The rows tell of somebody else now, also where none of them moved; they move when the journals are read.
        self.shown_changed.emit()

    def first_unfinished(self) -> int:
        """Row of the first film shown that still needs the reader; of the first one when none is found soon.

        In a large folder where much is done, a film further down may be the first: looking for it would keep the
        window waiting.
        """
        until = perf_counter() + FIRST_LOOK_SECONDS
        for row in self.shown:
            entry = self.entries[row]
            if (entry.known is not None or perf_counter() < until) and entry.status in UNFINISHED:
                return row
        return self.shown[0] if self.shown else 0

    @property
    def arrangement(self) -> Arrangement:
        """Which films the reader wants to see, and in which order."""
        return self._arrangement

    def arrange(self, *, show: Show | None = None, text: str | None = None, sort: Sort | None = None) -> None:
        """Show other films, or in another order; None leaves a wish as it is."""
        wish = self._arrangement
        self._set_arrangement(
            replace(
                wish,
                show=wish.show if show is None else show,
                text=wish.text if text is None else text.strip(),
                sort=wish.sort if sort is None else sort,
            )
        )

    def set_blind(self, blind: bool) -> None:
        """Keep from a blind reader which films and points the model doubts."""
        self._set_arrangement(replace(self._arrangement, blind=blind))
        # The rows tell less or more now, also where none of them moved.
        self.counts_changed.emit()

    def neighbour(self, by: int) -> int | None:
        """Row of the film that is shown `by` places after the current one; None beyond the ends of the list."""
        if self._current in self.shown:
            place = self.shown.index(self._current) + by
        else:
            place = by - 1 if by > 0 else len(self.shown) + by
        return self.shown[place] if 0 <= place < len(self.shown) else None

    def counts(self) -> Counter[Status]:
        """How many films have each status, of those whose journal was read; see `unread`."""
        return Counter(entry.known.status for entry in self.entries if entry.known is not None)

    @property
    def unread(self) -> int:
        """How many films' journals were not read yet."""
        return self._reading.left

    def read_first(self, rows: Iterable[int]) -> None:
        """Read the journals of these rows before the others."""
        self._reading.read_first(rows)

    def _list(self, entries: Sequence[Entry]) -> None:
        """Take other films; the reader's order stays, the filter does not."""
        self._rearrange.stop()
        self.entries = list(entries)
        self._arrangement = Arrangement(sort=self._arrangement.sort, blind=self._arrangement.blind)
        self.shown = self._arrangement.rows(self.entries)
        self._reading.start(self.entries)

    def _timer(self, milliseconds: int, work: Callable[[], object]) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=milliseconds)
        timer.timeout.connect(work)
        return timer

    def _tell(self, row: int) -> None:
        self.entry_changed.emit(row)
        self.counts_changed.emit()

    def _set_arrangement(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        self._show_rows(arrangement.rows(self.entries))

    def _arrange_again(self) -> None:
        self._show_rows(self._arrangement.rows(self.entries, self._current if self._current in self.shown else -1))

    def _show_rows(self, rows: list[int]) -> None:
        if rows != self.shown:
            self.shown = rows
            self.shown_changed.emit()

    def _on_summaries(self) -> None:
        self.counts_changed.emit()
        if self._reading.left == 0:
            self._arrange_again()
        elif self._arrangement.show is not Show.ALL and not self._rearrange.isActive():
            self._rearrange.start()
