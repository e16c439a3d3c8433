"""Exporting the annotations of the open folder as landmark CSV, film by film."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow, rows_of
from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.worklist import Entry, Worklist


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
        from napari_dentlm.core.imaging import iter_frames

        images = list(iter_frames(path))
        found: list[LandmarkRow] = []
        with self.worklist.journal(path, [image.image_id for image in images]) as journal:
            for image in images:
                found += rows_of(
                    journal.annotation(self.reader, frame=image.frame),
                    image=_relative(path, self.target.parent),
                    image_size=(image.width, image.height),
                    calibration=journal.calibration(self.reader) or image.calibration,
                    patient=self.worklist.pseudonym(image),
                )
        return found


class Exporter(QObject):
    """Runs one export at a time between the events of the window.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    began = Signal(int)
    advanced = Signal(int, int)
    ended = Signal()
    message = Signal(str)

    def __init__(self, worklist: Worklist, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self._export: Export | None = None
        self._steps: Iterator[int] = iter(())
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._step)
        worklist.closing.connect(self.cancel)

    def start(self, reader: str, purpose: ExportPurpose, target: Path) -> None:
        """Export the annotations of `reader` to `target`."""
        if self._export is None:
            self._export = Export(self._worklist, reader, purpose, target)
            self._steps = self._export.steps()
            self.began.emit(len(self._worklist.entries))
            self._timer.start()

    def cancel(self) -> None:
        """Stop; nothing is written then."""
        if self._export is not None:
            self._end("The export was stopped; nothing was written.")

    def _step(self) -> None:
        if self._export is None:
            return
        try:
            done = next(self._steps)
        except StopIteration:
            self._end(self._export.summary)
        except (DentLMError, OSError) as error:
            self._end(f"The export was not written. {error}")
        else:
            self.advanced.emit(done, len(self._worklist.entries))
            self._timer.start()

    def _end(self, text: str) -> None:
        self._export, self._steps = None, iter(())
        self._timer.stop()
        self.ended.emit()
        self.message.emit(text)


def _relative(path: Path, folder: Path) -> str:
    """Path of an image as the CSV in `folder` names it; absolute where there is no way from one to the other."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()
