"""The open patient folder, the film in view, and what the reader sees of it."""

import getpass
import logging
from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation, Landmark, Point
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.settings import change_settings, load_settings
from napari_dentlm.gui.blind import blinded
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.place_memory import Place, PlaceMemory, name_hash
from napari_dentlm.gui.review import Order, neighbour, next_unfinished, review_order
from napari_dentlm.gui.worklist import Worklist

logger = logging.getLogger(__name__)

STATUS_MS = 250
_TRIES = 20
OPENED = (
    "Label all films lets the model set the points. Tab goes to the next point, Enter confirms it; F1 shows all keys."
)
READ_ONLY = "Nothing can be changed here: "


def default_reader() -> str:
    """Name that the reader's acts carry until another one is typed."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"


class Viewing(QObject):
    """What is in view: folder, film, reader and current landmark.

    Parameters
    ----------
    parent
        Owner.
    """

    film_changed = Signal()
    annotation_changed = Signal()
    calibration_changed = Signal()
    current_changed = Signal()
    faces_changed = Signal()
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
        # Finding a film's status reads its whole journal, so it waits until a run of acts is over.
        self._status_timer = QTimer(self, singleShot=True, interval=STATUS_MS)
        self._status_timer.timeout.connect(self._refresh_status)

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
    def faces(self) -> tuple[Annotation, ...]:
        """The reader's annotations of all faces on the photo in view, the patient's first; one on a film."""
        found = () if self.film is None else self.film.faces(self.reader)
        return tuple(map(blinded, found)) if self.blind else found

    @property
    def face_numbers(self) -> tuple[int, ...]:
        """Instance numbers of the faces on the photo in view; only 0 on a film."""
        return () if self.film is None else self.film.journal.instances(self.reader, self.film.image.frame)

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

    # ---- folder and films ----------------------------------------------------------------------------------------

    def open(self, paths: list[Path], work: Path | None = None) -> None:
        """Open a patient folder, or the folder of dropped files with only these in the list.

        The film and the landmark that were in view last come back.

        Parameters
        ----------
        paths
            One folder, or files.
        work
            Where the journals are when not beside the images.
        """
        self.close_film()
        if not self._in_words(lambda: self.worklist.open(paths, work)):
            return
        if not self.worklist.entries:
            self.message.emit("There are no films in this folder.")
            return
        self.message.emit(OPENED)
        if not self._show_last_place():
            self._show_first()

    def show(self, index: int, frame: int = 0) -> None:
        """Show a film of the worklist; one that cannot be read is reported and leaves the view empty."""
        self.close_film()
        entry = self.worklist.entries[index]
        self.worklist.current = index
        try:
            self._open_film(entry.path, frame)
        except (DentLMError, OSError) as error:
            self.worklist.mark_failed(entry.path, str(error))
            self.message.emit(str(error))
        self.sort_landmarks()
        self._first_point()
        self.film_changed.emit()

    def show_path(self, path: Path, frame: int = 0) -> None:
        """Show a film of the worklist by its file and frame."""
        index = next((row for row, entry in enumerate(self.worklist.entries) if entry.path == path), None)
        if index is not None:
            self.show(index, frame)

    def step(self, by: int) -> bool:
        """Go to the next or previous frame of the file, or film of the list; False, with a word, at its end."""
        if self.film is not None and 0 <= self.film.image.frame + by < self.film.image.frame_count:
            self.show(self.worklist.current, self.film.image.frame + by)
            return True
        index = self.worklist.neighbour(by)
        if index is not None:
            self.show(index)
        elif self.worklist.entries:
            self.message.emit("This is the last film." if by > 0 else "This is the first film.")
        return index is not None

    def close_film(self) -> None:
        """Let go of the film."""
        if self.film is not None:
            self._status_timer.stop()
            self._refresh_status()
            self.film, self.current, self._keys = self.film.close(), "", ()
            self.film_changed.emit()

    def close(self) -> None:
        """Close the film and let go of the folder's lock."""
        self.close_film()
        self.worklist.close()

    # ---- who reads, and what beside --------------------------------------------------------------------------------

    def set_reader(self, reader: str) -> None:
        """Show and edit the annotation of another reader."""
        self.typed_reader = reader.strip()
        self.reader = self.typed_reader or default_reader()
        self.worklist.set_reader(self.reader)
        self.reader_changed.emit(self.reader)
        self.message.emit(f"You read as {self.reader}.")
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

    # ---- which face ------------------------------------------------------------------------------------------------

    def choose_face(self, instance: int) -> None:
        """Work on another face of the photo in view."""
        film = self.film
        if film is None or instance == film.instance or instance not in self.face_numbers:
            return
        film.instance = instance
        self.sort_landmarks()
        self.current = ""
        self._first_point()
        self.annotation_changed.emit()
        self.faces_changed.emit()

    def choose_face_at(self, point: Point) -> bool:
        """Work on the face whose box holds `point`, the smallest of several; False where that is the one at work."""
        boxes = [(face.instance, face.box) for face in self.faces if face.box is not None and face.box.contains(point)]
        if self.film is None or not boxes:
            return False
        instance, _ = min(boxes, key=lambda each: each[1].width * each[1].height)
        chosen = instance != self.film.instance
        self.choose_face(instance)
        return chosen

    def step_face(self, by: int) -> None:
        """Go on to the next or previous face of the photo, round and round."""
        numbers = self.face_numbers
        if self.film is not None and len(numbers) > 1:
            self.choose_face(numbers[(numbers.index(self.film.instance) + by) % len(numbers)])

    def keep_face(self) -> None:
        """After a new prediction: go back to the patient where the face at work is not there any more."""
        if self.film is not None and self.film.instance not in self.face_numbers:
            self.film.instance = 0
        self.sort_landmarks()
        # An image that was taken for a film may have turned out to be a photo.
        if self.current not in self._keys:
            self._first_point()
        self.faces_changed.emit()

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

    def _show_last_place(self) -> bool:
        root = self.worklist.root
        place = None if root is None else self.places.recall(root)
        if place is None:
            return False
        rows = (row for row, entry in enumerate(self.worklist.entries) if name_hash(entry.relative) == place.film)
        row = next(rows, None)
        if row is None:
            return False
        self.show(row, place.frame)
        if place.landmark in self._keys:
            self.select(place.landmark)
        return self.film is not None

    def _show_first(self) -> None:
        # A damaged film is in the list with its reason; the first one that can be read comes into view.
        first, shown = self.worklist.first_unfinished(), self.worklist.shown
        start = shown.index(first) if first in shown else 0
        for index in shown[start : start + _TRIES]:
            self.show(index)
            if self.film is not None:
                return

    def _open_film(self, path: Path, frame: int) -> None:
        self.film = Film.open(self.worklist, path, frame)
        if self.film.journal.problem:
            self.message.emit(READ_ONLY + self.film.journal.problem)
        elif self.film.journal.remark:
            self.message.emit(self.film.journal.remark)

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

    def _refresh_status(self) -> None:
        if self.film is not None:
            self.worklist.refresh(self.film.image.path)

    def _in_words(self, work: Callable[[], object]) -> bool:
        """Run `work`; an error that a user can meet becomes a message."""
        try:
            work()
        except (DentLMError, OSError) as error:
            logger.info("told the reader: %s", error)
            self.message.emit(str(error))
            return False
        return True
