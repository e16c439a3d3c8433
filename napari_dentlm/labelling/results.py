"""What labelling says of each image and, at the end, of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.prediction import Prediction
from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.imaging import Image
from napari_dentlm.core.journal_faces import FoundFace


class Outcome(StrEnum):
    """What became of one image."""

    LABELLED = "labelled"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, eq=False)
class LabelEvent:
    """One image is done, or one file failed.

    Parameters
    ----------
    outcome, path, frame
        What became of which frame of which file.
    done, total
        Files that are finished, and files in all.
    message
        Why there are no points; empty when there are.
    duplicate_of
        An earlier file with the same pixels; the points of both are kept, each under its own name.
    image, prediction
        The frame and what the cascade said of it; absent where there is none.
    origin
        The model whose points they are.
    annotations
        The model's points under the readers' own: for each reader of the journal, or without an annotator, one
        annotation of each face, the patient's first; a film has one.
    calibrations
        The calibration of each annotation.
    """

    outcome: Outcome
    path: Path
    frame: int
    done: int
    total: int
    message: str = ""
    duplicate_of: Path | None = None
    image: Image | None = None
    prediction: Prediction | None = None
    origin: str = ""
    annotations: tuple[Annotation, ...] = ()
    calibrations: tuple[Calibration, ...] = ()


@dataclass(slots=True)
class LabelSummary:
    """Counts of images, and every file that needs a look, with the reason.

    ``labelled`` and ``unchanged`` count images with points, ``refused`` lists those without, ``failed`` files;
    no image is in two of them. ``duplicates`` lists images that are among the former as well.
    """

    files: int = 0
    labelled: int = 0
    unchanged: int = 0
    refused: list[tuple[Path, str]] = field(default_factory=list)
    duplicates: list[tuple[Path, str]] = field(default_factory=list)
    failed: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cancelled: bool = False

    @property
    def complete(self) -> bool:
        """Whether every image was read and dealt with."""
        return not self.failed and not self.cancelled

    def count(self, event: LabelEvent) -> None:
        """Add one event."""
        match event.outcome:
            case Outcome.LABELLED:
                self.labelled += 1
            case Outcome.UNCHANGED:
                self.unchanged += 1
            case Outcome.REFUSED:
                self.refused.append((event.path, event.message))
            case Outcome.FAILED:
                self.failed.append((event.path, event.message))
        if event.duplicate_of is not None:
            self.duplicates.append((event.path, f"shows the same picture as {event.duplicate_of}"))

    def text(self) -> str:
        """A few lines for people."""
        counts = f"{self.labelled} labelled, {self.unchanged} unchanged since last time, {len(self.refused)} refused"
        lines = [f"Files: {self.files}, of which {len(self.failed)} failed. Images: {counts}."]
        lists = {
            "Refused, so without points": self.refused,
            "The same picture twice, counted above": self.duplicates,
            "Failed": self.failed,
        }
        for title, entries in lists.items():
            if entries:
                lines.append(f"{title}:")
                lines += [f"  {path}: {_without_name(reason, path)}" for path, reason in entries]
        if self.cancelled:
            lines.append("Stopped before the end. The same command goes on from here.")
        return "\n".join(lines + [f"Note: {note}" for note in self.notes])

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON."""
        lists = {"refused": self.refused, "duplicates": self.duplicates, "failed": self.failed}
        listed = {
            name: [{"path": str(path), "reason": reason} for path, reason in entries] for name, entries in lists.items()
        }
        counts = {"files": self.files, "labelled": self.labelled, "unchanged": self.unchanged}
        return {**counts, **listed, "notes": list(self.notes), "cancelled": self.cancelled}


def landmarks_of(prediction: Prediction, keys: Sequence[str], origin: str) -> list[Landmark]:
    """Turn a prediction into landmarks of an annotation.

    Parameters
    ----------
    prediction
        The cascade's word on one image.
    keys
        The K keys of the cascade.
    origin
        ``model:<name>@<hash>``.

    Returns
    -------
    list of Landmark
        Predicted points, or ``not_assessed`` with the reason when the image was refused.
    """
    points = prediction.points
    if points is None:
        return [Landmark(key, State.NOT_ASSESSED, None, origin, reason=prediction.refusal) for key in keys]
    errors = np.full(len(keys), np.nan) if prediction.expected_error_px is None else prediction.expected_error_px
    flags = prediction.flags or ("",) * len(keys)
    return [
        Landmark(
            key,
            State.PREDICTED,
            Point(float(x), float(y)),
            origin,
            predicted=Point(float(x), float(y)),
            expected_error_px=float(error) if np.isfinite(error) else None,
            flag=flag,
        )
        for key, (x, y), error, flag in zip(keys, points, errors, flags, strict=True)
    ]


def faces_of(prediction: Prediction, keys: Sequence[str], origin: str) -> list[FoundFace]:
    """Turn a prediction into what a journal takes: every face of a photo, the one face of a film, or a refusal."""
    return [
        FoundFace(tuple(landmarks_of(face, keys, origin)), None if face.box is None else _box(face.box))
        for face in prediction.faces or (prediction,)
    ]


def _box(box: FaceBox) -> Box:
    return Box(box.x, box.y, box.width, box.height)


def under_readers(annotation: Annotation, face: FoundFace) -> Annotation:
    """Put new model points into an annotation wherever no reader touched the landmark."""
    annotation = replace(annotation, box=face.box or annotation.box)
    for landmark in face.landmarks:
        if not annotation.landmarks[landmark.key].touched:
            annotation = annotation.with_landmark(landmark)
    return annotation


def refusal_of(annotation: Annotation, keys: Sequence[str]) -> str:
    """Why the image was refused when it was labelled; empty when any of ``keys`` has been assessed."""
    marks = [annotation.landmarks[key] for key in keys]
    if any(mark.state is not State.NOT_ASSESSED for mark in marks):
        return ""
    return marks[0].reason


def _without_name(reason: str, path: Path) -> str:
    """Drop the file name in front of an error's text where the path stands there already."""
    return reason.removeprefix(f"{path.name}: ")
