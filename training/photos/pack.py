"""All training faces in one small file, to be carried to another machine.

A pack is a zip: `index.json` with names, points and boxes, and one grey JPEG per face, cut around it. Points and boxes
are those of the packed pixels. Nothing in it is ever run.
"""

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError
from tqdm import tqdm

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey, Points
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.files import atomic_file
from training.pack import INDEX, damaged, read_member
from training.photos.photos import RawPhoto, crop_around

SUFFIX = ".zip"
FORMAT = "dentlm-faces-1"
CONTENT = "faces"
JPEG_QUALITY = 85


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Face(_Strict):
    name: str
    group: str
    file: str
    points: tuple[tuple[float, float] | None, ...]
    box: tuple[float, float, PositiveFloat, PositiveFloat]


class _Index(_Strict):
    faces: tuple[_Face, ...] = Field(min_length=1)
    format: str = FORMAT


def write_pack(path: Path, photos: Sequence[RawPhoto], *, progress_bar: bool = False) -> None:
    """Write faces and labels into one file, replacing it when it is there.

    Raises
    ------
    TrainingError
        When a photograph cannot be read or the file cannot be written.
    """
    entries = []
    try:
        with atomic_file(path) as stream, ZipFile(stream, "w") as archive:
            for number, photo in enumerate(tqdm(photos, "pack", unit="face", disable=None if progress_bar else True)):
                crop, points, box = crop_around(photo)
                file = f"faces/{number:05d}.jpg"
                data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
                archive.writestr(ZipInfo(file), data, ZIP_STORED)
                rounded = tuple(None if math.isnan(x) else (round(x, 2), round(y, 2)) for x, y in points.tolist())
                entries.append(
                    _Face(
                        name=photo.name,
                        group=photo.group,
                        file=file,
                        points=rounded,
                        box=(box.x, box.y, box.width, box.height),
                    )
                )
            archive.writestr(ZipInfo(INDEX), _Index(faces=tuple(entries)).model_dump_json(), ZIP_DEFLATED)
    except OSError as error:
        raise TrainingError(
            f"{path.name}: the pack cannot be written ({error.strerror or error}). Choose another --pack."
        ) from error


def load_pack(path: Path) -> list[RawPhoto]:
    """Return the faces of a pack; their pixels are read when they are asked for.

    Raises
    ------
    TrainingError
        When the file is damaged or no pack of faces.
    """
    try:
        index = _Index.model_validate_json(read_member(path, INDEX, CONTENT))
    except ValidationError as error:
        raise TrainingError(f"{path.name}: this is not a pack of faces. Pack them again (--pack).") from error
    if index.format != FORMAT:
        raise TrainingError(f"{path.name}: the pack is {index.format!r}, not {FORMAT!r}. Pack the faces again.")
    if len({len(e.points) for e in index.faces}) > 1:
        raise TrainingError(f"{path.name}: its faces have different numbers of points. Pack them again (--pack).")
    return [
        RawPhoto(e.name, e.group, partial(_pixels, path, e.file), _array(e.points), FaceBox(*e.box))
        for e in index.faces
    ]


def _array(points: Sequence[tuple[float, float] | None]) -> Points:
    """(K, 2) points of a face; NaN where it has none."""
    return np.array([(np.nan, np.nan) if point is None else point for point in points])


def _pixels(path: Path, file: str) -> Grey:
    pixels = cv2.imdecode(np.frombuffer(read_member(path, file, CONTENT), dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise damaged(path, file, CONTENT)
    return np.asarray(pixels, dtype=np.uint8)
