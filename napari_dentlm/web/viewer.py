"""The picture on the page: one image with its points, to hover over and to zoom, in one HTML without any address."""

import base64
import json
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation, Landmark
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.imaging import Image
from napari_dentlm.labelling import LabelEvent
from napari_dentlm.overlay import colour_of

LONGEST_EDGE = 2400
"""Pixels of the picture in the page; a larger image is reduced, its points stay exact."""
MOST_NAMES = 30
"""With more points the names would cover the picture; they are switched on by hand."""
_JPEG_QUALITY = 92


def viewer_html(event: LabelEvent) -> str:
    """Draw one image.

    Parameters
    ----------
    event
        The image and its annotations.

    Returns
    -------
    str
        A whole HTML document, with picture, style and script inside.
    """
    assert event.image is not None
    template = resources.files("napari_dentlm.web").joinpath("viewer.html").read_text(encoding="utf-8")
    # In a script, "</" would end it, whatever stands around.
    return template.replace("__DATA__", json.dumps(_data(event, event.image), ensure_ascii=True).replace("</", "<\\/"))


def _data(event: LabelEvent, image: Image) -> dict[str, Any]:
    area = event.prediction.face_area if event.prediction is not None else None
    points = [
        _point(annotation, mark, calibration)
        for annotation, calibration in zip(event.annotations, event.calibrations, strict=True)
        for mark in annotation.landmarks.values()
        if mark.position is not None
    ]
    return {
        "label": f"{event.path.name} with {len(points)} points" if points else f"{event.path.name} without points",
        "width": image.width,
        "height": image.height,
        "picture": _picture(image),
        "areas": [] if area is None or not points else [area.corners.tolist()],
        "boxes": [
            [face.box.x + 0.5, face.box.y + 0.5, face.box.width, face.box.height]
            for face in event.annotations
            if face.box is not None
        ],
        "names": len(points) <= MOST_NAMES,
        "points": points,
    }


def _point(annotation: Annotation, mark: Landmark, calibration: Calibration) -> dict[str, Any]:
    assert mark.position is not None
    lines = [annotation.scheme.landmark(mark.key).definition]
    if mark.expected_error_px is not None:
        lines.append(f"Expected to be right within {_length(mark.expected_error_px, calibration)}.")
    return {
        "key": mark.key,
        "name": annotation.scheme.landmark(mark.key).name,
        "x": mark.position.x,
        "y": mark.position.y,
        "error": mark.expected_error_px,
        "flag": mark.flag,
        "lines": lines,
        "colour": "#{:02x}{:02x}{:02x}".format(*colour_of(mark.state)),
    }


def _length(pixels: float, calibration: Calibration) -> str:
    if calibration.column_mm is None or calibration.row_mm is None:
        return f"{pixels:.0f} pixels"
    return f"{pixels * max(calibration.column_mm, calibration.row_mm):.1f} mm"


def _picture(image: Image) -> str:
    """The image as shown, in colour where it has colours, as the address of a JPEG that is its own content."""
    shown: NDArray[np.uint8] = image.shown()
    if shown.ndim == 3:
        shown = cv2.cvtColor(shown, cv2.COLOR_RGB2BGR)
    scale = LONGEST_EDGE / max(image.width, image.height)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"
