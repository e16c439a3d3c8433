"""Looking for impossible geometry in a whole folder before its points leave or teach a model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.guard import Doubt, ShapeStatistics
from napari_dentlm.gui.export_films import Export, Waiting
from napari_dentlm.gui.guarding import doubts_of

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal


@dataclass(frozen=True, slots=True)
class FilmDoubt:
    """A doubt about one frame of a file, with the image_ids of the file's frames, to open its journal by."""

    path: Path
    image_ids: tuple[str, ...]
    frame: int
    doubt: Doubt


@dataclass(slots=True)
class FolderCheck(Export):
    """Goes through the films as an export does, and writes nothing.

    Parameters
    ----------
    statistics
        The shapes of the training films.
    """

    statistics: ShapeStatistics | None = None
    doubts: list[FilmDoubt] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """How many films look doubtful; empty when none does."""
        films = len({found.path for found in self.doubts})
        if not films:
            return ""
        count = "1 film looks" if films == 1 else f"{films} films look"
        return f"Nothing was written yet: {count} doubtful, see the list. Press the button again when all is right."

    def accept(self) -> None:
        """Write into the journals that the reader looked and decided that all is right.

        Raises
        ------
        DentLMError, OSError
            When a journal cannot be written.
        """
        for found in self.doubts:
            with self.worklist.journal(found.path, found.image_ids) as journal:
                journal.accept(self.reader, found.doubt.code, found.doubt.sentence, frame=found.frame)

    def _write(self) -> Waiting[None]:
        yield from self._each_film(self._take)
        self.failures += [(found.path, found.doubt.sentence) for found in self.doubts]

    def _take(self, _image: "Image", _annotations: list[Annotation], _rows: list[LandmarkRow]) -> Waiting[None]:
        yield None

    def _of_frame(self, journal: "Journal", image: "Image") -> tuple[list[Annotation], list[LandmarkRow]]:
        annotations, rows = Export._of_frame(self, journal, image)
        if rows:
            annotation = annotations[0]
            accepted = journal.accepted(self.reader, frame=image.frame)
            calibration = journal.calibration(self.reader) or image.calibration
            size = (image.width, image.height)
            for doubt in doubts_of(annotation, calibration, size, accepted, self.statistics):
                self.doubts.append(FilmDoubt(image.path, journal.image_ids, image.frame, doubt))
        return annotations, rows
