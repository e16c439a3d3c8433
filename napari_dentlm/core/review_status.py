"""How far the review of an image file has come, read from its journal without opening the image."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from napari_dentlm.core import journal_file
from napari_dentlm.core.annotation import Annotation, Landmark, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal_events import Event, EventKind, Header
from napari_dentlm.core.journal_replay import ReaderView, exclusion_in_force
from napari_dentlm.core.scheme import load_scheme


class Status(StrEnum):
    """Where an image file stands."""

    NEW = "new"
    LABELLED = "labelled"
    IN_REVIEW = "in_review"
    DONE = "done"
    FAILED = "failed"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader sees of an image file.

    Parameters
    ----------
    annotations
        Of all frames: of the patient, and of every further face of a photo that the reader has begun with.
    calibration
        The one that this reader stated.
    """

    annotations: tuple[Annotation, ...]
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class Review:
    """What a journal tells about the review of its image file.

    Parameters
    ----------
    status
        Where the file stands.
    note
        Why the file failed, or who left it out and why.
    readers
        Readers with an event, in the order of their first.
    readings
        What the reader at work sees; where none was named, what each of the readers sees. Empty without events.
    """

    status: Status
    note: str = ""
    readers: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()


def status_of(sidecar: Path) -> Status:
    """Status that a sidecar tells, whoever the readers are; see `review_of`."""
    return review_of(sidecar).status


def review_of(sidecar: Path, reader: str = "") -> Review:
    """Read a sidecar, once, and tell how far `reader` has come; without a name, the reader who has come furthest.

    New without events. Failed when the journal is broken or the model refused every frame. Excluded when a
    reader, whoever it is, left the image out and nobody took it in again. Done when the reader has nothing left to
    do on any frame: each landmark that the model or the reader put there (without any prediction, each of the
    scheme) is confirmed, or ruled not visible or outside. In review when the reader touched anything, else
    labelled.

    Parameters
    ----------
    sidecar
        A journal; one that is missing or damaged gives a review as well.
    reader
        The reader at work, who sees the model's and his own acts.
    """
    try:
        loaded = journal_file.load(sidecar)
    except JournalError as error:
        return Review(Status.FAILED, str(error))
    if loaded.problem:
        return Review(Status.FAILED, loaded.problem)
    if loaded.header is None or not loaded.events:
        return Review(Status.NEW)
    readers = tuple(dict.fromkeys(event.reader for event in loaded.events if event.reader))
    seen_by = (reader,) if reader else readers or ("",)
    readings = tuple(_reading(loaded.header, loaded.events, each) for each in seen_by)
    left_out = exclusion_in_force(loaded.events)
    if left_out is not None:
        return Review(Status.EXCLUDED, f"{left_out.reason} ({left_out.reader})".strip(), readers, readings)
    status = _status(loaded.events, readings)
    return Review(status, _refusal(readings) if status is Status.FAILED else "", readers, readings)


def asked(annotation: Annotation) -> list[Landmark]:
    """The landmarks that have to be settled: those that the model gave; all, where it gave none."""
    marks = list(annotation.landmarks.values())
    # A bundle may hold fewer landmarks than the scheme; a film labelled by hand alone needs all of them.
    if all(mark.predicted is None for mark in marks):
        return marks
    return [mark for mark in marks if mark.state is not State.NOT_ASSESSED]


def _reading(header: Header, events: list[Event], reader: str) -> Reading:
    view = ReaderView(load_scheme(header.scheme), header.image_ids, reader, events)
    places = view.places() | {(frame, 0) for frame in range(len(header.image_ids))}
    annotations = tuple(view.annotation(*place) for place in sorted(places))
    return Reading(tuple(filter(_is_asked, annotations)), view.calibration)


def _is_asked(annotation: Annotation) -> bool:
    """Whether a review is about this face: the patient's, and each further one that the reader has begun with."""
    return annotation.instance == 0 or any(mark.touched for mark in annotation.landmarks.values())


def _status(events: list[Event], readings: Iterable[Reading]) -> Status:
    seen = [reading.annotations for reading in readings]
    if any(all(map(_needs_nothing, annotations)) for annotations in seen):
        return Status.DONE
    marks = [mark for annotations in seen for annotation in annotations for mark in annotation.landmarks.values()]
    if any(mark.touched for mark in marks):
        return Status.IN_REVIEW
    # What nobody touched is the model's.
    if any(mark.position is not None for mark in marks):
        return Status.LABELLED
    refused = any(event.event is EventKind.PREDICT for event in events)
    return Status.FAILED if refused else Status.NEW


def _needs_nothing(annotation: Annotation) -> bool:
    touched = any(mark.touched for mark in annotation.landmarks.values())
    return touched and all(mark.state.is_final for mark in asked(annotation))


def _refusal(readings: Iterable[Reading]) -> str:
    """Why the model gave no points."""
    seen = (annotation for reading in readings for annotation in reading.annotations)
    return next((mark.reason for each in seen for mark in each.landmarks.values() if mark.reason), "")
