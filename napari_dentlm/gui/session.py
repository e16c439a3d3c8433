"""The open patient folder, the film in view and the reader's acts on it.

The journal is the truth. Everything the window shows (napari layers, tables, boxes) listens to the signals of this
object and reads from it; nothing else changes an annotation. It knows Qt's signals and timers, and nothing of napari.
"""

import getpass
import logging
from collections.abc import Callable
from pathlib import Path

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.review import neighbour, next_missing, next_unfinished, review_order
from napari_dentlm.gui.worklist import Worklist

logger = logging.getLogger(__name__)

STATUS_MS = 250
_TRIES = 20
READ_ONLY = "Nothing can be changed here: "


def default_reader() -> str:
    """Name that the reader's acts carry until another one is typed."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reader"


class Session(QObject):
    """State of one workbench.

    Parameters
    ----------
    parent
        Owner.
    """

    film_changed = Signal()
    annotation_changed = Signal()
    calibration_changed = Signal()
    current_changed = Signal()
    placing_changed = Signal(bool)
    message = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worklist = Worklist(self)
        self.film: Film | None = None
        self.reader = default_reader()
        self.current = ""
        self.placing = False
        # Finding a film's status reads its whole journal, so it waits until a run of acts is over.
        self._status_timer = QTimer(self, singleShot=True, interval=STATUS_MS)
        self._status_timer.timeout.connect(self._refresh_status)

    # ---- what is shown -------------------------------------------------------------------------------------------

    @property
    def annotation(self) -> Annotation | None:
        """The reader's annotation of the film in view."""
        return None if self.film is None else self.film.annotation(self.reader)

    @property
    def landmark(self) -> Landmark | None:
        """The current landmark."""
        annotation = self.annotation
        return annotation.landmarks[self.current] if annotation is not None and self.current else None

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force: the reader's, else the file's; None without a film."""
        return None if self.film is None else self.film.calibration(self.reader)

    # ---- folder and films ----------------------------------------------------------------------------------------

    def open(self, paths: list[Path], work: Path | None = None) -> None:
        """Open a patient folder, or the folder of dropped files with only these in the list.

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
        # A damaged film is in the list with its reason; the first one that can be read comes into view.
        first = self.worklist.first_unfinished()
        for index in range(first, min(first + _TRIES, len(self.worklist.entries))):
            self.show(index)
            if self.film is not None:
                return

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
        self._first_point()
        self.film_changed.emit()

    def step(self, by: int) -> None:
        """Go to the next or previous frame of the file, or film of the worklist."""
        if self.film is not None and 0 <= self.film.image.frame + by < self.film.image.frame_count:
            self.show(self.worklist.current, self.film.image.frame + by)
            return
        index = self.worklist.current + by
        if 0 <= index < len(self.worklist.entries):
            self.show(index)
        elif self.worklist.entries:
            self.message.emit("This is the last film." if by > 0 else "This is the first film.")

    def close_film(self) -> None:
        """Let go of the film."""
        self.set_placing(False)
        if self.film is not None:
            self._status_timer.stop()
            self._refresh_status()
            self.film, self.current = self.film.close(), ""
            self.film_changed.emit()

    def close(self) -> None:
        """Close the film and let go of the folder's lock."""
        self.close_film()
        self.worklist.close()

    def set_reader(self, reader: str) -> None:
        """Show and edit the annotation of another reader."""
        self.reader = reader.strip() or default_reader()
        self.annotation_changed.emit()
        self.calibration_changed.emit()

    # ---- which landmark ------------------------------------------------------------------------------------------

    def select(self, key: str) -> None:
        """Make `key` the current landmark."""
        if key != self.current:
            self.current = key
            self.current_changed.emit()

    def select_neighbour(self, by: int) -> None:
        """Go on to the next or previous landmark in review order."""
        annotation = self.annotation
        if annotation is not None:
            self.select(neighbour(annotation, self.current, by))

    def select_unfinished(self) -> bool:
        """Go on to the next landmark that still needs the reader; False when there is none."""
        annotation = self.annotation
        key = "" if annotation is None else next_unfinished(annotation, self.current)
        if key:
            self.select(key)
        return bool(key)

    def set_placing(self, placing: bool) -> None:
        """Switch place mode on or off."""
        if placing != self.placing:
            self.placing = placing
            self.placing_changed.emit(placing)

    # ---- acts of the reader --------------------------------------------------------------------------------------

    def put(self, key: str, point: Point) -> bool:
        """Move a landmark that has a position, or place one that has none; False when that was refused."""
        annotation = self.annotation
        if annotation is None or self.film is None:
            return False
        if not self.film.contains(point):
            self.message.emit("This place lies outside the image. Press O to mark the point as outside.")
            self.annotation_changed.emit()
            return False
        if annotation.landmarks[key].position is None:
            return self._act(lambda film: film.journal.place(self.reader, key, point, frame=film.image.frame))
        return self._act(lambda film: film.journal.move(self.reader, key, point, frame=film.image.frame))

    def place(self, point: Point) -> None:
        """Put the current landmark at a click and go on to the next one without a point; without such, stop placing."""
        # A click that was refused is tried again on the same landmark.
        if not self.current or not self.put(self.current, point):
            return
        annotation = self.annotation
        missing = "" if annotation is None else next_missing(annotation, self.current)
        if missing:
            self.select(missing)
        else:
            self.set_placing(False)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the current point by some pixels; undo takes back a run of nudges as one."""
        landmark = self.landmark
        if landmark is None or landmark.position is None or self.film is None:
            return
        key, point = landmark.key, Point(landmark.position.x + dx, landmark.position.y + dy)
        if self.film.contains(point):
            self._act(lambda film: film.journal.move(self.reader, key, point, frame=film.image.frame, nudge=True))

    def confirm(self) -> bool:
        """Confirm the current point; False, with a sentence, when there is none to confirm."""
        landmark = self.landmark
        if landmark is None:
            return False
        if landmark.state in (State.NOT_VISIBLE, State.OUTSIDE):
            return True
        if landmark.position is None:
            self.message.emit(f"{landmark.key} has no point yet. Press A and click on the film, or press N or O.")
            return False
        return self._act(lambda film: film.journal.confirm(self.reader, landmark.key, frame=film.image.frame))

    def rule(self, state: State) -> None:
        """Rule that the current landmark is not visible or outside the image."""
        key = self.current
        self._act(lambda film: film.journal.rule(self.reader, key, state, frame=film.image.frame))

    def reset(self) -> None:
        """Put the current landmark back to the model's point."""
        key = self.current
        self._act(lambda film: film.journal.reset(self.reader, key, frame=film.image.frame))

    def undo(self) -> None:
        """Take the reader's last act back."""
        self._step_history("Undone", "There is nothing to undo.", lambda film: film.journal.undo(self.reader))

    def redo(self) -> None:
        """Carry out again what was undone."""
        self._step_history("Redone", "There is nothing to redo.", lambda film: film.journal.redo(self.reader))

    def calibrate(self, calibration: Calibration) -> None:
        """Set the calibration of the film in view."""
        if self._act(lambda film: film.journal.calibrate(self.reader, calibration)):
            self.calibration_changed.emit()

    def take_prediction(self, prediction: FilePrediction) -> bool:
        """Write the worker's predictions of one file to its journal; False when they were not written."""
        if prediction.path not in self.worklist:
            # Another folder was opened meanwhile; this one's lock is given back.
            return False
        here = self.film is not None and self.film.image.path == prediction.path
        film = self.film if here else None
        written = self._in_words(lambda: self.worklist.write_prediction(prediction, film))
        if here:
            self.annotation_changed.emit()
            if not self.current:
                self._first_point()
        return written

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _open_film(self, path: Path, frame: int) -> None:
        self.film = Film.open(self.worklist, path, frame)
        if self.film.journal.problem:
            self.message.emit(READ_ONLY + self.film.journal.problem)
        elif self.film.journal.remark:
            self.message.emit(self.film.journal.remark)

    def _first_point(self) -> None:
        annotation = self.annotation
        if annotation is not None:
            self.current = next_unfinished(annotation) or review_order(annotation)[0]
            self.current_changed.emit()

    def _may_write(self) -> bool:
        problem = self.worklist.problem or (self.film.journal.problem if self.film is not None else "")
        if problem:
            self.message.emit(READ_ONLY + problem)
        return not problem

    def _act(self, act: Callable[[Film], object]) -> bool:
        """Carry an act out on the film's journal, which is the autosave, and tell the views."""
        if self.film is None:
            return False
        film = self.film
        done = self._may_write() and self._in_words(lambda: act(film))
        # Also after a refusal: the views may show what the reader tried.
        self.annotation_changed.emit()
        if done:
            self._status_timer.start()
        return done

    def _refresh_status(self) -> None:
        if self.film is not None:
            self.worklist.refresh(self.film.image.path)

    def _step_history(self, word: str, nothing: str, step: Callable[[Film], str | None]) -> None:
        said: list[str | None] = []
        if self._act(lambda film: said.append(step(film))):
            self.message.emit(f"{word}: {said[0]}" if said[0] else nothing)
            self.calibration_changed.emit()

    def _in_words(self, work: Callable[[], object]) -> bool:
        """Run `work`; an error that a user can meet becomes a message."""
        try:
            work()
        except (DentLMError, OSError) as error:
            logger.info("told the reader: %s", error)
            self.message.emit(str(error))
            return False
        return True
