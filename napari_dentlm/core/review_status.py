"""How far the review of an image file has come, read from its journal without opening the image."""

from enum import StrEnum
from pathlib import Path

from napari_dentlm.core import journal_file
from napari_dentlm.core.annotation import Annotation, State
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal_events import EventKind
from napari_dentlm.core.journal_file import Loaded
from napari_dentlm.core.journal_replay import ReaderView
from napari_dentlm.core.scheme import load_scheme


class Status(StrEnum):
    """Where an image file stands."""

    NEW = "new"
    LABELLED = "labelled"
    IN_REVIEW = "in_review"
    DONE = "done"
    FAILED = "failed"
    EXCLUDED = "excluded"


def status_of(sidecar: Path) -> Status:
    """Status that a sidecar tells.

    New without events. Failed when the journal is broken or the model refused every frame. Excluded when a
    reader left the image out. Done when one reader has nothing left to do on any frame: each landmark that
    the model or the reader put there (without any prediction, each of the scheme) is confirmed, or ruled not
    visible or outside. In review when a reader touched anything, else labelled.
    """
    try:
        loaded = journal_file.load(sidecar)
    except JournalError:
        return Status.FAILED
    if loaded.problem:
        return Status.FAILED
    if loaded.header is None or not loaded.events:
        return Status.NEW
    return _status(loaded, len(loaded.header.image_ids))


def _status(loaded: Loaded, frames: int) -> Status:
    readers = dict.fromkeys(event.reader for event in loaded.events if event.reader)
    views = [_view(loaded, reader) for reader in readers]
    if any(view.exclusion is not None for view in views):
        return Status.EXCLUDED
    seen = [_annotations(view, frames) for view in views]
    if any(all(_needs_nothing(annotation) for annotation in annotations) for annotations in seen):
        return Status.DONE
    if any(_touched(annotation) for annotations in seen for annotation in annotations):
        return Status.IN_REVIEW
    model = _annotations(_view(loaded, ""), frames)
    if any(_has_points(annotation) for annotation in model):
        return Status.LABELLED
    refused = any(event.event is EventKind.PREDICT for event in loaded.events)
    return Status.FAILED if refused else Status.NEW


def _view(loaded: Loaded, reader: str) -> ReaderView:
    assert loaded.header is not None
    return ReaderView(load_scheme(loaded.header.scheme), loaded.header.image_ids, reader, loaded.events)


def _annotations(view: ReaderView, frames: int) -> list[Annotation]:
    places = view.places() | {(frame, 0) for frame in range(frames)}
    return [view.annotation(frame, instance) for frame, instance in sorted(places)]


def _needs_nothing(annotation: Annotation) -> bool:
    marks = annotation.landmarks.values()
    if not any(mark.touched for mark in marks):
        return False
    # A bundle may hold fewer landmarks than the scheme; a film labelled by hand alone needs all of them.
    asked = [mark for mark in marks if mark.state is not State.NOT_ASSESSED]
    by_hand = all(mark.predicted is None for mark in marks)
    return all(mark.state.is_final for mark in (marks if by_hand else asked))


def _touched(annotation: Annotation) -> bool:
    return any(mark.touched for mark in annotation.landmarks.values())


def _has_points(annotation: Annotation) -> bool:
    return any(mark.position is not None for mark in annotation.landmarks.values())
