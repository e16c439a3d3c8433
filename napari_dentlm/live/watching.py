"""Frames in, labelled frames out, with the rate at which they come."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Prediction
from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging.image import identify
from napari_dentlm.core.relative_path import relative_path
from napari_dentlm.labelling.results import faces_of, under_readers
from napari_dentlm.live.sources import Frame
from napari_dentlm.live.tracking import Tracker

_RECENT = 30
_NO_SCALE = Calibration.none("a moving picture has no scale")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One frame with its faces.

    Parameters
    ----------
    frame
        The frame.
    faces
        Each with its points and its box.
    rate
        Frames in a second, over the last ones.
    """

    frame: Frame
    faces: list[Prediction]
    rate: float


def watch(frames: Iterable[Frame], cascade: Cascade) -> Iterator[Seen]:
    """Label frames as they come.

    Raises
    ------
    BundleError
        When the model is not one for photographs.
    """
    if cascade.photo is None:
        raise BundleError(f"The model {cascade.name} is not for photographs. Use face68, or a model trained like it.")
    tracker = Tracker(cascade.photo)
    times: deque[float] = deque([time.perf_counter()], maxlen=_RECENT + 1)
    for frame in frames:
        faces = tracker.label(frame.grey)
        times.append(time.perf_counter())
        yield Seen(frame, faces, (len(times) - 1) / max(times[-1] - times[0], 1e-9))


def rows_of_seen(seen: Seen, cascade: Cascade, folder: Path) -> list[landmark_csv.LandmarkRow]:
    """Rows of the faces of one frame, for a table in `folder`; a frame without a face has none."""
    if not seen.faces:
        return []
    pixels, source = seen.frame.pixels, seen.frame.source
    image_id = seen.frame.image_id or identify(pixels)
    image = source if isinstance(source, str) else relative_path(source, folder)
    rows = []
    found = [face for seen_face in seen.faces for face in faces_of(seen_face, cascade.keys, cascade.origin)]
    for instance, face in enumerate(found):
        plain = Annotation(cascade.scheme, image_id, seen.frame.number, instance)
        annotation = under_readers(plain, face)
        rows += landmark_csv.rows_of(
            annotation,
            image=image,
            image_size=(pixels.shape[1], pixels.shape[0]),
            calibration=_NO_SCALE,
            patient="",
        )
    return rows
