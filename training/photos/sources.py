"""Where faces come from: iBUG XML, key point CSV, folders of them, and packs."""

import re
from functools import partial
from pathlib import Path

import numpy as np

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.errors import DentLMError, TrainingError
from napari_dentlm.core.formats import format_of, ibug_xml, wide_keypoints
from napari_dentlm.core.formats.faces import Face, folder_of
from training.photos.pack import SUFFIX, load_pack
from training.photos.photos import RawPhoto

_READERS = {"ibug": ibug_xml.read_faces, "keypoints": wide_keypoints.read_faces}
_FRAME = re.compile(r"_\d+$")
_FACE = re.compile(r"(?<=\d)_\d+$")
_LEAST_POINTS = 5


def load_photos(labels: Path, *, images: Path | None = None) -> list[RawPhoto]:
    """Read faces from a file of labels or a pack.

    Parameters
    ----------
    labels
        iBUG XML, key point CSV, or a pack of faces.
    images
        Folder that the names of the images count from. By default the file's own; the images of a table named
        ``X_frames_keypoints.csv`` may also lie in the folder ``X`` beside it.

    Raises
    ------
    TrainingError
        When nothing usable is found, in words.
    """
    if not labels.is_file():
        raise TrainingError(f"{labels.name}: name a file of labels (iBUG XML, key point CSV) or a pack of faces.")
    if labels.suffix.lower() == SUFFIX:
        if images:
            raise TrainingError(f"{labels.name}: a pack holds its images. State their folder when you pack.")
        return load_pack(labels)
    kind = format_of(labels).name
    if kind not in _READERS:
        raise TrainingError(f"{labels.name}: faces are read from iBUG XML, a key point CSV or a pack, not from this.")
    faces = [face for face in _READERS[kind](labels) if len(face.points) >= _LEAST_POINTS]
    if not faces:
        raise TrainingError(f"{labels.name}: no face with its points stands in it.")
    folder = images or folder_of(faces, labels)
    return [_photo(face, folder, by_frames=kind == "keypoints") for face in faces]


def _photo(face: Face, folder: Path, *, by_frames: bool) -> RawPhoto:
    stem = Path(face.image).stem
    # Frames of one film are named alike but for their number; elsewhere the number tells faces of a picture apart.
    group = _FRAME.sub("", stem)
    left, top, width, height = face.box or face.tight_box
    box = FaceBox(left, top, width, height)
    name = face.image if not face.instance else f"{face.image}#{face.instance}"
    return RawPhoto(name, group if by_frames else _picture(stem), partial(_grey, folder / face.image), face.array, box)


def _picture(stem: str) -> str:
    """Return what faces of one picture share: the name without the face's number, ``afw_123_2`` -> ``afw_123``."""
    return _FACE.sub("", stem)


def _grey(path: Path) -> Grey:
    # A machine that only trains from packs may lack the decoders of images.
    from napari_dentlm.core.imaging import read_image

    try:
        return np.ascontiguousarray(read_image(path, 0).grey())
    except DentLMError as error:
        raise TrainingError(f"A training image cannot be read. {error}") from error
