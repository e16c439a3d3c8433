"""The agreement of two readers over a folder, collected as an export is, film by film."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_dentlm.core.agreement import MODEL, Agreement, compare, marks_of_annotations
from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.export_films import Export, Waiting

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

MODEL_NAME = "the model"


@dataclass(slots=True)
class AgreementCheck(Export):
    """Goes through the films and compares; writes nothing.

    Parameters
    ----------
    other
        The second reader; `MODEL` for the model.
    """

    other: str = MODEL
    report: Agreement | None = None
    _first: list[Annotation] = field(default_factory=list)
    _second: list[Annotation] = field(default_factory=list)
    _calibrations: dict[tuple[str, int], Calibration] = field(default_factory=dict)
    _problem: str = ""

    @property
    def summary(self) -> str:
        """Why there is no report; empty when there is one."""
        return self._problem

    def _write(self) -> Waiting[None]:
        yield from self._each_film(self._take)
        names = (self.reader, self.other or MODEL_NAME)
        first = marks_of_annotations(self._first, self._calibrations)
        second = marks_of_annotations(self._second, self._calibrations, model=self.other == MODEL)
        try:
            self.report = compare(first, second, load_scheme().keys, names=names)
        except DentLMError as error:
            self._problem = str(error)

    def _take(self, _image: "Image", _annotations: list[Annotation], _rows: list[LandmarkRow]) -> Waiting[None]:
        yield None

    def _of_frame(self, journal: "Journal", image: "Image") -> tuple[list[Annotation], list[LandmarkRow]]:
        self._first.append(journal.annotation(self.reader, frame=image.frame))
        self._second.append(journal.annotation(self.other, frame=image.frame))
        self._calibrations[image.image_id, image.frame] = journal.calibration(self.reader) or image.calibration
        return [], []
