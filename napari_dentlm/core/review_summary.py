"""What a list of films says about one of them, read from its journal without opening the image."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_dentlm.core.annotation import Annotation, Landmark, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.review_status import Status, asked, review_of


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """How far the review of an image file has come, and where to look first.

    Of the reader at work; where none was named, of the one who has settled the most landmarks. The model's before
    anybody touched one.

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
        Why the file failed, or who left it out and why.
    readers
        Readers with an act in the journal, in the order of their first.
    scheme
        Of its points; empty where there are none.
    """

    status: Status
    settled: int = 0
    total: int = 0
    weakest: Landmark | None = None
    doubt: float = 0.0
    calibration: Calibration | None = None
    note: str = ""
    readers: tuple[str, ...] = ()
    scheme: str = ""

    @property
    def flagged(self) -> bool:
        """Whether the model doubts a point that nobody looked at."""
        return self.weakest is not None and _is_flagged(self.weakest)


def summary_of(sidecar: Path, reader: str = "") -> ReviewSummary:
    """Summary that a sidecar tells; it is read once.

    Parameters
    ----------
    sidecar
        A journal; one that is missing or damaged gives a summary as well.
    reader
        The reader at work; without a name, the one who has come furthest.
    """
    review = review_of(sidecar, reader)
    if not review.readings:
        return ReviewSummary(review.status, note=review.note)
    furthest = max(review.readings, key=lambda reading: sum(map(_settled, reading.annotations)))
    weakest, doubt = _weakest(furthest.annotations)
    return ReviewSummary(
        review.status,
        settled=sum(map(_settled, furthest.annotations)),
        total=sum(len(asked(annotation)) for annotation in furthest.annotations),
        weakest=weakest,
        doubt=doubt,
        calibration=furthest.calibration,
        note=review.note,
        readers=review.readers,
        scheme=furthest.annotations[0].scheme.name if furthest.annotations else "",
    )


def _settled(annotation: Annotation) -> int:
    return sum(mark.state.is_final for mark in asked(annotation))


def _weakest(annotations: Iterable[Annotation]) -> tuple[Landmark | None, float]:
    """The most doubtful landmark of all frames, and how doubtful it is."""
    found: Landmark | None = None
    doubt = 0.0
    for annotation in annotations:
        spread = _spread(annotation)
        for mark in asked(annotation):
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
