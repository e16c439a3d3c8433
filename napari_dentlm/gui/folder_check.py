"""Looking for impossible geometry before points leave or teach a model; the reader decides, the journal keeps it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.errors import DentLMError, sentence_of
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.core.guard import Doubt, ShapeStatistics
from napari_dentlm.gui.export import Exporter
from napari_dentlm.gui.export_films import leaving
from napari_dentlm.gui.failures import Finding, counted
from napari_dentlm.gui.film_pass import FilmPass, Waiting
from napari_dentlm.gui.guarding import Guard, doubts_of
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worklist import Entry

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image
    from napari_dentlm.core.journal import Journal


@dataclass(frozen=True, slots=True)
class FilmDoubt:
    """A doubt about one face on a frame of a file, with the image_ids of its frames, to open its journal by."""

    path: Path
    image_ids: tuple[str, ...]
    frame: int
    doubt: Doubt
    instance: int = 0


@dataclass(slots=True)
class FolderCheck(FilmPass):
    """Goes through the films and looks at the points that may leave, and at no others.

    Parameters
    ----------
    purpose
        Which states may leave.
    statistics
        The shapes of the training films.
    known
        Doubts that the reader was shown before.
    only
        The one film and frame to look at; all when None.
    """

    title: ClassVar[str] = "Checking"

    purpose: ExportPurpose
    statistics: ShapeStatistics | None = None
    known: frozenset[FilmDoubt] = frozenset()
    only: tuple[Entry, int] | None = None
    doubts: list[FilmDoubt] = field(default_factory=list, init=False)

    @property
    def new(self) -> list[FilmDoubt]:
        """Doubts that the reader has not been shown before."""
        return [found for found in self.doubts if found not in self.known]

    @property
    def accepted(self) -> list[FilmDoubt]:
        """Doubts that the reader was shown, and that are still there now that he asks again."""
        return [found for found in self.doubts if found in self.known]

    @property
    def summary(self) -> str:
        """How many films look doubtful; empty when none does."""
        films = len({found.path for found in self.new})
        if not films:
            return ""
        count = counted(films, "film looks", "films look")
        return (
            f"Nothing was written yet: {count} doubtful, see the list. If all is right, press "
            "the button again: then it goes on as you chose."
        )

    @property
    def stopped(self) -> str:
        """That nothing follows."""
        return "The check was stopped; nothing was written."

    @property
    def heading(self) -> str:
        """How many doubts on how many films."""
        films = counted(len({found.path for found in self.new}), "film", "films")
        return f"{counted(len(self.new), 'doubt', 'doubts')} on {films}"

    @property
    def findings(self) -> list[Finding]:
        """The doubts; a film that cannot be read is told when it should leave."""
        return [Finding(found.path, found.doubt.sentence, found.frame, found.doubt.keys[0]) for found in self.new]

    def entries(self) -> list[Entry]:
        """The films to look at."""
        return FilmPass.entries(self) if self.only is None else [self.only[0]]

    def _work(self) -> Waiting[None]:
        yield from self._each_film(self._visit)

    def _visit(self, path: Path) -> Waiting[None]:
        yield from self._read(path, self._judge)

    def _judge(self, journal: "Journal", image: "Image") -> None:
        if self.only is not None and image.frame != self.only[1]:
            return
        calibration = journal.calibration(self.reader) or image.calibration
        size = (image.width, image.height)
        for number in journal.instances(self.reader, image.frame):
            annotation = leaving(journal.annotation(self.reader, image.frame, number), self.purpose)
            accepted = journal.accepted(self.reader, image.frame, number)
            for doubt in doubts_of(annotation, calibration, size, accepted, self.statistics):
                self.doubts.append(FilmDoubt(image.path, journal.image_ids, image.frame, doubt, number))


class CheckFirst(QObject):
    """Runs a check before points leave, and stops once at what looks impossible.

    Asked again by the same button and reader, it looks again: what the reader was shown and left as it is counts as
    right, and the journal keeps that; anything new stops once more.

    Parameters
    ----------
    session
        The films, and the journal of the film in view.
    guard
        Knows the shapes of the training films.
    exporter
        Goes over the films.
    parent
        Owner.
    """

    message = Signal(str)

    def __init__(self, session: Session, guard: Guard, exporter: Exporter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._guard, self._exporter = session, guard, exporter
        self._check: FolderCheck | None = None
        self._then: Callable[[], None] | None = None
        self._asked = ("", "")
        self._shown: frozenset[FilmDoubt] = frozenset()
        exporter.finished.connect(self._on_finished)
        session.worklist.closing.connect(self._forget)

    def waits(self, button: str) -> bool:
        """Whether the doubts that `button` led to wait for the reader to press it again."""
        return bool(self._shown) and self._asked == (button, self._session.reader)

    def before(
        self,
        button: str,
        purpose: ExportPurpose,
        then: Callable[[], None],
        only: tuple[Entry, int] | None = None,
    ) -> None:
        """Check the points that may leave, and go on when nothing new looks impossible.

        Parameters
        ----------
        button
            Name of what was pressed.
        purpose
            Which states may leave.
        then
            What to do afterwards; dropped when the check stops at something or is stopped.
        only
            The one film and frame to look at; all when None.
        """
        worklist, reader = self._session.worklist, self._session.reader
        known = self._shown if self.waits(button) else frozenset()
        check = FolderCheck(worklist, reader, purpose, self._guard.statistics, known, only)
        if self._exporter.run(check):
            self._check, self._then = check, then
            self._asked, self._shown = (button, reader), frozenset()

    def _on_finished(self, done: FilmPass, _how: str) -> None:
        check, then = self._check, self._then
        if done is not check or check is None or then is None:
            return
        self._forget()
        if not check.complete:
            return
        self._accept(check)
        if check.new:
            self._shown = frozenset(check.doubts)
        else:
            then()

    def _forget(self) -> None:
        self._check, self._then, self._shown = None, None, frozenset()

    def _accept(self, check: FolderCheck) -> None:
        """Write into the journals that the reader looked and decided that all is right."""
        try:
            for found in check.accepted:
                with self._journal(found) as journal:
                    journal.accept(
                        check.reader, found.doubt.code, found.doubt.sentence, frame=found.frame, instance=found.instance
                    )
        except (DentLMError, OSError) as error:
            self.message.emit(sentence_of(error))
        self._guard.look()

    @contextmanager
    def _journal(self, found: FilmDoubt) -> "Iterator[Journal]":
        film = self._session.film
        if film is not None and film.image.path == found.path:
            # The open journal would take what a second one writes for another program's doing.
            yield film.journal
        else:
            with self._session.worklist.journal(found.path, found.image_ids) as journal:
                yield journal
