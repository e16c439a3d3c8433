"""The journal of one image file: an append-only log from which the annotations of every reader are replayed.

Nothing is kept only in memory: each act is on the disk, forced there, before its method returns. Undo and
redo are events as well, concern only the reader's own acts, and reach back across closings. Moves marked as
nudges that follow each other on one landmark within 0.3 s are one step for undo; each is in the log all the
same.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_dentlm.core import journal_file
from napari_dentlm.core.annotation import Landmark, Point, State, midpoint
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal_events import MODEL_PREFIX, READER_PREFIX, Event, EventKind, Mark, Spacing
from napari_dentlm.core.journal_reading import JournalReading
from napari_dentlm.core.journal_replay import confirmed_mark, put_mark
from napari_dentlm.core.scheme import LandmarkScheme


class Journal(JournalReading):
    """The journal of one image file. Made with `open`; the file itself is made by the first event."""

    def predict(
        self,
        landmarks: Iterable[Landmark],
        *,
        model: str,
        options: str,
        frame: int = 0,
        instance: int = 0,
        box: Box | None = None,
    ) -> None:
        """Write a model's points as one event; points that a reader touched stay where they are.

        Parameters
        ----------
        landmarks
            In the state predicted, or not_assessed with a reason where the model refused. Landmarks not among
            them keep their last prediction.
        model
            Origin, ``model:<name>@<hash>``.
        options
            Everything else that decides the result, as text; see `last_prediction`.
        box
            Where the face lies on a photo.
        """
        marks = {landmark.key: Mark.of(landmark) for landmark in landmarks}
        if not model.startswith(MODEL_PREFIX):
            raise ValueError(f"the origin of a prediction starts with {MODEL_PREFIX!r}, not {model!r}")
        if any(mark.state not in (State.PREDICTED, State.NOT_ASSESSED) for mark in marks.values()):
            raise ValueError("a model predicts landmarks or leaves them unassessed; only readers do more")
        for key in marks:
            self._log.scheme.index(key)
        plain = {key: mark.model_copy(update={"origin": ""}) for key, mark in marks.items()}
        numbers = None if box is None else box.numbers
        self._append(model, EventKind.PREDICT, frame, instance, marks=plain, options=options, box=numbers)

    def begin_anew(self, scheme: LandmarkScheme) -> None:
        """Go on with another scheme; only while the journal holds no point of a model and no act of a reader.

        A journal is opened before anybody knows whether its image shows a film or a face.

        Raises
        ------
        JournalError
            When something would be lost, or the journal is read-only.
        """
        with self._guard:
            if self.has_points:
                raise JournalError(
                    f"{self.path.name} holds points of the scheme {self.scheme.name}; those of {scheme.name} "
                    "cannot stand beside them. Move the label file away to start anew."
                )
            self._log.begin_anew(scheme)
            self._views = {}

    def move(
        self, reader: str, key: str, point: Point, *, frame: int = 0, instance: int = 0, nudge: bool = False
    ) -> None:
        """Move a landmark to `point`: corrected where the model has a point, which stays beside, else placed.

        Parameters
        ----------
        nudge
            The move is a small step of a run, such as an arrow key; a run is one step for undo.
        """
        self._put(EventKind.MOVE, reader, key, point, frame, instance, nudge=nudge)

    def place(
        self, reader: str, key: str, point: Point, *, frame: int = 0, instance: int = 0, blind: bool = False
    ) -> None:
        """Place a landmark that had no position, or, `blind`, one whose model's point the reader did not see."""
        self._put(EventKind.PLACE, reader, key, point, frame, instance, blind=blind)

    def place_sides(
        self,
        reader: str,
        key: str,
        left: Point,
        right: Point,
        *,
        frame: int = 0,
        instance: int = 0,
        blind: bool = False,
    ) -> None:
        """Place the left and the right contour of a landmark, which is their midpoint; both stay beside it.

        Confirming keeps them; moving the midpoint, or ruling that there is none, drops them.

        Raises
        ------
        JournalError
            When the landmark is no midpoint of two contours.
        """
        if not self._log.scheme.landmark(key).bilateral:
            raise JournalError(f"{key} is a single point, not the midpoint of two contours. Place it as one point.")
        sides = left, right
        self._put(EventKind.PLACE, reader, key, midpoint(*sides), frame, instance, sides=sides, blind=blind)

    def confirm(self, reader: str, key: str, *, frame: int = 0, instance: int = 0) -> None:
        """Confirm a landmark where it is; its origin stays. Confirming twice changes nothing.

        Raises
        ------
        JournalError
            When there is no position to confirm.
        """
        landmark = self._landmark(reader, key, frame, instance)
        if landmark.position is None:
            raise JournalError(f"{key} has no point to confirm. Place it first.")
        if landmark.state is not State.CONFIRMED:
            self._act(reader, EventKind.CONFIRM, landmark, frame, instance, to=confirmed_mark(landmark))

    def confirm_all(self, reader: str, keys: Iterable[str], *, frame: int = 0, instance: int = 0) -> None:
        """Confirm many landmarks at once, as bulk in the log; those without a position are left out."""
        found = [self._landmark(reader, key, frame, instance) for key in keys]
        open_ones = [mark for mark in found if mark.position is not None and mark.state is not State.CONFIRMED]
        if open_ones:
            marks = {landmark.key: confirmed_mark(landmark) for landmark in open_ones}
            self._append(READER_PREFIX + reader, EventKind.CONFIRM, frame, instance, marks=marks, bulk=True)

    def rule(self, reader: str, key: str, state: State, reason: str = "", *, frame: int = 0, instance: int = 0) -> None:
        """Rule that a landmark is not visible or outside the image; the model's point stays beside."""
        if state not in (State.NOT_VISIBLE, State.OUTSIDE):
            raise ValueError(f"a reader rules not_visible or outside, not {state}")
        landmark = self._landmark(reader, key, frame, instance)
        mark = Mark(state=state, origin=READER_PREFIX + reader, reason=reason)
        self._act(reader, EventKind.RULE, landmark, frame, instance, to=mark)

    def reset(self, reader: str, key: str, *, frame: int = 0, instance: int = 0) -> None:
        """Take back all that the reader said about a landmark: the model's point stands again, or none."""
        landmark = self._landmark(reader, key, frame, instance)
        if landmark.touched:
            self._act(reader, EventKind.RESET, landmark, frame, instance)

    def accept(self, reader: str, warning: str, reason: str, *, frame: int = 0, instance: int = 0) -> None:
        """Decide that a warning about implausible points does not count; it stays so until it is undone.

        Accepting twice changes nothing, and no landmark counts as reviewed for it.

        Parameters
        ----------
        warning
            Its code, which stays the same from one version to the next.
        reason
            The sentence that the reader was shown.
        """
        if warning not in self.accepted(reader, frame, instance):
            self._append(READER_PREFIX + reader, EventKind.ACCEPT, frame, instance, warning=warning, reason=reason)

    def calibrate(self, reader: str, calibration: Calibration) -> None:
        """State the size of a pixel; raises ValueError when the calibration is not known."""
        if calibration.row_mm is None or calibration.column_mm is None:
            raise ValueError("a calibration without a spacing cannot be stated")
        spacing = Spacing(
            row_mm=calibration.row_mm,
            column_mm=calibration.column_mm,
            source=calibration.source,
            reason=calibration.reason,
        )
        self._append(READER_PREFIX + reader, EventKind.CALIBRATE, 0, 0, spacing=spacing)

    def exclude(self, reader: str, reason: str) -> None:
        """Leave the image out of reviews and training for every reader, with the reason."""
        self._append(READER_PREFIX + reader, EventKind.EXCLUDE, 0, 0, reason=reason)

    def include(self, reader: str) -> None:
        """Take the image in again, whoever left it out; that reader's event stays in the log."""
        self._append(READER_PREFIX + reader, EventKind.INCLUDE, 0, 0)

    def undo(self, reader: str) -> Event | None:
        """Take back the reader's last step; returns its last event, or None when there is none."""
        with self._guard:
            return self._step(reader, EventKind.UNDO, self._view(reader).history.done)

    def redo(self, reader: str) -> Event | None:
        """Bring back the step that the reader took back last; returns its last event, or None."""
        with self._guard:
            return self._step(reader, EventKind.REDO, self._view(reader).history.undone)

    def _put(
        self,
        kind: EventKind,
        reader: str,
        key: str,
        point: Point,
        frame: int,
        instance: int,
        *,
        sides: tuple[Point, Point] | None = None,
        nudge: bool = False,
        blind: bool = False,
    ) -> None:
        landmark = self._landmark(reader, key, frame, instance)
        mark = put_mark(replace(landmark, predicted=None) if blind else landmark, point, reader, sides)
        self._act(reader, kind, landmark, frame, instance, to=mark, nudge=nudge, blind=blind)

    def _act(self, reader: str, kind: EventKind, landmark: Landmark, frame: int, instance: int, **content: Any) -> None:
        before = Mark.of(landmark)
        actor = READER_PREFIX + reader
        self._append(actor, kind, frame, instance, landmark=landmark.key, before=before, **content)

    def _step(self, reader: str, kind: EventKind, steps: list[list[Event]]) -> Event | None:
        if not steps:
            return None
        step = steps[-1]
        numbers = tuple(event.seq for event in step)
        self._append(READER_PREFIX + reader, kind, step[-1].frame, step[-1].instance, steps=numbers)
        return step[-1]

    def _append(self, actor: str, kind: EventKind, frame: int, instance: int, **content: Any) -> None:
        with self._guard:
            event = self._log.append(actor, kind, frame, instance, **content)
            # An undo changes what was replayed before it: such a view is made anew when it is needed.
            self._views = {reader: view for reader, view in self._views.items() if view.add(event)}


def verify(sidecar: Path) -> list[str]:
    """Problems of a journal file, one sentence each; empty when every line fits the one before it."""
    loaded = journal_file.load(Path(sidecar))
    problems = [loaded.problem] if loaded.problem else []
    if loaded.tail:
        problems.append(f"{Path(sidecar).name}: the last line is torn; it will be set aside.")
    return problems
