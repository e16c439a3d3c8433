"""The film in view: one frame of a file with its journal."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from napari_dentlm.core.annotation import Annotation, Point
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.journal import Journal

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.gui.worklist import Worklist


@dataclass(slots=True)
class Film:
    """One frame of a file, and the journal of that file.

    Parameters
    ----------
    image
        The frame.
    image_ids
        Of all frames of the file.
    journal
        Open, and closed by `close`.
    instance
        The face at work on a photo; 0 is the patient, and the only one on a film.
    """

    image: "Image"
    image_ids: tuple[str, ...]
    journal: Journal
    instance: int = 0

    @classmethod
    def open(cls, worklist: "Worklist", path: Path, frame: int = 0) -> Self:
        """Read the frame and open the journal.

        Raises
        ------
        DentLMError
            When the file or its journal cannot be read.
        """
        from napari_dentlm.core.likely_scheme import likely_scheme

        read = worklist.films.read(path, frame)
        journal = worklist.journal(path, read.image_ids)
        if not journal.events and not journal.read_only:
            journal.begin_anew(likely_scheme(read.image))
        return cls(read.image, read.image_ids, journal)

    def annotation(self, reader: str) -> Annotation:
        """The reader's annotation of the face at work."""
        return self.journal.annotation(reader, **self.place)

    @property
    def place(self) -> dict[str, int]:
        """Frame and instance, as the journal's acts name them."""
        return {"frame": self.image.frame, "instance": self.instance}

    def faces(self, reader: str) -> tuple[Annotation, ...]:
        """The reader's annotations of all faces on this frame, the patient's first."""
        frame = self.image.frame
        numbers = self.journal.instances(reader, frame)
        return tuple(self.journal.annotation(reader, frame, number) for number in numbers)

    def calibration(self, reader: str) -> Calibration:
        """The reader's calibration, else the file's."""
        return self.journal.calibration(reader) or self.image.calibration

    def contains(self, point: Point) -> bool:
        """Whether a point lies on the image; pixels reach half a pixel beyond their centres."""
        return -0.5 <= point.x <= self.image.width - 0.5 and -0.5 <= point.y <= self.image.height - 0.5

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()
