"""What a list of films says about one of them, read from its journal without opening the image."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dentlm.core import journal_file
from napari_dentlm.core.annotation import Annotation, Landmark, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal_file import Loaded
from napari_dentlm.core.journal_replay import ReaderView
from napari_dentlm.core.review_status import Status, status_of
from napari_dentlm.core.scheme import load_scheme


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """How far the review of an image file has come, and where to look first.

    A reader's own: of the reader who has settled the most landmarks; the model's before anybody touched one.

    Parameters
    ----------
    status
        Where the file stands.
    settled, total
        Landmarks of all frames that are confirmed or ruled not visible or outside, and all that are asked for.
    weakest
        The most doubtful landmark that nobody settled: a flagged one first, then the one with the largest
        expected error, then one without a point, then one that waits for its confirmation.
    doubt
        Its expected error as a share of the spread of the film's points, so that films of any pixel size compare;
        0 when there is none.
    calibration
        That reader's own calibration.
    note
        Why the file failed or was left out.
    """

    status: Status
    settled: int = 0
    total: int = 0
    weakest: Landmark | None = None
    doubt: float = 0.0
    calibration: Calibration | None = None
    note: str = ""

    @property
    def flagged(self) -> bool:
        """Whether the model doubts a point that nobody looked at."""
        return self.weakest is not None and _is_flagged(self.weakest)


def summary_of(sidecar: Path) -> ReviewSummary:
    """Summary that a sidecar tells.

    Parameters
    ----------
    sidecar
        A journal; one that is missing or damaged gives a summary as well.
    """
    status = status_of(sidecar)
    try:
        loaded = journal_file.load(sidecar)
    except JournalError as error:
        return ReviewSummary(Status.FAILED, note=str(error))
    if loaded.problem or loaded.header is None or not loaded.events:
        return ReviewSummary(status, note=loaded.problem)
    readers = list(dict.fromkeys(event.reader for event in loaded.events if event.reader))
    views = [_view(loaded, reader) for reader in readers or [""]]
    left_out = next((view.exclusion for view in views if view.exclusion is not None), "")
    seen = [(view, _annotations(view, len(loaded.header.image_ids))) for view in views]
    view, annotations = max(seen, key=lambda each: sum(map(_settled, each[1])))
    weakest, doubt = _weakest(annotations)
    refusals = (mark.reason for each in annotations for mark in each.landmarks.values() if mark.reason)
    return ReviewSummary(
        status,
        settled=sum(map(_settled, annotations)),
        total=sum(len(_asked(annotation)) for annotation in annotations),
        weakest=weakest,
        doubt=doubt,
        calibration=view.calibration,
        note=left_out or (next(refusals, "") if status is Status.FAILED else ""),
    )


def _view(loaded: Loaded, reader: str) -> ReaderView:
    assert loaded.header is not None
    return ReaderView(load_scheme(loaded.header.scheme), loaded.header.image_ids, reader, loaded.events)


def _annotations(view: ReaderView, frames: int) -> list[Annotation]:
    places = view.places() | {(frame, 0) for frame in range(frames)}
    return [view.annotation(frame, instance) for frame, instance in sorted(places)]


def _asked(annotation: Annotation) -> list[Landmark]:
    """The landmarks that have to be settled: those that the model gave; all, where it gave none."""
    marks = list(annotation.landmarks.values())
    if all(mark.predicted is None for mark in marks):
        return marks
    return [mark for mark in marks if mark.state is not State.NOT_ASSESSED]


def _settled(annotation: Annotation) -> int:
    return sum(mark.state.is_final for mark in _asked(annotation))


def _weakest(annotations: list[Annotation]) -> tuple[Landmark | None, float]:
    """The most doubtful landmark of all frames, and how doubtful it is."""
    found: Landmark | None = None
    doubt = 0.0
    for annotation in annotations:
        spread = _spread(annotation)
        for mark in _asked(annotation):
            if not mark.state.is_final and (found is None or _weakness(mark) > _weakness(found)):
                found = mark
                doubt = (mark.expected_error_px or 0.0) / spread if mark.state is State.PREDICTED else 0.0
    return found, doubt


def _weakness(mark: Landmark) -> tuple[bool, bool, float, bool]:
    error = mark.expected_error_px if mark.state is State.PREDICTED else None
    return _is_flagged(mark), mark.state is State.PREDICTED, error or 0.0, mark.state is State.NOT_ASSESSED


def _is_flagged(mark: Landmark) -> bool:
    return bool(mark.flag) and mark.state is State.PREDICTED


def _spread(annotation: Annotation) -> float:
    """Root mean square distance of the points from their centre, in pixels; 1 where that says nothing."""
    points = annotation.points()
    points = points[~np.isnan(points[:, 0])]
    if len(points) == 0:
        return 1.0
    return float(np.sqrt(points.var(axis=0).sum())) or 1.0
