"""Reads the journals of a folder bit by bit, between the events of the window."""

from collections.abc import Iterable, Sequence
from time import perf_counter

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.gui.worklist_order import Entry

SLICE_SECONDS = 0.012
PAUSE_MS = 20
TELL_SECONDS = 0.25


class SummaryReading(QObject):
    """Looks up the summaries of all entries; those that the reader sees come first.

    `advanced` tells when what was wanted first is known, then now and then, and at the end: drawing the list anew
    costs as much as reading some journals.

    Parameters
    ----------
    parent
        Owner.
    """

    advanced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: Sequence[Entry] = ()
        self._left: dict[int, None] = {}
        self._wanted: list[int] = []
        self._told = 0.0
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self._read_some)

    @property
    def left(self) -> int:
        """Number of entries that were not looked up yet."""
        return len(self._left)

    def start(self, entries: Sequence[Entry]) -> None:
        """Look all these entries up, from the next turn of the event loop on; none stops it."""
        self._entries = entries
        self._left = dict.fromkeys(range(len(entries)))
        self._wanted = []
        if entries:
            self._timer.start()
        else:
            self._timer.stop()

    def read_first(self, rows: Iterable[int]) -> None:
        """Look these rows up before the others."""
        self._wanted = [row for row in rows if row in self._left][::-1]

    def _read_some(self) -> None:
        until = perf_counter() + SLICE_SECONDS
        hurried = bool(self._wanted)
        while self._left and perf_counter() < until:
            row = self._wanted.pop() if self._wanted else next(iter(self._left))
            self._left.pop(row, None)
            # Who asked for it meanwhile has read it already.
            self._entries[row].summary  # noqa: B018
        if not self._left:
            self._timer.stop()
        if not self._left or (hurried and not self._wanted) or until - self._told > TELL_SECONDS:
            self._told = until
            self.advanced.emit()
