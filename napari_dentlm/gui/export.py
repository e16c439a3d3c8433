"""Running exports between the events of the window."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui.archive import ArchiveExport
from napari_dentlm.gui.export_films import Export, TableExport, in_words
from napari_dentlm.gui.pictures import FilmPictureExport, PicturesExport
from napari_dentlm.gui.worklist import Worklist

_PAUSE_MS = 3


class ExportKind(StrEnum):
    """What an export makes of the films."""

    TABLE = "table"
    FILM_PICTURE = "film_picture"
    PICTURES = "pictures"
    ARCHIVE = "archive"


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
    failures_changed = Signal(list)  # of (Path, sentence)
    finished = Signal(object, str)  # the Export, whose `written` says whether anything left, and how it ended

    def __init__(self, worklist: Worklist, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worklist = worklist
        self._export: Export | None = None
        self._steps: Iterator[int | None] = iter(())
        self._total = 0
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._step)
        worklist.closing.connect(self.cancel)

    @property
    def running(self) -> bool:
        """Whether an export is under way."""
        return self._export is not None

    def start(
        self, reader: str, purpose: ExportPurpose, target: Path, kind: ExportKind = ExportKind.TABLE, frame: int = 0
    ) -> None:
        """Export the annotations of `reader` to `target`.

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

        if self.running:
            self.message.emit("An export is under way already.")
        elif is_image_file(target):
            self.message.emit(f"{target.name} is an image, and images are never written over. Choose another name.")
        elif kind is ExportKind.FILM_PICTURE and self._worklist.current < 0:
            self.message.emit("Open a film first.")
        else:
            self.run(self._new(kind, (self._worklist, reader, purpose, target), frame))

    def cancel(self) -> None:
        """Stop; nothing half-written stays."""
        if self._export is None:
            return
        # Closing the steps waits for the one film that the thread works on.
        self._steps.close()  # type: ignore[attr-defined]
        stopped = "The export was stopped; nothing was written."
        self._end(self._export.summary if self._export.written else stopped)

    def _new(self, kind: ExportKind, what: tuple[Worklist, str, ExportPurpose, Path], frame: int) -> Export:
        if kind is ExportKind.TABLE:
            return TableExport(*what)
        if kind is ExportKind.ARCHIVE:
            return ArchiveExport(*what)
        if kind is ExportKind.PICTURES:
            return PicturesExport(*what)
        return FilmPictureExport(*what, entry=self._worklist.entries[self._worklist.current], frame=frame)

    def run(self, export: Export) -> None:
        """Carry out an export; ignored while another one is under way."""
        if self.running:
            return
        self._export, self._steps, self._total = export, export.steps(), len(export.entries())
        self.failures_changed.emit([])
        self.began.emit(self._total)
        self._timer.start()

    def _step(self) -> None:
        if self._export is None:
            return
        try:
            done = next(self._steps)
        except StopIteration:
            self._end(self._export.summary)
        except (DentLMError, OSError) as error:
            start = "The export is not complete." if self._export.written else "The export was not written."
            self._end(f"{start} {in_words(error, self._export.target)}")
        else:
            self._timer.start()
            if done is not None:
                self.advanced.emit(done, self._total)

    def _end(self, text: str) -> None:
        export, self._export, self._steps = self._export, None, iter(())
        self._timer.stop()
        if export is not None:
            self.failures_changed.emit(export.failures)
        self.ended.emit()
        self.message.emit(text)
        self.finished.emit(export, text)
