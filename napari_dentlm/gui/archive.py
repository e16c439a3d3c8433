"""The folder as one archive without names: pictures as plain PNG, the points, and what to know about them."""

from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.files import atomic_file
from napari_dentlm.core.formats import ExportPurpose, landmark_csv, midpoints
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.notice import IDENTIFIABLE, NOTICE_NAME, export_notice
from napari_dentlm.core.review_status import Status
from napari_dentlm.gui.export_films import Export
from napari_dentlm.gui.failures import counted
from napari_dentlm.gui.film_pass import Waiting
from napari_dentlm.gui.worklist import Entry

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

_README = """Films and landmarks, exported without names by napari-dentlm.

images/        One picture per film, named by the patient's pseudonym and a number. The pixels are those that the
               program shows; PNG keeps each of them. File names, folder names, DICOM headers, EXIF and other data
               about patient, device and date are left out.
landmarks.csv  One row per landmark. x to the right, y down, in pixels of the picture; whole numbers are pixel
               centres. Millimetres only where the film has a calibration. Readers are R1, R2 and so on.
{notice}
               What the program is not, what the states mean, which models and readers the points are from.

{pseudonyms}
The journals of the films are left out, because they carry the names of readers and the time of every act.

{identifiable}
"""
_LASTING = """\
Pseudonyms come from a secret that stays with the user who exported: the same patient has the same pseudonym in every
archive of that user, and nobody else can turn it back."""
_FOR_ONCE = """\
Pseudonyms come from a secret that was made for this archive alone and not kept: nobody can turn them back, and the
same patient has another pseudonym in any other archive."""


@dataclass(slots=True)
class ArchiveExport(Export):
    """One ZIP file with every reader's points.

    Films without a point that may leave stay at home, except when everything was asked for.
    """

    _numbers: Counter[str] = field(default_factory=Counter)
    _aliases: dict[str, str] = field(default_factory=dict)

    def _work(self) -> Waiting[None]:
        with suppress(_Empty), ExitStack() as stack:
            archive = yield from self._aside(lambda: self._opened(stack))
            yield from self._each_frame(lambda *film: self._take(archive, *film))
            if not self._numbers:
                raise _Empty
            yield from self._aside(lambda: self._finish(archive, stack))

    def _opened(self, stack: ExitStack) -> ZipFile:
        stream = stack.enter_context(atomic_file(self.target))
        return stack.enter_context(ZipFile(stream, "w"))

    def _finish(self, archive: ZipFile, stack: ExitStack) -> None:
        """Write the texts and let the archive take its place."""
        if self.rows:
            archive.writestr(_entry("landmarks.csv"), _table(self.rows))
        archive.writestr(_entry(NOTICE_NAME), export_notice(self.rows))
        pseudonyms = _FOR_ONCE if self.remark else _LASTING
        readme = _README.format(pseudonyms=pseudonyms, notice=NOTICE_NAME, identifiable=IDENTIFIABLE)
        archive.writestr(_entry("README.txt"), readme)
        stack.close()
        self.written = True

    def _take(
        self, archive: ZipFile, image: "Image", _annotations: list[Annotation], rows: list[LandmarkRow]
    ) -> Waiting[None]:
        patient = self._pseudonym(image)
        self._numbers[patient] += 1
        name = f"images/{patient}_{self._numbers[patient]:03}.png"
        image_id = yield from self._aside(lambda: _add(archive, name, image))
        self.rows += [self._without_names(row, name, image_id) for row in rows]

    def _takes(self, entry: Entry) -> bool:
        if entry.status is Status.EXCLUDED:
            return False
        # The status is that of the reader at work; a film that only another one worked on leaves as well.
        return self.purpose is ExportPurpose.EVERYTHING or bool(entry.summary.readers)

    def _readers(self, journal: "Journal") -> tuple[str, ...]:
        return journal.readers() or (self.reader,)

    def _whose(self) -> str:
        return "any reader"

    def _without_names(self, row: LandmarkRow, name: str, image_id: str) -> LandmarkRow:
        """The row with the picture's new name, without readers' names, their remarks and the time of their acts."""
        origin = row.origin
        if origin.startswith(_READER):
            origin = _READER + self._alias(origin.removeprefix(_READER))
        return replace(
            row,
            image=name,
            image_id=image_id,
            frame=0,
            origin=origin,
            confirmed_by=self._alias(row.confirmed_by),
            annotator=self._alias(row.annotator),
            reason="" if row.state.by_reader else row.reason,
            updated_utc="",
        )

    def _alias(self, reader: str) -> str:
        return self._aliases.setdefault(reader, f"R{len(self._aliases) + 1}") if reader else ""

    def _done(self) -> str:
        films = counted(sum(self._numbers.values()), "film", "films")
        points = counted(len(midpoints(self.rows)), "point", "points")
        done = f"{films} and {points} were written to {self.target.name}."
        return " ".join(part for part in (done, self.remark, IDENTIFIABLE) if part)


_READER = "reader:"


class _Empty(Exception):  # noqa: N818 - not an error: what keeps an archive without films from taking its place
    """No film may leave."""


def _table(rows: list[LandmarkRow]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder, "landmarks.csv")
        landmark_csv.write(path, rows)
        return path.read_bytes()


def _entry(name: str) -> ZipInfo:
    """An entry that carries no time: ZipInfo has the year 1980 by itself."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_STORED if name.endswith(".png") else ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _add(archive: ZipFile, name: str, image: "Image") -> str:
    """Add a film's pixels as PNG, nothing else; the image_id of that picture comes back."""
    import cv2

    from napari_dentlm.core.imaging.image import identify

    pixels = image.pixels
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    # The lowest compression: a film's noise hardly gets smaller with more effort.
    _, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    archive.writestr(_entry(name), data.tobytes())
    return identify(pixels)
