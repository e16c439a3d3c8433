"""Faces: what the formats of face data sets hold, between their files and the rows of a landmark table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import State
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.formats.contours import lost_contours, midpoints
from napari_dentlm.core.formats.rows import LandmarkRow, listed
from napari_dentlm.core.scheme import PHOTO, load_scheme

Box = tuple[float, float, float, float]
"""Left upper corner, width and height in pixels."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a data set.

    Parameters
    ----------
    image
        Path of the photograph as the file has it.
    points
        Landmark key to (x, y) in pixels; whole numbers are pixel centres. A missing point has no entry.
    box
        Box of the face, or None where the file has none.
    width, height
        Size of the photograph, where the file tells it.
    instance
        Number of the face on its photograph, from 0.
    """

    image: str
    points: Mapping[str, tuple[float, float]]
    box: Box | None = None
    width: int | None = None
    height: int | None = None
    instance: int = 0

    @property
    def array(self) -> NDArray[np.float64]:
        """(68, 2) float64 in the scheme's order, x then y; NaN for a missing point."""
        missing = (np.nan, np.nan)
        return np.array([self.points.get(key, missing) for key in load_scheme(PHOTO).keys])

    @property
    def tight_box(self) -> Box:
        """The smallest box around the points."""
        low, high = np.array(list(self.points.values())).min(axis=0), np.array(list(self.points.values())).max(axis=0)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def rows_of_faces(faces: Iterable[Face]) -> list[LandmarkRow]:
    """Rows of faces; whoever made the data set placed its points by hand."""
    found = []
    for face in faces:
        left, top, across, down = face.box or (None, None, None, None)
        found += [
            LandmarkRow(
                image=face.image,
                width=face.width,
                height=face.height,
                scheme=PHOTO,
                instance=face.instance,
                landmark=key,
                x=x,
                y=y,
                state=State.PLACED,
                box_x=left,
                box_y=top,
                box_width=across,
                box_height=down,
            )
            for key, (x, y) in face.points.items()
        ]
    return found


def faces_of_rows(rows: Iterable[LandmarkRow], path: PathInput) -> list[Face]:
    """Faces of rows, in the order of the rows; landmarks without a position are left out.

    Raises
    ------
    SchemaError
        When the rows belong to another scheme, are of several readers or of frames after the first, or a landmark
        stands there twice.
    """
    groups: dict[tuple[str, int], dict[str, LandmarkRow]] = {}
    for row in midpoints(rows):
        if row.scheme != PHOTO:
            raise SchemaError(f"this format holds points of the scheme {PHOTO}, not {row.scheme}", path)
        if row.frame:
            raise SchemaError(f"this format cannot say which frame of {row.image} a face is on", path)
        group = groups.setdefault((row.image, row.instance), {})
        if row.landmark in group:
            reader = "" if group[row.landmark].annotator == row.annotator else "; choose one reader"
            raise SchemaError(f"{row.landmark} of {row.image} would stand in the file twice{reader}", path)
        group[row.landmark] = row
    return [_face(image, instance, group) for (image, instance), group in groups.items()]


def folder_of(faces: Sequence[Face], path: PathInput) -> Path:
    """Folder that the images of labels lie in: that of their file, or ``X`` beside a file named ``X_....``."""
    path = Path(path)
    if path.is_dir():
        return path
    beside = path.parent / path.name.partition("_")[0]
    missing = bool(faces) and not (path.parent / faces[0].image).is_file()
    return beside if missing and beside.is_dir() else path.parent


def losses(rows: Iterable[LandmarkRow], *, holds_boxes: bool) -> list[str]:
    """What of `rows` would be lost or read back as something else, one clause each; empty when nothing would."""
    rows = list(rows)
    clauses = {
        "points of a model come back as placed by a reader": [r for r in rows if r.state is State.PREDICTED],
        "what is known about points that were not placed is lost": [r for r in rows if r.x is None],
        "the scale is lost": [r for r in rows if r.spacing_x_mm is not None],
    }
    found = [
        f"{clause} ({listed(list(dict.fromkeys(f'{row.landmark} of {_owner(row)}' for row in concerned)))})"
        for clause, concerned in clauses.items()
        if concerned
    ]
    boxes = dict.fromkeys(_owner(row) for row in rows if row.box_x is not None and not holds_boxes)
    found += [f"boxes of faces are lost ({listed(list(boxes))})"] if boxes else []
    return found + lost_contours(rows)


def _owner(row: LandmarkRow) -> str:
    """The image of a point, and which face on it where it is not the first."""
    return f"face {row.instance + 1} of {row.image}" if row.instance else row.image


def complete(face: Face, path: PathInput) -> NDArray[np.float64]:
    """All points of a face, (68, 2); SchemaError when one is missing, for formats that cannot leave one out."""
    missing = [key for key in load_scheme(PHOTO).keys if key not in face.points]
    if missing:
        raise SchemaError(f"{face.image} has no {listed(missing)}; this format cannot leave a point out", path)
    return face.array


def points_by_key(values: Sequence[tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Key to point for 68 points in the scheme's order."""
    return dict(zip(load_scheme(PHOTO).keys, values, strict=True))


def _face(image: str, instance: int, group: Mapping[str, LandmarkRow]) -> Face:
    first = next(iter(group.values()))
    places = {key: group[key].position for key in load_scheme(PHOTO).keys if key in group}
    points = {key: (place.x, place.y) for key, place in places.items() if place is not None}
    return Face(image, points, first.box, first.width, first.height, instance)
