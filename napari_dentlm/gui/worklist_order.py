"""The films of the worklist: what is known of each, which of them are shown, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.review_summary import ReviewSummary

if TYPE_CHECKING:
    from napari_dentlm.core.folder import PatientFolder

UNFINISHED = (Status.NEW, Status.LABELLED, Status.IN_REVIEW)
# Films with points first, then those without; what needs nobody comes last.
_URGENCY = (Status.IN_REVIEW, Status.LABELLED, Status.NEW, Status.DONE, Status.EXCLUDED, Status.FAILED)


@dataclass(slots=True, eq=False)
class Entry:
    """One file of the list.

    Parameters
    ----------
    path, relative
        The file, and its path from the folder with forward slashes.
    folder
        Where its journal is looked up.
    reader
        The reader at work.
    note
        Why it failed, or who left it out and why.
    known
        What its journal said; None until somebody asks.
    calibration
        Of the file itself; None until it was read.
    """

    path: Path
    relative: str
    folder: "PatientFolder"
    reader: str = ""
    note: str = ""
    known: ReviewSummary | None = None
    calibration: Calibration | None = None

    @property
    def summary(self) -> ReviewSummary:
        """What the journal says; it is read when nobody has asked before."""
        return self.known or self.read()

    @property
    def status(self) -> Status:
        """How far the review of the reader at work has come."""
        return self.summary.status

    @property
    def is_foreign(self) -> bool:
        """Whether this is a picture of a kind that is not read, such as a telephone's HEIC."""
        from napari_dentlm.core.imaging.source import FOREIGN_ENDINGS

        return self.path.suffix.lower() in FOREIGN_ENDINGS

    def hand_over(self, reader: str) -> None:
        """Let another reader work; the journal is looked up for him when somebody asks."""
        if self.known is not None and self.note == self.known.note:
            self.note = ""
        self.reader, self.known = reader, None

    def read(self) -> ReviewSummary:
        """Look the journal up again."""
        before, self.known = self.known, self.folder.summary(self.path, self.reader)
        if self.known.note:
            self.note = self.known.note
        elif before is not None and before.note:
            self.note = ""
        return self.known


class Show(StrEnum):
    """Which films are shown; the values are the words on the button. Set aside are those failed or excluded."""

    ALL = "All films"
    TO_DO = "To do"
    FLAGGED = "Flagged"
    IN_REVIEW = "In review"
    DONE = "Done"
    SET_ASIDE = "Set aside"

    def takes(self, summary: ReviewSummary) -> bool:
        """Whether a film with this summary is shown."""
        if self is Show.FLAGGED:
            return summary.flagged and summary.status in UNFINISHED
        return self is Show.ALL or summary.status in _STATUSES[self]


class Sort(StrEnum):
    """In which order films are shown; the values are the words on the button."""

    FOLDER = "Folder order"
    URGENCY = "Most urgent"


_STATUSES: dict[Show, tuple[Status, ...]] = {
    Show.TO_DO: UNFINISHED,
    Show.IN_REVIEW: (Status.IN_REVIEW,),
    Show.DONE: (Status.DONE,),
    Show.SET_ASIDE: (Status.FAILED, Status.EXCLUDED),
}


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the reader wants to see.

    Parameters
    ----------
    show, text
        A film is shown when its status fits and its path holds the text.
    sort
        The order; by urgency only once every journal was read, by folder until then.
    blind
        Whether the reader must not learn what the model doubts: flags and expected errors do not count then.
    """

    show: Show = Show.ALL
    text: str = ""
    sort: Sort = Sort.FOLDER
    blind: bool = False

    def rows(self, entries: Sequence[Entry], held: int = -1) -> list[int]:
        """Rows of the films that are shown, in order; films whose journal was not read yet count for `ALL` only.

        Parameters
        ----------
        entries
            All films.
        held
            Row of a film that stays although its status does not fit any more, and counts as unfinished.
        """
        text = self.text.casefold()
        rows = [
            row
            for row, entry in enumerate(entries)
            if row == held or (text in entry.relative.casefold() and self._takes(entry))
        ]
        if self.sort is Sort.URGENCY and all(entry.known is not None for entry in entries):
            rows.sort(key=lambda row: self._urgency(entries[row].summary, row == held))
        return rows

    def _takes(self, entry: Entry) -> bool:
        show = Show.TO_DO if self.blind and self.show is Show.FLAGGED else self.show
        return show is Show.ALL or (entry.known is not None and show.takes(entry.known))

    def _urgency(self, summary: ReviewSummary, held: bool) -> tuple[int, bool, float]:
        """Sorts the most urgent film first: a flagged point, then the largest expected error."""
        if held:
            return -1, False, 0.0
        rank = max(_URGENCY.index(summary.status), _URGENCY.index(Status.LABELLED))
        return (rank, False, 0.0) if self.blind else (rank, not summary.flagged, -summary.doubt)
