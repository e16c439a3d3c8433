"""The exports to choose from, and the exporter that goes over the films between the events of the window."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.notice import notice_path, write_notice
from napari_dentlm.gui.archive import ArchiveExport
from napari_dentlm.gui.export_films import Export
from napari_dentlm.gui.film_pass import FilmPass, Waiting
from napari_dentlm.gui.pictures import FilmPictureExport, PicturesExport
from napari_dentlm.gui.worklist import Worklist

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image

_PAUSE_MS = 3


class ExportKind(StrEnum):
    """What an export makes of the films."""

    TABLE = "table"
    FILM_PICTURE = "film_picture"
    PICTURES = "pictures"
    ARCHIVE = "archive"


@dataclass(slots=True)
class TableExport(Export):
    """The landmark CSV."""

    def _work(self) -> Waiting[None]:
        yield from self._each_frame(self._take)
        if self.rows:
            yield from self._aside(self._finish)

    def _finish(self) -> None:
        landmark_csv.write(self.target, self.rows)
        self.written = True
        write_notice(notice_path(self.target), self.rows)

    def _take(self, _image: "Image", _annotations: list[Annotation], rows: list[LandmarkRow]) -> Waiting[None]:
        self.rows += rows
        yield None


class Exporter(QObject):
    """Goes over the films for one piece of work at a time, between the events of the window.

    Parameters
    ----------
    worklist
        The films.
    parent
        Owner.
    """

    titled = Signal(str)  # what is under way, before it begins
    began = Signal(int)
    advanced = Signal(int, int)
    ended = Signal()
    message = Signal(str)
    failures_changed = Signal(str, str, list)  # what found them, a heading, and each Finding
    finished = Signal(object, str)  # the FilmPass, whose `complete` says whether it came to its end, and how it ended

    def __init__(self, worklist: Worklist, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self._work: FilmPass | None = None
        self._steps: Iterator[int | None] = iter(())
        self._total = 0
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._step)
        worklist.closing.connect(self.cancel)

    @property
    def running(self) -> bool:
        """Whether anything is under way."""
        return self._work is not None

    def is_free(self) -> bool:
        """Whether something can be started; says so when not."""
        if self._work is not None:
            self.message.emit(f"{self._work.title} is under way already. Wait until it is done, or press Cancel.")
        return self._work is None

    def start(
        self, reader: str, purpose: ExportPurpose, target: Path, kind: ExportKind = ExportKind.TABLE, frame: int = 0
    ) -> None:
        """Export the annotations of `reader` to `target`; see `prepare`."""
        if self.is_free():
            export = self.prepare(reader, purpose, target, kind, frame)
            if export is not None:
                self.run(export)

    def prepare(
        self, reader: str, purpose: ExportPurpose, target: Path, kind: ExportKind = ExportKind.TABLE, frame: int = 0
    ) -> Export | None:
        """An export of the annotations of `reader` to `target`, to be run; None, with a word, when it cannot be.

        Parameters
        ----------
        reader
            Whose annotations leave; of an archive, every reader's.
        purpose
            Which states may leave.
        target
            A file; for the pictures of all films a folder that is not there yet.
        kind
            What to make. A film picture is made of the film in view.
        frame
            Frame in view, for a film picture.
        """
        from napari_dentlm.core.imaging import is_image_file

        if is_image_file(target):
            self.message.emit(f"{target.name} is an image, and images are never written over. Choose another name.")
            return None
        if kind is ExportKind.FILM_PICTURE and self._worklist.current < 0:
            self.message.emit("Open a film first.")
            return None
        return self._new(kind, (self._worklist, reader, purpose, target), frame)

    def run(self, work: FilmPass) -> bool:
        """Carry out an export or other work; False, with a word, while something is under way."""
        if not self.is_free():
            return False
        self._work, self._steps, self._total = work, work.steps(), len(work.entries())
        self.failures_changed.emit(work.title, "", [])
        self.titled.emit(work.title)
        self.began.emit(self._total)
        self._timer.start()
        return True

    def cancel(self) -> None:
        """Stop; nothing half-written stays."""
        if self._work is None:
            return
        # Closing the steps waits for the one film that the thread works on.
        self._steps.close()  # type: ignore[attr-defined]
        self._end(self._work.stopped)

    def _new(self, kind: ExportKind, what: tuple[Worklist, str, ExportPurpose, Path], frame: int) -> Export:
        if kind is ExportKind.TABLE:
            return TableExport(*what)
        if kind is ExportKind.ARCHIVE:
            return ArchiveExport(*what)
        if kind is ExportKind.PICTURES:
            return PicturesExport(*what)
        return FilmPictureExport(*what, entry=self._worklist.entries[self._worklist.current], frame=frame)

    def _step(self) -> None:
        if self._work is None:
            return
        try:
            done = next(self._steps)
        except StopIteration:
            self._end(self._work.summary)
        except (DentLMError, OSError) as error:
            self._end(self._work.why_not(error))
        else:
            self._timer.start()
            if done is not None:
                self.advanced.emit(done, self._total)

    def _end(self, text: str) -> None:
        work, self._work, self._steps = self._work, None, iter(())
        self._timer.stop()
        if work is not None:
            self.failures_changed.emit(work.title, work.heading, work.findings)
        self.ended.emit()
        self.message.emit(text)
        self.finished.emit(work, text)
