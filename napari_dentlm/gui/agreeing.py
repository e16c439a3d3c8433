"""The agreement of two readers over a folder, collected film by film."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from napari_dentlm.core.agreement import MODEL, Agreement, compare, marks_of_annotations
from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.scheme import FILM, PHOTO, load_scheme
from napari_dentlm.gui.film_pass import FilmPass, Waiting

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal

MODEL_NAME = "the model"


@dataclass(slots=True)
class AgreementCheck(FilmPass):
    """Goes through the films and compares two readers.

    Parameters
    ----------
    other
        The second reader; `MODEL` for the model.
    scheme
        Whose landmarks are compared where both readers have some: those of the image in view.
    """

    title: ClassVar[str] = "Comparing"

    other: str = MODEL
    scheme: str = FILM
    report: Agreement | None = field(default=None, init=False)
    _first: list[Annotation] = field(default_factory=list, init=False)
    _second: list[Annotation] = field(default_factory=list, init=False)
    _calibrations: dict[tuple[str, int], Calibration] = field(default_factory=dict, init=False)
    _problem: str = field(default="", init=False)

    @property
    def summary(self) -> str:
        """Why there is no report; empty when there is one."""
        return "" if self.report is not None else self._problem

    @property
    def stopped(self) -> str:
        """That there is no report."""
        return "The comparison was stopped; there is no report."

    def _work(self) -> Waiting[None]:
        yield from self._each_film(self._visit)
        names = (self.reader, self.other or MODEL_NAME)
        # A report has one list of landmarks: of films, else of photographs.
        for scheme in dict.fromkeys((self.scheme, FILM, PHOTO)):
            own, theirs = (
                [each for each in found if each.scheme.name == scheme] for found in (self._first, self._second)
            )
            first = marks_of_annotations(own, self._calibrations)
            second = marks_of_annotations(theirs, self._calibrations, model=self.other == MODEL)
            try:
                self.report = compare(first, second, load_scheme(scheme).keys, names=names)
                return
            except DentLMError as error:
                self._problem = self._problem or str(error)

    def _visit(self, path: Path) -> Waiting[None]:
        yield from self._read(path, self._collect)

    def _collect(self, journal: "Journal", image: "Image") -> None:
        for reader, found in ((self.reader, self._first), (self.other, self._second)):
            numbers = journal.instances(reader, image.frame)
            found += [journal.annotation(reader, image.frame, number) for number in numbers]
        self._calibrations[image.image_id, image.frame] = journal.calibration(self.reader) or image.calibration
