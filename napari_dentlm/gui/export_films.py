"""What an export takes from the films, and how it ends in words."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.errors import DISK_FULL, NO_RIGHT, DentLMError
from napari_dentlm.core.formats import ExportPurpose, midpoints
from napari_dentlm.core.formats.landmark_csv import LandmarkRow, rows_of
from napari_dentlm.core.pseudonym import Pseudonyms
from napari_dentlm.core.relative_path import relative_path
from napari_dentlm.gui.failures import counted
from napari_dentlm.gui.film_pass import FilmPass, Waiting

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal


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
    remark: str = field(default="", init=False)
    _pseudonyms: Pseudonyms = field(init=False, repr=False)

    @property
    def summary(self) -> str:
        """What left, in words."""
        if not self.written:
            return self._nothing()
        return " ".join([self._done(), *(found.sentence for found in self.failures[:2]), self._more()]).strip()

    @property
    def stopped(self) -> str:
        """What left before it was stopped, in words."""
        return self.summary if self.written else "The export was stopped; nothing was written."

    def why_not(self, error: Exception) -> str:
        """What went wrong with the target, and what to do."""
        start = "The export is not complete." if self.written else "The export was not written."
        return f"{start} {in_words(error, self.target)}"

    def _nothing(self) -> str:
        point = f"point {self._where()} is {self._wanted()} by {self._whose()}"
        if not self.failures:
            return f"Nothing was exported: no {point}."
        films, first = counted(len(self.failures), "film", "films"), self.failures[0].sentence
        return f"Nothing was exported: {films} could not be read, and no other {point}. {first}"

    def _done(self) -> str:
        points = counted(len(midpoints(self.rows)), "point", "points")
        done = f"Written to {self.target.name}: {points} of {counted(self.films, 'image', 'images')}."
        if self.left_out:
            were = counted(self.left_out, "point was", "points were")
            done = f"{done} {were} left out because nobody has {self._wanted_by_hand()} them yet."
        return f"{done} {self.remark}".strip()

    def _each_frame(
        self, take: Callable[["Image", list[Annotation], list[LandmarkRow]], Waiting[None]]
    ) -> Waiting[None]:
        """Hand `take` every frame with something that may leave."""
        self._load_pseudonyms()

        def visit(path: Path) -> Waiting[None]:
            found = yield from self._read(path, self._of_frame)
            frames = [frame for frame in found if frame[2] or self.purpose is ExportPurpose.EVERYTHING]
            for image, annotations, rows in frames:
                yield from take(image, annotations, rows)
            self.films += bool(frames)

        yield from self._each_film(visit)

    def _load_pseudonyms(self) -> None:
        try:
            self._pseudonyms = Pseudonyms.load()
        except DentLMError as error:
            # A home folder may be read-only. Without any pseudonyms a training would take a patient for several.
            self._pseudonyms = Pseudonyms.for_once()
            self.remark = f"{error} The pseudonyms of the patients are for this export alone."

    def _pseudonym(self, image: "Image") -> str:
        return self._pseudonyms.of(image.patient_id, image.path.parent)

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
                patient=self._pseudonym(image),
            )
        selected = self.purpose.select(rows)
        # What was ruled not visible or outside is settled: only points that somebody may still confirm count.
        found = [row for row in midpoints(rows) if row.x is not None]
        self.left_out += len(found) - sum(row.x is not None for row in midpoints(selected))
        return image, annotations, selected

    def _where(self) -> str:
        return "in this folder"

    def _whose(self) -> str:
        return self.reader

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


def in_words(error: Exception, target: Path) -> str:
    """What went wrong with writing `target`, and what to do."""
    reason = error if isinstance(error, OSError) else error.__cause__
    if not isinstance(reason, OSError):
        return str(error)
    if reason.errno in DISK_FULL:
        return f"{target.name}: the disk is full. Free some space, or choose another place."
    if reason.errno in NO_RIGHT:
        return f"{target.name}: this folder cannot be written. Choose another one."
    return f"{target.name}: {reason.strerror or reason}. Choose another place."
