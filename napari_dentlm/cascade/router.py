"""Which images a cascade takes: everything else is refused with a reason, before or after its stages look."""

import numpy as np

from napari_dentlm.cascade.stages.face_area import FaceArea
from napari_dentlm.cascade.transform import Grey

SMALLEST = 64
FLATTEST = 3.0
LEAST_TEXT = "Mark the points by hand, or check that this is a lateral cephalogram."


def refuse_pixels(image: Grey) -> str:
    """Return why an image (H, W) uint8 cannot be a film at all, or an empty text."""
    height, width = image.shape
    if min(height, width) < SMALLEST:
        return f"The image is only {width} x {height} pixels. A film needs at least {SMALLEST} on either side."
    if float(np.std(image[:: max(1, height // 256), :: max(1, width // 256)])) < FLATTEST:
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
