"""Exporting the annotations of the open folder as landmark CSV."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.folder import Status
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow, rows_of
from napari_dentlm.core.imaging import iter_frames
from napari_dentlm.gui.worklist import Entry, Worklist

_TITLES: dict[ExportPurpose, str] = {
    ExportPurpose.REPORT: "For reports: confirmed points",
    ExportPurpose.TRAINING: "For training: confirmed, corrected, placed",
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
            self.purpose.addItem(title, purpose)
        self.button = QPushButton("Export CSV…")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.purpose, 1)
        layout.addWidget(self.button)
        self.button.clicked.connect(lambda: self.requested.emit(ExportPurpose(self.purpose.currentData())))


@dataclass(slots=True)
class Export:
    """One export, carried out film by film so that the window stays alive.

    Parameters
    ----------
    worklist
        The films.
    reader
        Whose annotations leave.
    purpose
        Which states may leave.
    target
        The CSV to write.
    """

    worklist: Worklist
    reader: str
    purpose: ExportPurpose
    target: Path
    rows: list[LandmarkRow] = field(default_factory=list)
    films: int = 0
    failures: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[int]:
        """Collect one film per step, then write the file; yields the number of films done."""
        for done, entry in enumerate(list(self.worklist.entries), start=1):
            if entry.status not in (Status.NEW, Status.FAILED, Status.EXCLUDED):
                self._collect(entry)
            yield done
        if self.rows:
            landmark_csv.write(self.target, self.rows)

    @property
    def summary(self) -> str:
        """What left, in words."""
        if not self.rows:
            return f"Nothing was exported: no point in this folder is {self._wanted()} by {self.reader}."
        text = f"{len(self.rows)} points of {self.films} films were written to {self.target.name}."
        return " ".join([text, *self.failures])

    def _wanted(self) -> str:
        if self.purpose is ExportPurpose.REPORT:
            return "confirmed"
        return "confirmed, corrected or placed" if self.purpose is ExportPurpose.TRAINING else "known"

    def _collect(self, entry: Entry) -> None:
        try:
            rows = self.purpose.select(self._rows_of_file(entry.path))
        except (DentLMError, OSError) as error:
            self.failures.append(str(error))
            return
        self.rows += rows
        self.films += bool(rows)

    def _rows_of_file(self, path: Path) -> list[LandmarkRow]:
        images = list(iter_frames(path))
        found: list[LandmarkRow] = []
        with self.worklist.journal(path, [image.image_id for image in images], read_only=True) as journal:
            for image in images:
                found += rows_of(
                    journal.annotation(self.reader, frame=image.frame),
                    image=self.worklist.relative(path, self.target.parent),
                    image_size=(image.width, image.height),
                    calibration=journal.calibration(self.reader) or image.calibration,
                    patient=self.worklist.pseudonym(image),
                )
        return found
