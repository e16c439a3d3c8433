"""One export, film by film: slow work aside in a thread, journals in the thread of the window, words for failures."""

import errno
import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose, landmark_csv, midpoints
from napari_dentlm.core.formats.landmark_csv import LandmarkRow, rows_of
from napari_dentlm.core.notice import notice_path, write_notice
from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.worklist import Entry, Worklist

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

T = TypeVar("T")
Waiting = Generator[int | None, None, T]
"""Yields None while a thread works and the number of films done after each film."""

Take = Callable[["Image", list[Annotation], list[LandmarkRow]], Waiting[None]]
"""What becomes of a frame, its annotations and the rows that may leave."""


@dataclass(slots=True)
class Export:
    """One export, carried out in steps so that the window stays alive.

    Parameters
    ----------
    worklist
        The films.
    reader
        Whose annotations leave.
    purpose
        Which states may leave.
    target
        What to write.
    """

    worklist: Worklist
    reader: str
    purpose: ExportPurpose
    target: Path
    rows: list[LandmarkRow] = field(default_factory=list)
    films: int = 0
    failures: list[tuple[Path, str]] = field(default_factory=list)
    written: bool = False
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), repr=False)

    def steps(self) -> Iterator[int | None]:
        """Carry the export out; yields the number of films done, or None while a thread works.

        Raises
        ------
        DentLMError, OSError
            When the target cannot be written. Nothing half-written stays, also when the steps are not finished.
        """
        with self._pool:
            yield from self._write()

    @property
    def summary(self) -> str:
        """What left, in words."""
        if not self.written:
            return f"Nothing was exported: no point in this folder is {self._wanted()} by {self.reader}."
        return " ".join([self._done(), *(sentence for _, sentence in self.failures[:2]), self._more()]).strip()

    def entries(self) -> list[Entry]:
        """The films to go through."""
        return list(self.worklist.entries)

    def _write(self) -> Waiting[None]:
        """Go through the films and write; overridden by each kind of export."""
        raise NotImplementedError

    def _done(self) -> str:
        return f"{len(midpoints(self.rows))} points of {self.films} films were written to {self.target.name}."

    def _each_film(
        self, take: Callable[["Image", list[Annotation], list[LandmarkRow]], Waiting[None]]
    ) -> Waiting[None]:
        """Hand `take` every frame with something that may leave; a film that cannot be read is a failure."""
        for done, entry in enumerate(self.entries(), start=1):
            if self._takes(entry):
                found = yield from self._read(entry.path)
                for image, annotations, rows in found:
                    yield from take(image, annotations, rows)
                self.films += bool(found)
            yield done

    def _takes(self, entry: Entry) -> bool:
        return entry.status not in (Status.NEW, Status.FAILED, Status.EXCLUDED)

    def _readers(self, _journal: "Journal") -> tuple[str, ...]:
        return (self.reader,)

    def _read(self, path: Path) -> "Waiting[list[tuple[Image, list[Annotation], list[LandmarkRow]]]]":
        """Frames of a film with the annotations and rows that may leave; empty when there are none."""
        from napari_dentlm.core.imaging import iter_frames

        try:
            images = yield from self._aside(lambda: list(iter_frames(path)))
            with self.worklist.journal(path, [image.image_id for image in images]) as journal:
                found = [(image, *self._of_frame(journal, image)) for image in images]
        except (DentLMError, OSError) as error:
            self.failures.append((path, str(error)))
            return []
        return [frame for frame in found if frame[2] or self.purpose is ExportPurpose.EVERYTHING]

    def _of_frame(self, journal: "Journal", image: "Image") -> tuple[list[Annotation], list[LandmarkRow]]:
        annotations, rows = [], []
        for reader in self._readers(journal):
            annotation = journal.annotation(reader, frame=image.frame)
            annotations.append(annotation)
            rows += rows_of(
                annotation,
                image=relative(image.path, self.target.parent),
                image_size=(image.width, image.height),
                calibration=journal.calibration(reader) or image.calibration,
                patient=self.worklist.pseudonym(image),
            )
        return annotations, self.purpose.select(rows)

    def _aside(self, work: Callable[[], T]) -> Waiting[T]:
        """Run `work` in the thread; yields None until it is done."""
        future = self._pool.submit(work)
        try:
            while not future.done():
                yield None
        finally:
            # Who stops the export takes its files away, so the thread has to be done with them.
            wait([future])
        return future.result()

    def _wanted(self) -> str:
        if self.purpose is ExportPurpose.REPORT:
            return "confirmed"
        return "confirmed, corrected or placed" if self.purpose is ExportPurpose.TRAINING else "known"

    def _more(self) -> str:
        more = len(self.failures) - 2
        return f"And {more} more; see the list." if more > 0 else ""


@dataclass(slots=True)
class TableExport(Export):
    """The landmark CSV."""

    def _write(self) -> Waiting[None]:
        yield from self._each_film(self._take)
        if self.rows:
            yield from self._aside(self._finish)

    def _finish(self) -> None:
        landmark_csv.write(self.target, self.rows)
        self.written = True
        write_notice(notice_path(self.target), self.rows)

    def _take(self, _image: "Image", _annotations: list[Annotation], rows: list[LandmarkRow]) -> Waiting[None]:
        self.rows += rows
        yield None


def relative(path: Path, folder: Path) -> str:
    """Path of an image as a table in `folder` names it; absolute where there is no way from one to the other."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


_NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def in_words(error: Exception, target: Path) -> str:
    """What went wrong with writing `target`, and what to do."""
    reason = error if isinstance(error, OSError) else error.__cause__
    if not isinstance(reason, OSError):
        return str(error)
    if reason.errno in _FULL:
        return f"{target.name}: the disk is full. Free some space, or choose another place."
    if reason.errno in _NO_RIGHT:
        return f"{target.name}: this folder cannot be written. Choose another one."
    return f"{target.name}: {reason.strerror or reason}. Choose another place."
