"""What an export is for decides which landmarks may leave."""

from collections.abc import Iterable
from enum import StrEnum

from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats.rows import LandmarkRow


class ExportPurpose(StrEnum):
    """Purpose of an export: a report, training, or a copy of everything."""

    REPORT = "report"
    TRAINING = "training"
    EVERYTHING = "everything"

    @property
    def states(self) -> frozenset[State]:
        """States that may leave for this purpose; a mere prediction never trains or stands in a report."""
        return _STATES[self]

    def select(self, rows: Iterable[LandmarkRow]) -> list[LandmarkRow]:
        """The rows that may leave for this purpose; contours leave with their landmark, whose state they share."""
        return [row for row in rows if row.state in self.states]


_STATES = {
    ExportPurpose.REPORT: frozenset({State.CONFIRMED}),
    ExportPurpose.TRAINING: frozenset({State.CONFIRMED, State.CORRECTED, State.PLACED}),
    ExportPurpose.EVERYTHING: frozenset(State),
}
