"""The lines behind the facial measures, to be drawn on the photo: eyes, mouth, midline, thirds and fifths."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.measures.midpoints import with_midpoints
from napari_dentlm.core.measures.tracing import positions

THIRDS = ("brows", "nose_base_3", "jaw_9")
FIFTHS = ("jaw_1", "eye_right_1", "eye_right_4", "eye_left_1", "eye_left_4", "jaw_17")
_BEYOND = 0.12
"""How far the lines reach beyond the points, in widths between the outer corners of the eyes."""


def facial_lines(annotation: Annotation) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Name and ends, (2, 2) float64, x then y, pixels, of every line whose points are there.

    Thirds run along the eye line, fifths and the midline at right angles to it.
    """
    points = {key: np.array(place) for key, place in with_midpoints(positions(annotation, None)).items()}
    for name, start, end in (("eye line", "right_eye", "left_eye"), ("mouth line", "lip_outer_1", "lip_outer_7")):
        if start in points and end in points:
            yield name, np.array([points[start], points[end]])
    if not {"eyes", "eye_right_1", "eye_left_4"} <= points.keys():
        return
    across = points["eye_left_4"] - points["eye_right_1"]
    width = float(np.linalg.norm(across))
    if width == 0:
        return
    across = across / width
    down = np.array([-across[1], across[0]])
    reach = _BEYOND * width
    corners = np.array([points[key] for key in (*THIRDS, *FIFTHS) if key in points]) - points["eyes"]
    high, low = float((corners @ down).min()) - reach, float((corners @ down).max()) + reach
    left, right = float((corners @ across).min()) - reach, float((corners @ across).max()) + reach
    yield "midline", np.array([points["eyes"] + high * down, points["eyes"] + low * down])
    for number, key in enumerate(THIRDS, start=1):
        if key in points:
            level = float((points[key] - points["eyes"]) @ down)
            middle = points["eyes"] + level * down
            yield f"third {number}", np.array([middle + left * across, middle + right * across])
    for number, key in enumerate(FIFTHS, start=1):
        if key in points:
            place = points["eyes"] + float((points[key] - points["eyes"]) @ across) * across
            yield f"fifth {number}", np.array([place + high * down, place + low * down])
