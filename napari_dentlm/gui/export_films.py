"""Going over the films between the events of the window: slow work aside in a thread, journals in the window's own."""

import errno
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose, midpoints
from napari_dentlm.core.formats.landmark_csv import LandmarkRow, rows_of
from napari_dentlm.core.relative_path import relative_path
from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.failures import Finding, counted
from napari_dentlm.gui.worklist import Entry, Worklist

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

T = TypeVar("T")
Waiting = Generator[int | None, None, T]
"""Yields None while a thread works and the number of films done after each film."""


@dataclass(slots=True)
class FilmPass(ABC):
    """Work that goes over the films in steps, so that the window stays alive.

    `complete` says that it came to its end; `failures` which films could not be read.

    Parameters
    ----------
    worklist
        The films.
    reader
        Whose annotations it is about.
    """

    title: ClassVar[str]
    """What it is, in a word."""

    worklist: Worklist
    reader: str
    failures: list[Finding] = field(default_factory=list, init=False)
    complete: bool = field(default=False, init=False)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), init=False, repr=False)

    def steps(self) -> Iterator[int | None]:
        """Carry the work out; yields the number of films done, or None while a thread works.

        Raises
        ------
        DentLMError, OSError
            When it cannot go on; `why_not` says it in words.
        """
        with self._pool:
            yield from self._work()
        self.complete = True

    @property
    @abstractmethod
    def summary(self) -> str:
        """How it ended, in words; empty when there is nothing to say."""

    @property
    @abstractmethod
    def stopped(self) -> str:
        """How it ended when it was stopped, in words."""

    @property
    def findings(self) -> list[Finding]:
        """What is to be shown film by film."""
        return self.failures

    @property
    def heading(self) -> str:
        """What the findings are."""
        return f"{self.title}: {counted(len(self.failures), 'film', 'films')} failed"

    def why_not(self, error: Exception) -> str:
        """What an error that ended the work means, in words."""
        return str(error)

    def entries(self) -> list[Entry]:
        """The films to go through."""
        return list(self.worklist.entries)

    @abstractmethod
    def _work(self) -> Waiting[None]:
        """Go through the films."""

    def _takes(self, entry: Entry) -> bool:
        return entry.status not in (Status.NEW, Status.FAILED, Status.EXCLUDED)

    def _each_film(self, visit: Callable[[Path], Waiting[None]]) -> Waiting[None]:
        for done, entry in enumerate(self.entries(), start=1):
            if self._takes(entry):
                yield from visit(entry.path)
            yield done

    def _read(self, path: Path, look: "Callable[[Journal, Image], T]") -> Waiting[list[T]]:
        """What `look` finds on the frames of a film; nothing, and a failure, when the film cannot be read."""
        from napari_dentlm.core.imaging import iter_frames

        try:
            images = yield from self._aside(lambda: list(iter_frames(path)))
            with self.worklist.journal(path, [image.image_id for image in images]) as journal:
                return [look(journal, image) for image in images]
        except (DentLMError, OSError) as error:
            self.failures.append(Finding(path, str(error)))
            return []

    def _aside(self, work: Callable[[], T]) -> Waiting[T]:
        """Run `work` in the thread; yields None until it is done."""
        future = self._pool.submit(work)
        try:
            while not future.done():
                yield None
        finally:
            # Who stops the work takes its files away, so the thread has to be done with them.
            wait([future])
        return future.result()


@dataclass(slots=True)
class Export(FilmPass):
    """One export; nothing half-written stays when it ends early.

    Parameters
    ----------
    purpose
        Which states may leave.
    target
        What to write.
    """

    title: ClassVar[str] = "Export"

    purpose: ExportPurpose
    target: Path
    rows: list[LandmarkRow] = field(default_factory=list, init=False)
    films: int = field(default=0, init=False)
    left_out: int = field(default=0, init=False)
    written: bool = field(default=False, init=False)

    @property
    def summary(self) -> str:
        """What left, in words."""
        if not self.written:
            return f"Nothing was exported: no point in this folder is {self._wanted()} by {self.reader}."
        return " ".join([self._done(), *(found.sentence for found in self.failures[:2]), self._more()]).strip()

    @property
    def stopped(self) -> str:
        """What left before it was stopped, in words."""
        return self.summary if self.written else "The export was stopped; nothing was written."

    def why_not(self, error: Exception) -> str:
        """What went wrong with the target, and what to do."""
        start = "The export is not complete." if self.written else "The export was not written."
        return f"{start} {in_words(error, self.target)}"

    def _done(self) -> str:
        points = counted(len(midpoints(self.rows)), "point", "points")
        done = f"Written to {self.target.name}: {points} of {counted(self.films, 'film', 'films')}."
        if not self.left_out:
            return done
        were = counted(self.left_out, "point was", "points were")
        return f"{done} {were} left out because nobody has {self._wanted_by_hand()} them yet."

    def _each_frame(
        self, take: Callable[["Image", list[Annotation], list[LandmarkRow]], Waiting[None]]
    ) -> Waiting[None]:
        """Hand `take` every frame with something that may leave."""

        def visit(path: Path) -> Waiting[None]:
            found = yield from self._read(path, self._of_frame)
            frames = [frame for frame in found if frame[2] or self.purpose is ExportPurpose.EVERYTHING]
            for image, annotations, rows in frames:
                yield from take(image, annotations, rows)
            self.films += bool(frames)

        yield from self._each_film(visit)

    def _readers(self, _journal: "Journal") -> tuple[str, ...]:
        return (self.reader,)

    def _of_frame(self, journal: "Journal", image: "Image") -> "tuple[Image, list[Annotation], list[LandmarkRow]]":
        """A frame with its annotations and the rows that may leave."""
        annotations, rows = [], []
        faces = [(r, number) for r in self._readers(journal) for number in journal.instances(r, image.frame)]
        for reader, number in faces:
            annotation = journal.annotation(reader, image.frame, number)
            annotations.append(annotation)
            rows += rows_of(
                annotation,
                image=relative_path(image.path, self.target.parent),
                image_size=(image.width, image.height),
                calibration=journal.calibration(reader) or image.calibration,
                patient=self.worklist.pseudonym(image),
            )
        selected = self.purpose.select(rows)
        # What was ruled not visible or outside is settled: only points that somebody may still confirm count.
        found = [row for row in midpoints(rows) if row.x is not None]
        self.left_out += len(found) - sum(row.x is not None for row in midpoints(selected))
        return image, annotations, selected

    def _wanted(self) -> str:
        if self.purpose is ExportPurpose.REPORT:
            return "confirmed"
        return "confirmed, corrected or placed" if self.purpose is ExportPurpose.TRAINING else "known"

    def _wanted_by_hand(self) -> str:
        return "confirmed" if self.purpose is ExportPurpose.REPORT else "corrected or confirmed"

    def _more(self) -> str:
        more = len(self.failures) - 2
        return f"And {more} more; see the list." if more > 0 else ""


def leaving(annotation: Annotation, purpose: ExportPurpose) -> Annotation:
    """The annotation with only those landmarks that may leave."""
    marks = {key: mark for key, mark in annotation.landmarks.items() if mark.state in purpose.states}
    return replace(annotation, landmarks=marks)


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
