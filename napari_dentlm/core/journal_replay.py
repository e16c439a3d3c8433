"""Replaying a journal's events into the annotations of one reader.

A reader sees two layers. The model's layer holds, per landmark, the last prediction. The reader's own layer
lies above it and holds what this reader corrected, placed, confirmed or ruled. A prediction changes the lower
layer only: points the reader touched stay, with the new model point beside them. An undone event is one that
the replay passes over.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.journal_events import READER_PREFIX, Event, EventKind, Mark
from napari_dentlm.core.scheme import LandmarkScheme

NUDGE_SECONDS = 0.3

Slot = tuple[int, int, str]
"""Frame, instance, landmark key."""


@dataclass(slots=True)
class History:
    """Steps of one reader: what an undo would take back next, and what a redo would bring back."""

    done: list[list[Event]] = field(default_factory=list)
    undone: list[list[Event]] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Take in the reader's next event of any kind."""
        if event.event is EventKind.UNDO:
            self.undone.append(_taken(self.done, event.steps))
        elif event.event is EventKind.REDO:
            self.done.append(_taken(self.undone, event.steps))
        else:
            self.undone.clear()
            if self.done and self.done[-1] and _continues(self.done[-1][-1], event):
                self.done[-1].append(event)
            else:
                self.done.append([event])


def _taken(steps: list[list[Event]], numbers: Iterable[int]) -> list[Event]:
    """Take the events with these sequence numbers out of `steps`.

    By number and not from the top: an old journal replays the same when the rule for runs changes.
    """
    wanted = set(numbers)
    taken = [event for step in steps for event in step if event.seq in wanted]
    steps[:] = [rest for step in steps if (rest := [event for event in step if event.seq not in wanted])]
    return taken


def _continues(last: Event, event: Event) -> bool:
    """Whether two nudges belong to one run, which one undo takes back."""
    if not (last.nudge and event.nudge) or _slot(last) != _slot(event):
        return False
    return 0 <= (event.time - last.time).total_seconds() <= NUDGE_SECONDS


def _slot(event: Event) -> Slot:
    return event.frame, event.instance, event.landmark


def exclusion_in_force(events: Sequence[Event]) -> Event | None:
    """The event by which the image is left out for everybody; None when it is not.

    The last word counts, whoever said it: a reader may take in again what another one left out. What its reader
    has undone was not said.
    """
    if not any(event.event is EventKind.EXCLUDE for event in events):
        return None
    histories: defaultdict[str, History] = defaultdict(History)
    for event in events:
        if event.reader:
            histories[event.reader].add(event)
    said = [event for history in histories.values() for step in history.done for event in step]
    words = [event for event in said if event.event in (EventKind.EXCLUDE, EventKind.INCLUDE)]
    last = max(words, key=lambda event: event.seq, default=None)
    return last if last is not None and last.event is EventKind.EXCLUDE else None


class ReaderView:
    """What one reader sees of a journal; the model's own view is that of the reader ``""``.

    Parameters
    ----------
    scheme, image_ids
        Of the journal.
    reader
        Id of the reader.
    events
        All events so far, of everybody.
    """

    def __init__(
        self, scheme: LandmarkScheme, image_ids: tuple[str, ...], reader: str, events: Iterable[Event]
    ) -> None:
        self._scheme = scheme
        self._image_ids = image_ids
        self._reader = reader
        self._model: dict[Slot, Landmark] = {}
        # The model's point beside a touched one: its last word, but for refusals after the touch.
        self._beside: dict[Slot, Landmark] = {}
        # As written: of a long journal only each landmark's last act is ever shown.
        self._own: dict[Slot, tuple[Mark, Event]] = {}
        self._accepted: dict[tuple[int, int], set[str]] = {}
        self._boxes: dict[tuple[int, int], Box] = {}
        self.history = History()
        self.calibration: Calibration | None = None
        self.exclusion: str | None = None
        events = list(events)
        mine = [event for event in events if reader and event.reader == reader]
        for event in mine:
            self.history.add(event)
        active = {event.seq for step in self.history.done for event in step}
        for event in events:
            if event.event is EventKind.PREDICT or event.seq in active:
                self._apply(event)

    def add(self, event: Event) -> bool:
        """Take in the next event; False when it is an undo or redo, after which a new view is needed."""
        if event.event is not EventKind.PREDICT:
            if not self._reader or event.reader != self._reader:
                return True
            if event.event in (EventKind.UNDO, EventKind.REDO):
                return False
            self.history.add(event)
        self._apply(event)
        return True

    def landmark(self, frame: int, instance: int, key: str) -> Landmark:
        """One landmark as the reader sees it; the model's point stands beside a touched one."""
        slot = frame, instance, key
        if slot not in self._own:
            return self._model.get(slot) or Landmark(key, State.NOT_ASSESSED, None)
        return _touched(key, *self._own[slot], self._beside.get(slot))

    def annotation(self, frame: int, instance: int) -> Annotation:
        """The reader's annotation of one instance on one frame."""
        landmarks = {key: self.landmark(frame, instance, key) for key in self._scheme.keys}
        box = self._boxes.get((frame, instance))
        return Annotation(self._scheme, self._image_ids[frame], frame, instance, self._reader, landmarks, box)

    def accepted(self, frame: int, instance: int) -> frozenset[str]:
        """Codes of the warnings about one instance on one frame that the reader accepted."""
        return frozenset(self._accepted.get((frame, instance), ()))

    def places(self) -> set[tuple[int, int]]:
        """Frames and instances that hold any landmark; further faces of a photo only while one has a point or a word.

        A face that a later look did not find again has neither.
        """
        said = {slot for slot, mark in self._model.items() if mark.state is not State.NOT_ASSESSED or not slot[1]}
        return {(frame, instance) for frame, instance, _ in (*said, *self._own)}

    def _apply(self, event: Event) -> None:
        match event.event:
            case EventKind.PREDICT:
                if event.face is not None:
                    self._boxes[event.frame, event.instance] = event.face
                for key, mark in event.marks.items():
                    slot = event.frame, event.instance, key
                    self._model[slot] = _predicted(key, mark, event)
                    if mark.position is not None or slot not in self._own:
                        self._beside[slot] = self._model[slot]
            case EventKind.RESET:
                slot = _slot(event)
                self._own.pop(slot, None)
                if slot in self._model:
                    self._beside[slot] = self._model[slot]
            case EventKind.CALIBRATE:
                self.calibration = event.spacing.calibration() if event.spacing else None
            case EventKind.EXCLUDE:
                self.exclusion = event.reason
            case EventKind.INCLUDE:
                self.exclusion = None
            case EventKind.ACCEPT:
                self._accepted.setdefault((event.frame, event.instance), set()).add(event.warning)
            case _:
                marks = event.marks or ({event.landmark: event.to} if event.to else {})
                for key, mark in marks.items():
                    self._own[event.frame, event.instance, key] = mark, event


def _predicted(key: str, mark: Mark, event: Event) -> Landmark:
    return Landmark(
        key,
        mark.state,
        mark.position,
        origin=event.actor,
        predicted=mark.position,
        expected_error_px=mark.expected_error_px,
        flag=mark.flag,
        reason=mark.reason,
        updated_utc=event.utc,
    )


def _touched(key: str, mark: Mark, event: Event, model: Landmark | None) -> Landmark:
    return Landmark(
        key,
        mark.state,
        mark.position,
        origin=mark.origin,
        confirmed_by=event.reader if mark.state is State.CONFIRMED else "",
        predicted=model.position if model else None,
        expected_error_px=model.expected_error_px if model else None,
        flag=model.flag if model else "",
        reason=mark.reason,
        sides=mark.sides,
        updated_utc=event.utc,
    )


def put_mark(landmark: Landmark, point: Point, reader: str, sides: tuple[Point, Point] | None = None) -> Mark:
    """The mark of `landmark` put at `point`: corrected where the model has a point, else placed.

    Without `sides` it has no contours any more: those of another place do not belong to it.
    """
    state = State.PLACED if landmark.predicted is None else State.CORRECTED
    origin = READER_PREFIX + reader
    return Mark.of(Landmark(landmark.key, state, point, origin=origin, sides=sides))


def confirmed_mark(landmark: Landmark) -> Mark:
    """The mark of `landmark` confirmed where it is; whoever put it there stays its origin."""
    mark = Mark.of(landmark).model_copy(update={"state": State.CONFIRMED})
    return mark.model_copy(update={"expected_error_px": None, "flag": ""})
