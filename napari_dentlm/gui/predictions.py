"""What the worker found in one file, as the journal takes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.journal_faces import FoundFace
from napari_dentlm.core.scheme import FILM


@dataclass(frozen=True, slots=True, eq=False)
class FramePrediction:
    """The predictions of one frame.

    Parameters
    ----------
    frame
        Its number, from 0.
    landmarks
        Predicted; without a position, and with the reason, where the model refused.
    refusal
        Why there are no points, in words; empty where there are.
    face_area
        (4, 2) float64, x then y, pixels: corners of the window; None where there is none.
    coarse
        (K, 2) float64, x then y, pixels: points before refinement; None where there are none.
    box
        Where the face lies on a photo; None on a film.
    others
        Further faces of a photo.
    """

    frame: int
    landmarks: tuple[Landmark, ...]
    refusal: str
    face_area: NDArray[np.float64] | None
    coarse: NDArray[np.float64] | None
    box: Box | None = None
    others: tuple[FoundFace, ...] = ()

    @property
    def faces(self) -> list[FoundFace]:
        """All faces, the patient's first, as the journal takes them."""
        return [FoundFace(self.landmarks, self.box), *self.others]


@dataclass(frozen=True, slots=True)
class FilePrediction:
    """The predictions of one file.

    Parameters
    ----------
    path, image_ids
        The file, and the image_id of each of its frames.
    origin, options
        The model, and how it was run.
    frames
        In order.
    scheme
        Name of the scheme of the landmarks.
    added
        Whether this is one face in a box that the reader drew, beside those that are known.
    """

    path: Path
    image_ids: tuple[str, ...]
    origin: str
    options: str
    frames: tuple[FramePrediction, ...]
    scheme: str = FILM
    added: bool = False

    @property
    def refusal(self) -> str:
        """Why no frame has points, in words; empty where one has."""
        reasons = [frame.refusal for frame in self.frames]
        return reasons[0] if reasons and all(reasons) else ""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the worker's event ``result``."""
        origin, keys = event["origin"], event["keys"]
        return cls(
            path=Path(event["path"]),
            image_ids=tuple(event["image_ids"]),
            origin=origin,
            options=event["options"],
            frames=tuple(_frame(frame, keys, origin) for frame in event["frames"]),
            scheme=event["scheme"],
            added=event["added"],
        )


def _frame(frame: Mapping[str, Any], keys: list[str], origin: str) -> FramePrediction:
    patient = _face(frame, keys, origin, frame["refusal"])
    return FramePrediction(
        frame=frame["frame"],
        landmarks=patient.landmarks,
        refusal=frame["refusal"],
        face_area=_array(frame["face_area"]),
        coarse=_array(frame["coarse"]),
        box=patient.box,
        others=tuple(_face(other, keys, origin, "") for other in frame.get("others", ())),
    )


def _face(face: Mapping[str, Any], keys: list[str], origin: str, refusal: str) -> FoundFace:
    points = face["points"] or [None] * len(keys)
    errors = face["expected_error_px"] or [None] * len(keys)
    flags = face["flags"] or [""] * len(keys)
    box = face.get("box")
    landmarks = tuple(
        _landmark(key, point, error, flag, refusal, origin)
        for key, point, error, flag in zip(keys, points, errors, flags, strict=True)
    )
    return FoundFace(landmarks, None if box is None else Box(*box))


def _landmark(
    key: str, point: list[float] | None, error: float | None, flag: str, refusal: str, origin: str
) -> Landmark:
    if point is None:
        return Landmark(key, State.NOT_ASSESSED, None, origin=origin, reason=refusal)
    position = Point(*point)
    return Landmark(
        key, State.PREDICTED, position, origin=origin, predicted=position, expected_error_px=error, flag=flag
    )


def _array(rows: list[list[float] | None] | None) -> NDArray[np.float64] | None:
    if rows is None:
        return None
    return np.array([row or (np.nan, np.nan) for row in rows], dtype=np.float64)
