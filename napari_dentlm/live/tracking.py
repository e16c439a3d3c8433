"""Follows faces from frame to frame: the points of the last frame say where to look; the detector finds new faces."""

import numpy as np

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo import PhotoPipeline
from napari_dentlm.cascade.prediction import Prediction
from napari_dentlm.cascade.transform import Grey, Points

SEARCH_EVERY = 15
"""Frames between two looks for faces that came in; a face that is lost is searched for at once."""
MOST_DOUBT = 0.9
"""Doubt, as `PhotoPipeline.doubt` tells it, from which a face counts as lost: faces have 0.74, empty ground 1.03 up."""
MOST_GROWTH = 1.5
"""Factor by which a face may grow or shrink from one frame to the next."""


class Tracker:
    """Labels the faces of frames in the order of time.

    Parameters
    ----------
    photo
        The pipeline of a model for photographs.
    """

    def __init__(self, photo: PhotoPipeline) -> None:
        self._photo = photo
        self._boxes: list[FaceBox] = []
        self._since_search = 0
        self.searches = 0

    def label(self, grey: Grey) -> list[Prediction]:
        """Faces of the next frame (H, W) uint8, each with its points and its box; none where there is no face."""
        faces = self._follow(grey)
        if not faces or len(faces) < len(self._boxes) or self._since_search >= SEARCH_EVERY:
            faces = self._search(grey)
        self._since_search += 1
        self._boxes = [_around(face.points) for face in faces if face.points is not None]
        return faces

    def _follow(self, grey: Grey) -> list[Prediction]:
        if not self._boxes:
            return []
        found = self._photo.label([grey] * len(self._boxes), self._boxes)
        return [
            face
            for face, box in zip(found, self._boxes, strict=True)
            if _holds(face, box, grey) and self._photo.doubt(face) <= MOST_DOUBT
        ]

    def _search(self, grey: Grey) -> list[Prediction]:
        self._since_search = 0
        self.searches += 1
        boxes = self._photo.area.find(grey)
        found = self._photo.label([grey] * len(boxes), boxes) if boxes else []
        return [face for face in found if face.points is not None]


def _around(points: Points) -> FaceBox:
    """The box that the detector would give: tight around the points."""
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1.0)
    return FaceBox(float(low[0]), float(low[1]), float(size[0]), float(size[1]))


def _holds(face: Prediction, before: FaceBox, grey: Grey) -> bool:
    """Whether these points are still those of the face that was followed."""
    if face.points is None:
        return False
    now = _around(face.points)
    growth = now.side / before.side
    height, width = grey.shape
    x, y = now.centre
    return 1 / MOST_GROWTH < growth < MOST_GROWTH and 0 <= x < width and 0 <= y < height
