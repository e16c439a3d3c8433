"""The reader's acts on the film in view.

The journal is the truth. Everything the window shows (napari layers, tables, boxes) listens to the signals of this
object and reads from it; nothing else changes an annotation. It knows Qt's signals and timers, and nothing of napari.
"""

from collections.abc import Callable

from qtpy.QtCore import QObject, QTimer, Signal

from napari_dentlm.core.annotation import Annotation, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.journal_events import Event
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.review import may_confirm_in_bulk, next_missing
from napari_dentlm.gui.viewing import READ_ONLY, Viewing

NOTHING_SEEN = (
    "Nothing to confirm at once: look at the points closely first (G), flagged ones are confirmed one by one."
)
ONE_POINT = "moved as one point, so its two contours are given up. U brings them back, D places them anew."
ALL_PLACED = "No point is missing any more. Tab goes through them, Enter confirms the one at work."


class Session(Viewing):
    """State of one workbench and everything a reader can do to an annotation.

    Parameters
    ----------
    parent
        Owner.
    """

    placing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.placing = self._named = False
        # Later, so that what is said of the act itself does not take its place.
        self._unnamed = QTimer(self, singleShot=True, interval=0)
        self._unnamed.timeout.connect(self._tell_name)
        self._seen: dict[tuple[str, int, int, str], dict[str, Point]] = {}
        self.worklist.reset.connect(self._seen.clear)

    # ---- points --------------------------------------------------------------------------------------------------

    def put(self, key: str, point: Point) -> bool:
        """Move a landmark that has a position, or place one that has none; False when that was refused."""
        annotation = self.annotation
        if annotation is None or not self._on_film(point):
            return False
        if annotation.landmarks[key].position is None:
            return self._act(lambda film: film.journal.place(self.reader, key, point, **film.place, blind=self.blind))
        had_sides = annotation.landmarks[key].sides is not None
        moved = self._act(lambda film: film.journal.move(self.reader, key, point, **film.place))
        if moved and had_sides:
            self.message.emit(f"{key}: {ONE_POINT}")
        return moved

    def place(self, point: Point) -> None:
        """Put the current landmark at a click.

        A landmark that had no point is followed by the next one without a point, until there is none; one that had a
        point stays current, to be confirmed.
        """
        landmark = self.landmark
        # A click that was refused is tried again on the same landmark.
        if landmark is None or not self.put(self.current, point) or landmark.position is not None:
            return
        annotation = self.annotation
        missing = "" if annotation is None else next_missing(annotation, self.review_keys, self.current)
        if missing:
            self.select(missing)
        else:
            self.set_placing(False)
            self.message.emit(ALL_PLACED)

    def place_sides(self, key: str, left: Point, right: Point) -> bool:
        """Place both contours of a landmark; their midpoint is the landmark. False when that was refused."""
        if not (self._on_film(left) and self._on_film(right)):
            return False
        return self._act(
            lambda film: film.journal.place_sides(self.reader, key, left, right, **film.place, blind=self.blind)
        )

    def nudge(self, dx: float, dy: float) -> None:
        """Move the current point by some pixels; undo takes back a run of nudges as one."""
        landmark = self.landmark
        if landmark is None or landmark.position is None or self.film is None:
            return
        key, point = landmark.key, Point(landmark.position.x + dx, landmark.position.y + dy)
        if self.film.contains(point):
            self._act(lambda film: film.journal.move(self.reader, key, point, **film.place, nudge=True))

    def rule(self, state: State) -> None:
        """Rule that the current landmark is not visible or outside the image."""
        key = self.current
        if self._act(lambda film: film.journal.rule(self.reader, key, state, **film.place)):
            self.message.emit(f"{key}: {state.replace('_', ' ')}. U undoes.")

    def reset(self) -> None:
        """Put the current landmark back to the model's point."""
        key = self.current
        self._act(lambda film: film.journal.reset(self.reader, key, **film.place))

    def set_placing(self, placing: bool) -> None:
        """Switch place mode on or off."""
        if placing != self.placing:
            self.placing = placing
            self.placing_changed.emit(placing)

    def close_film(self) -> None:
        """Let go of the film; place mode ends with it."""
        self.set_placing(False)
        super().close_film()

    # ---- confirming ------------------------------------------------------------------------------------------------

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
        return self._act(lambda film: film.journal.confirm(self.reader, landmark.key, **film.place))

    def note_seen(self, keys: set[str]) -> None:
        """Remember which points were on the screen closely enough to be judged, and where they were."""
        annotation = self.annotation
        if annotation is not None:
            places = {key: annotation.landmarks[key].position for key in keys}
            known = self._seen.setdefault(self._place_of(annotation), {})
            known.update({key: place for key, place in places.items() if place is not None})

    @property
    def seen(self) -> set[str]:
        """Points that this reader looked at closely since the folder was opened and that have not moved since."""
        annotation = self.annotation
        if annotation is None:
            return set()
        known = self._seen.get(self._place_of(annotation), {})
        return {key for key, place in known.items() if annotation.landmarks[key].position == place}

    def confirm_seen(self) -> None:
        """Confirm at once the points that were looked at closely and are not flagged; the journal says bulk."""
        annotation = self.annotation
        if annotation is None:
            return
        keys = may_confirm_in_bulk(annotation, self.seen)
        if not keys:
            self.message.emit(NOTHING_SEEN)
        elif self._act(lambda film: film.journal.confirm_all(self.reader, keys, **film.place)):
            self.message.emit(f"{len(keys)} points confirmed at once.")

    # ---- the film as a whole -----------------------------------------------------------------------------------------

    def calibrate(self, calibration: Calibration) -> bool:
        """Set the calibration of the film in view; False when that was refused."""
        done = self._act(lambda film: film.journal.calibrate(self.reader, calibration))
        if done:
            self.calibration_changed.emit()
        return done

    def exclude(self, reason: str) -> None:
        """Leave the film out of reviews, exports and training."""
        self._act(lambda film: film.journal.exclude(self.reader, reason))

    def include(self) -> None:
        """Take the film back in."""
        self._act(lambda film: film.journal.include(self.reader))

    def accept_doubt(self, code: str, sentence: str) -> None:
        """Decide that a warning of the guard does not count here; the journal keeps the decision."""
        self._act(lambda film: film.journal.accept(self.reader, code, sentence, **film.place))

    def undo(self) -> None:
        """Take the reader's last act back."""
        self._step_history("Undone", "There is nothing to undo.", lambda film: film.journal.undo(self.reader))

    def redo(self) -> None:
        """Carry out again what was undone."""
        self._step_history("Redone", "There is nothing to redo.", lambda film: film.journal.redo(self.reader))

    def take_prediction(self, prediction: FilePrediction) -> bool:
        """Write the worker's predictions of one file to its journal; False when they were not written."""
        if prediction.path not in self.worklist:
            # Another folder was opened meanwhile; this one's lock is given back.
            return False
        here = self.film is not None and self.film.image.path == prediction.path
        film = self.film if here else None
        written = self._in_words(lambda: self.worklist.write_prediction(prediction, film))
        if here:
            self.keep_face()
            if written and prediction.added:
                self._choose_box(prediction.frames[0].box)
            untouched = not any(mark.touched for mark in self.annotation.landmarks.values())
            self.sort_landmarks()
            self.annotation_changed.emit()
            if untouched and not self.placing:
                # The review begins with the point that the new prediction doubts most.
                self._first_point()
        return written

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _place_of(self, annotation: Annotation) -> tuple[str, int, int, str]:
        return annotation.image_id, annotation.frame, annotation.instance, self.reader

    def _on_film(self, point: Point) -> bool:
        if self.film is None:
            return False
        inside = self.film.contains(point)
        if not inside:
            self.message.emit("This place lies outside the image. Press O to mark the point as outside.")
            self.annotation_changed.emit()
        return inside

    def _may_write(self) -> bool:
        if self.obstacle:
            self.message.emit(READ_ONLY + self.obstacle)
        return not self.obstacle

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
            if not self.typed_reader and not self._named:
                self._unnamed.start()
        return done

    def _tell_name(self) -> None:
        """Once, before much is kept under a name that nobody chose."""
        self._named = True
        self.message.emit(
            f"This is kept under the name {self.reader}, with which you are logged in. If another name shall stand "
            "there, type it into Reader before you go on: each name has points of its own."
        )

    def _step_history(self, word: str, nothing: str, step: Callable[[Film], Event | None]) -> None:
        steps: list[Event | None] = []
        if self._act(lambda film: steps.append(step(film))):
            event = steps[0]
            # The reader sees what was taken back.
            if event is not None and event.subject and self.film is not None and event.frame == self.film.image.frame:
                self.choose_face(event.instance)
                if event.subject in self.review_keys:
                    self.select(event.subject)
            self.message.emit(nothing if event is None else f"{word}: {event.description}")
            self.calibration_changed.emit()
