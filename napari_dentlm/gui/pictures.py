"""Exporting films with their points drawn on them, to look at without the program."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.files import TEMPORARY_PREFIX
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.notice import FOOTER, NOTICE_NAME, notice_path, write_notice
from napari_dentlm.gui.export_films import Export, leaving
from napari_dentlm.gui.failures import counted
from napari_dentlm.gui.film_pass import Waiting
from napari_dentlm.gui.worklist import Entry

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image


@dataclass(slots=True)
class PicturesExport(Export):
    """A folder of pictures, one for each film; it appears when all of them are there."""

    _names: set[str] = field(default_factory=set)

    def _work(self) -> Waiting[None]:
        with _new_folder(self.target) as folder:
            yield from self._each_frame(lambda *film: self._take(folder, *film))
            if self._names:
                write_notice(folder / NOTICE_NAME, self.rows)
                folder.rename(self.target)
                self.written = True

    def _take(
        self, folder: Path, image: "Image", annotations: list[Annotation], rows: list[LandmarkRow]
    ) -> Waiting[None]:
        self.rows += rows
        path = folder / self._name(image)
        yield from self._aside(lambda: draw(path, image, annotations, self.purpose))

    def _name(self, image: "Image") -> str:
        """Name a picture after its film, its frame, and a number where two films share a name."""
        stem = image.path.stem if image.frame_count == 1 else f"{image.path.stem}_frame{image.frame + 1}"
        name, copy = marked(stem), 1
        while name.casefold() in self._names:
            copy += 1
            name = marked(f"{stem}-{copy}")
        self._names.add(name.casefold())
        return name

    def _done(self) -> str:
        return f"{counted(len(self._names), 'picture was', 'pictures were')} written to {self.target.name}."


@dataclass(slots=True)
class FilmPictureExport(Export):
    """The picture of one frame.

    Parameters
    ----------
    entry, frame
        Which.
    """

    entry: Entry = field(kw_only=True)
    frame: int = field(kw_only=True)

    def entries(self) -> list[Entry]:
        """The one film."""
        return [self.entry]

    def _work(self) -> Waiting[None]:
        yield from self._each_frame(self._take)
        if self.rows:
            write_notice(notice_path(self.target), self.rows)

    def _take(self, image: "Image", annotations: list[Annotation], rows: list[LandmarkRow]) -> Waiting[None]:
        if image.frame == self.frame and rows:
            self.rows += rows
            yield from self._aside(lambda: draw(self.target, image, annotations, self.purpose))
            self.written = True

    def _done(self) -> str:
        return f"The picture was written to {self.target.name}."

    def _where(self) -> str:
        return f"on {self.entry.path.name}"


def marked(stem: str) -> str:
    """Name of a picture that is not taken for a film where it lies in a patient folder."""
    # Decoders take half a second to import; the panel opens without them.
    from napari_dentlm.core.imaging.discovery import OUTPUT_MARK

    return f"{stem}{OUTPUT_MARK}png"


def draw(path: Path, image: "Image", annotations: Sequence[Annotation], purpose: ExportPurpose) -> None:
    """Write an image with those points of its first reader that may leave; on a photo, of every face.

    Raises
    ------
    DentLMError
        When the picture cannot be written.
    """
    from napari_dentlm.overlay import draw_overlay, write_overlay

    first, *others = [leaving(each, purpose) for each in annotations if each.annotator == annotations[0].annotator]
    write_overlay(path, draw_overlay(image.shown(), first, others=others, footer=FOOTER))


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside `target`, which is gone after the block unless it was renamed."""
    if target.exists():
        raise DentLMError(f"{target.name}: this is there already. Choose a folder name that is not.")
    folder = target.with_name(f"{TEMPORARY_PREFIX}{target.name}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        with suppress(FileNotFoundError):
            shutil.rmtree(folder)
