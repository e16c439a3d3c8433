"""Why an image gets no points: the reasons in words, before or after the stages look."""

import cv2
import numpy as np

from napari_dentlm.cascade.stages.face_area import FaceArea
from napari_dentlm.cascade.transform import Grey, Points
from napari_dentlm.cascade.trust import Signs

SMALLEST = 64
FLATTEST = 3.0
MOST_OUTSIDE = 0.2
"""Share of the points that may lie outside the image: of 19 points, three, so a film cut behind the ear passes."""
EDGE = 2.0
"""Face units beyond the edge up to which a point still counts as inside; a coarse point is not exact."""
NO_FACE_FOUND = "No frontal face was found in this image. "
NO_FACE = (
    f"{NO_FACE_FOUND}Photographs in profile and of the teeth get no points: the landmarks of a frontal face are not on "
    "them. Check that the face is seen from the front, not cut off, and the right way up."
)
PROFILE = (
    "This photograph shows a face from the side. Only frontal faces are labelled: their landmarks would be wrong here. "
    "Take the photograph from the front, or mark the points by hand."
)
MOST_TURNED = 40.0
"""How many times further the tip of the nose may be from one side of the face than from the other."""
LEAST_TEXT = "Mark the points by hand, or check that this is a lateral cephalogram."


def refuse_pixels(image: Grey) -> str:
    """Return why an image (H, W) uint8 cannot be a film at all, or an empty text."""
    height, width = image.shape
    if min(height, width) < SMALLEST:
        return f"The image is only {width} x {height} pixels. A film needs at least {SMALLEST} on either side."
    part = np.ascontiguousarray(image[:: max(1, height // 256), :: max(1, width // 256)])
    if float(cv2.meanStdDev(part)[1][0, 0]) < FLATTEST:
        return "The image is blank: it has one grey level almost everywhere."
    return ""


def refuse_area(area: FaceArea, least_score: float) -> str:
    """Return why the face-area stage is not convinced, or an empty text."""
    score = area.scores["face"]
    if score >= least_score:
        return ""
    return f"No lateral face was found in this image (score {score:.2f} of 1). {LEAST_TEXT}"


def refuse_shape(distance: float, limit: float) -> str:
    """Return why the points found cannot be a face, or an empty text."""
    if limit <= 0 or distance <= limit:
        return ""
    return f"The points found do not form a face ({distance:.0f} mm from the average shape). {LEAST_TEXT}"


def refuse_doubt(signs: Signs, width_above: float, between_above: float) -> str:
    """Return why the refinement does not know what it looks at, or an empty text.

    On films the voices agree about most points. On anything else every voice finds something else, even where the
    coarse points resemble a face.

    Parameters
    ----------
    signs
        What the cascade noticed about each point.
    width_above, between_above
        Medians over the points, in face units, from which an image is refused; 0 never refuses.
    """
    pairs = ((signs.width, width_above), (signs.between, between_above))
    if any(limit and float(np.median(sign)) > limit for sign, limit in pairs):
        return f"The model is in doubt about most points: it never learnt from images like this one. {LEAST_TEXT}"
    return ""


def refuse_outside(points: Points, width: int, height: int, unit: float) -> str:
    """Return why a part of a film is too small to be labelled, or an empty text.

    Parameters
    ----------
    points
        (K, 2) points found, x then y, in the pixels of an image of ``width`` x ``height``.
    unit
        Pixels per face unit.
    """
    margin = EDGE * unit
    inside = ((points >= -margin) & (points <= np.array([width - 1, height - 1]) + margin)).all(axis=1)
    outside = int((~inside).sum())
    if outside <= MOST_OUTSIDE * len(points):
        return ""
    return f"Part of the face lies outside the image ({outside} of {len(points)} points). {LEAST_TEXT}"


def refuse_turned(points: Points) -> str:
    """Return why the face of a photo is turned too far to the side, or an empty text.

    Parameters
    ----------
    points
        (68, 2) points of the scheme ibug68, x then y.
    """
    across = points[45] - points[36]
    width = float(np.linalg.norm(across))
    if width == 0:
        return PROFILE
    places = (points[[0, 30, 16]] @ across) / width
    right, left = places[1] - places[0], places[2] - places[1]
    return PROFILE if max(right, left) > MOST_TURNED * max(min(right, left), 0.0) else ""
