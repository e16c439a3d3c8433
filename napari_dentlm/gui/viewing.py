"""The open patient folder and the film in view."""

from pathlib import Path

from qtpy.QtCore import QObject, QTimer

from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import DentLMError, sentence_of
from napari_dentlm.core.review_status import Status, asked
from napari_dentlm.gui.face_choice import FaceChoice
from napari_dentlm.gui.failures import counted
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.place_memory import name_hash

STATUS_MS = 250
_TRIES = 20
NO_POINTS = "Label all films lets the model set the points, A lets you place them; F1 shows all keys."
BLIND = "You read blind: A and a click place each point, and the model's appears beside it; F1 shows all keys."
EXCLUDED = "This film is excluded. A right click on it in the list takes it in again."
KEYS_OF_REVIEW = "Tab goes to the next point, Enter confirms it; F1 shows all keys."
SETTLED = "Every point of this film is settled. Page Down shows the next film."
READ_ONLY = "Nothing can be changed here: "


class Viewing(FaceChoice):
    """What is in view: folder, film, reader and current landmark.

    Parameters
    ----------
    parent
        Owner.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._damaged = ""
        # Finding a film's status reads its whole journal, so it waits until a run of acts is over.
        self._status_timer = QTimer(self, singleShot=True, interval=STATUS_MS)
        self._status_timer.timeout.connect(self._refresh_status)

    @property
    def obstacle(self) -> str:
        """Why nothing can be changed on the film in view, in words; empty when it can."""
        return self.worklist.problem or ("" if self.film is None else self.film.journal.problem)

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
        self._damaged = ""
        if not self._show_last_place():
            self._show_first()
        if self._damaged and self.film is not None:
            # Another film was shown instead, and greeted the reader.
            self.message.emit(self._damaged)

    def show(self, index: int, frame: int = 0) -> None:
        """Show a film of the worklist; one that cannot be read is reported and leaves the view empty."""
        self.close_film()
        entry = self.worklist.entries[index]
        self.worklist.current = index
        try:
            self.film = Film.open(self.worklist, entry.path, frame)
        except (DentLMError, OSError) as error:
            why = sentence_of(error, entry.path)
            self.worklist.mark_failed(entry.path, why)
            self._damaged = self._damaged or why
            self.message.emit(why)
        self.sort_landmarks()
        self._first_point()
        if self.film is not None:
            # What was said about the film before would be taken for this one.
            self.message.emit(_which_frame(self.film) + self._about_film(self.film))
        self.film_changed.emit()

    def show_path(self, path: Path, frame: int = 0) -> None:
        """Show a film of the worklist by its file and frame."""
        index = next((row for row, entry in enumerate(self.worklist.entries) if entry.path == path), None)
        if index is not None:
            self.show(index, frame)

    def set_blind(self, blind: bool) -> None:
        """Hide the model's points until the reader has placed his own, or show them, and say how to go on."""
        super().set_blind(blind)
        if self.film is not None:
            self.message.emit(self._about_film(self.film))

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

    # ---- inner workings ------------------------------------------------------------------------------------------

    def _about_film(self, film: Film) -> str:
        if self.obstacle:
            return READ_ONLY + self.obstacle
        if film.journal.remark:
            return film.journal.remark
        if self.worklist.entries[self.worklist.current].status is Status.EXCLUDED:
            return EXCLUDED
        marks = [] if self.annotation is None else asked(self.annotation)
        if not any(mark.position is not None or mark.touched for mark in marks):
            why = next((mark.reason for mark in marks if mark.state is State.NOT_ASSESSED and mark.reason), "")
            return BLIND if self.blind else why or NO_POINTS
        left = sum(not mark.state.is_final for mark in marks)
        return f"{counted(left, 'point waits', 'points wait')} for you. {KEYS_OF_REVIEW}" if left else SETTLED

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
        readable = [row for row in shown[start:] if not self.worklist.entries[row].is_foreign]
        for index in readable[:_TRIES]:
            self.show(index)
            if self.film is not None:
                return

    def _refresh_status(self) -> None:
        if self.film is not None:
            self.worklist.refresh(self.film.image.path)


def _which_frame(film: Film) -> str:
    """Which image of a file with several is in view; they share one line of the list."""
    image = film.image
    return f"Image {image.frame + 1} of {image.frame_count} in this file. " if image.frame_count > 1 else ""
