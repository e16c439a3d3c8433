"""Generated photographs of faces as files, and the truth beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2

from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats import ibug_xml
from napari_dentlm.core.formats.faces import Face, rows_of_faces
from napari_dentlm.core.scheme import PHOTO, load_scheme
from sample_data.face import GeneratedFace

JPEG_QUALITY = 92


def write_photos(photos: Iterable[GeneratedFace], folder: Path) -> Path:
    """Write photographs and their truth.xml into a folder.

    Parameters
    ----------
    photos
        What to write; one with several faces becomes ``group_SEED.jpg``.
    folder
        Made when missing.

    Returns
    -------
    Path
        The truth.xml, in the iBUG format, with the smallest box around the points of each face.
    """
    folder.mkdir(parents=True, exist_ok=True)
    faces: list[Face] = []
    for photo in photos:
        path = folder / f"{'group' if photo.points.ndim == 3 else 'face'}_{photo.seed}.jpg"
        stored = cv2.imencode(".jpg", photo.pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        write_bytes(path, stored.tobytes())
        faces += _faces(photo, path)
    truth = folder / "truth.xml"
    ibug_xml.write(truth, rows_of_faces(faces))
    return truth


def _faces(photo: GeneratedFace, path: Path) -> list[Face]:
    height, width = photo.pixels.shape[:2]
    keys = load_scheme(PHOTO).keys
    return [
        Face(
            path.name,
            {key: (float(x), float(y)) for key, (x, y) in zip(keys, points, strict=True)},
            width=width,
            height=height,
            instance=number,
        )
        for number, points in enumerate(photo.points.reshape(-1, len(keys), 2))
    ]
