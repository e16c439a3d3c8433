"""Who reads: the annotation of the film in view as this reader may see it, and the landmark at work."""

import getpass
import logging
from collections.abc import Callable

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.annotation import Annotation, Landmark
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError, sentence_of
from napari_dentlm.core.settings import change_settings, load_settings
from napari_dentlm.gui.blind import blinded
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.place_memory import Place, PlaceMemory, name_hash
from napari_dentlm.gui.review import Order, neighbour, next_unfinished, review_order
from napari_dentlm.gui.worklist import Worklist

logger = logging.getLogger(__name__)


def default_reader() -> str:
    """Name that the reader's acts carry until another one is typed."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"


class Reading(QObject):
    """Who reads which landmark of the film in view, and what is shown of it.

    Parameters
    ----------
    parent
        Owner.
    """

    film_changed = Signal()
    annotation_changed = Signal()
    calibration_changed = Signal()
    current_changed = Signal()
    reader_changed = Signal(str)
    blind_changed = Signal(bool)
    message = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worklist = Worklist(self)
        self.places = PlaceMemory()
        self.film: Film | None = None
        self.typed_reader = load_settings().reader
        self.reader = self.typed_reader or default_reader()
        self.worklist.set_reader(self.reader)
        self.blind = False
        self.compared: str | None = None
        self.current = ""
        self.order = Order.URGENCY
        self._keys: tuple[str, ...] = ()

    # ---- what is shown -------------------------------------------------------------------------------------------

    @property
    def annotation(self) -> Annotation | None:
        """The reader's annotation of the film in view; without the model's points in blind mode."""
        if self.film is None:
            return None
        annotation = self.film.annotation(self.reader)
        return blinded(annotation) if self.blind else annotation

    @property
    def compared_annotation(self) -> Annotation | None:
        """The annotation to show beside the reader's own: another reader's, or the model's (``""``); or None."""
        if self.film is None or self.compared is None or self.compared == self.reader or self.blind:
            return None
        annotation = self.film.annotation(self.compared)
        # Where another reader did nothing, the points are the model's.
        return blinded(annotation) if self.compared else annotation

    @property
    def landmark(self) -> Landmark | None:
        """The current landmark."""
        annotation = self.annotation
        return annotation.landmarks[self.current] if annotation is not None and self.current else None

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force: the reader's, else the file's; None without a film."""
        return None if self.film is None else self.film.calibration(self.reader)

    @property
    def review_keys(self) -> tuple[str, ...]:
        """Landmarks of the film in view in the order of the review."""
        return self._keys

    # ---- who reads, and what beside --------------------------------------------------------------------------------

    def set_reader(self, reader: str) -> None:
        """Show and edit the annotation of another reader."""
        before, self.typed_reader = self.reader, reader.strip()
        self.reader = self.typed_reader or default_reader()
        self.worklist.set_reader(self.reader)
        self.reader_changed.emit(self.reader)
        theirs = self.film is not None and before != self.reader and before in self.film.journal.readers()
        stay = f" What {before} did stays under that name." if theirs else ""
        self.message.emit(f"You read as {self.reader}.{stay}")
        self._in_words(lambda: change_settings(reader=self.typed_reader))
        self._show_anew()

    def set_blind(self, blind: bool) -> None:
        """Hide the model's points until the reader has placed his own, or show them."""
        self.blind = blind
        self.worklist.set_blind(blind)
        self.blind_changed.emit(blind)
        self._show_anew()

    def compare_with(self, reader: str | None) -> None:
        """Show another reader's points beside the own ones; ``""`` is the model, None nobody."""
        self.compared = reader
        self.annotation_changed.emit()

    def set_order(self, order: Order) -> None:
        """Choose what comes first in the review."""
        self.order = order
        self.sort_landmarks()

    # ---- which landmark ------------------------------------------------------------------------------------------

    def select(self, key: str) -> None:
        """Make `key` the current landmark."""
        if key != self.current and key in self._keys:
            self.current = key
            self._remember_place()
            self.current_changed.emit()

    def select_neighbour(self, by: int) -> None:
        """Go on to the next or previous landmark in review order."""
        if self._keys:
            self.select(neighbour(self._keys, self.current, by))

    def select_unfinished(self) -> bool:
        """Go on to the next landmark that still needs the reader; False when there is none."""
        annotation = self.annotation
        key = "" if annotation is None else next_unfinished(annotation, self._keys, self.current)
        if key:
            self.select(key)
        return bool(key)

    def sort_landmarks(self) -> None:
        """Find the order of the review anew, after another film, prediction or wish."""
        annotation = self.annotation
        # A blind reader must not learn from the order which points the model doubts.
        order = Order.SCHEME if self.blind else self.order
        self._keys = () if annotation is None else review_order(annotation, order, self.calibration)

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _first_point(self) -> None:
        annotation = self.annotation
        if annotation is not None:
            self.current = next_unfinished(annotation, self._keys) or self._keys[0]
            self._remember_place()
            self.current_changed.emit()

    def _show_anew(self) -> None:
        self.sort_landmarks()
        self.annotation_changed.emit()
        self.calibration_changed.emit()

    def _remember_place(self) -> None:
        root = self.worklist.root
        if root is not None and self.film is not None:
            entry = self.worklist.entries[self.worklist.current]
            self.places.remember(root, Place(name_hash(entry.relative), self.film.image.frame, self.current))

    def _in_words(self, work: Callable[[], object]) -> bool:
        """Run `work`; an error that a user can meet becomes a message."""
        try:
            work()
        except (DentLMError, OSError) as error:
            # Its words may name a patient.
            logger.info("told the reader: %s", type(error).__name__)
            self.message.emit(sentence_of(error))
            return False
        return True
