"""Where faces come from: iBUG XML, key point CSV, folders of them, and packs."""

import re
from functools import partial
from pathlib import Path

import numpy as np

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey
from napari_dentlm.core.errors import DentLMError, TrainingError
from napari_dentlm.core.formats import ExportPurpose, format_of
from napari_dentlm.core.formats.faces import Face, faces_of_rows, folder_of
from napari_dentlm.core.scheme import PHOTO
from training.photos.pack import SUFFIX, load_pack
from training.photos.photos import RawPhoto

_KINDS = ("csv", "ibug", "keypoints")
_FRAME = re.compile(r"_\d+$")
"""Number of a frame of a film: ``Ann_Lee_30``."""
_FACE = re.compile(r"(?<=\d)_\d+$")
"""Number of a face in a picture: ``afw_123_2``."""
_MIRRORED = "_mirror"
"""Ends the name of a mirror image, which some sets hold beside every photograph: ``afw_123_2_mirror``."""
_LEAST_POINTS = 20
"""With fewer points nobody knows where the face lies."""


def load_photos(labels: Path, *, images: Path | None = None) -> list[RawPhoto]:
    """Read faces from a file of labels or a pack.

    Parameters
    ----------
    labels
        iBUG XML, key point CSV, our own CSV (its confirmed, corrected and placed points on photographs count), or a
        pack of faces.
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
    kind = format_of(labels)
    if kind.name not in _KINDS:
        raise TrainingError(
            f"{labels.name}: faces are read from our CSV, iBUG XML, a key point CSV or a pack, not this."
        )
    rows = [row for row in ExportPurpose.TRAINING.select(kind.read(labels)) if row.scheme == PHOTO]
    faces = [face for face in faces_of_rows(rows, labels) if len(face.points) >= _LEAST_POINTS]
    if not faces:
        raise TrainingError(f"{labels.name}: no face with its points stands in it.")
    folder = images or folder_of(faces, labels)
    patients = {row.image: row.patient for row in rows}
    return [_photo(face, folder, patients[face.image], by_frames=kind.name == "keypoints") for face in faces]


def _photo(face: Face, folder: Path, patient: str, *, by_frames: bool) -> RawPhoto:
    # Frames of one film are named alike but for their number; elsewhere the number tells faces of a picture apart.
    stem = Path(face.image).stem.removesuffix(_MIRRORED)
    person = patient or (_FRAME if by_frames else _FACE).sub("", stem)
    left, top, width, height = face.box or face.tight_box
    name = face.image if not face.instance else f"{face.image}#{face.instance}"
    return RawPhoto(name, person, partial(_grey, folder / face.image), face.array, FaceBox(left, top, width, height))


def _grey(path: Path) -> Grey:
    # A machine that only trains from packs may lack the decoders of images.
    from napari_dentlm.core.imaging import read_image

    try:
        return np.ascontiguousarray(read_image(path, 0).grey())
    except DentLMError as error:
        raise TrainingError(f"A training image cannot be read. {error}") from error
