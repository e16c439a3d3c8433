"""The guard at the workbench: what looks impossible on the film in view, and the reader's decision about it."""

from importlib import resources
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.guard import Doubt, ShapeStatistics, check
from napari_dentlm.gui.session import Session

_REST_MS = 150
ADVICE = 'Correct it, or press "It is right" in the panel.'


class Guard(QObject):
    """Checks the film in view whenever its points have changed.

    Parameters
    ----------
    session
        Gives the annotation and keeps the decisions.
    parent
        Owner.
    """

    changed = Signal()
    accepted = Signal(Path, int, str)  # film, frame, sentence of the doubt

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.doubts: tuple[Doubt, ...] = ()
        self.statistics = shape_statistics()
        # Not at every nudge: a run of keys is judged when it is over.
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self.look)
        session.film_changed.connect(self._forget)
        for signal in (session.film_changed, session.annotation_changed, session.calibration_changed):
            signal.connect(self._rest.start)

    def look(self) -> tuple[Doubt, ...]:
        """Check the film now; what the reader accepted is no doubt."""
        session, film = self._session, self._session.film
        annotation = session.annotation
        found: tuple[Doubt, ...] = ()
        if film is not None and annotation is not None:
            size = (film.image.width, film.image.height)
            accepted = film.journal.accepted(session.reader, **film.place)
            found = doubts_of(annotation, session.calibration, size, accepted, self.statistics)
        if found != self.doubts:
            self.doubts = found
            self.changed.emit()
        return found

    def stops_at_doubt(self) -> bool:
        """Show the first doubt and say it; False when there is none."""
        doubts = self.look()
        if doubts:
            self._session.select(doubts[0].keys[0])
            self._session.message.emit(f"Nothing was confirmed. {doubts[0].sentence} {ADVICE}")
        return bool(doubts)

    def sentence(self) -> str:
        """The first doubt in words; empty when there is none."""
        doubts = self.look()
        return f"{doubts[0].sentence} {ADVICE}" if doubts else ""

    def accept(self) -> None:
        """Take the reader's word that what the doubt shown is about is right."""
        shown = self.doubts[:1]
        if shown and shown[0] in self.look():
            self._session.accept_doubt(shown[0].code, shown[0].sentence)
            film = self._session.film
            if film is not None and shown[0] not in self.look():
                self.accepted.emit(film.image.path, film.image.frame, shown[0].sentence)

    def _forget(self) -> None:
        """What was said of the last film must not be taken for this one's."""
        if self.doubts:
            self.doubts = ()
            self.changed.emit()


def doubts_of(
    annotation: Annotation,
    calibration: Calibration | None,
    size: tuple[int, int],
    accepted: frozenset[str],
    statistics: ShapeStatistics | None,
) -> tuple[Doubt, ...]:
    """What looks impossible about an annotation and was not accepted by its reader."""
    found = check(annotation, calibration, size, statistics)
    return tuple(doubt for doubt in found if doubt.code not in accepted)


def shape_statistics() -> ShapeStatistics | None:
    """The shapes of the films that the shipped model was trained on; None when its card cannot be read."""
    with resources.as_file(resources.files("napari_dentlm") / "cascade" / "models" / "ceph19" / "model.toml") as card:
        try:
            return ShapeStatistics.from_card(Path(card))
        except (DentLMError, OSError):
            return None
