"""What a model says of the faces of a data set; nothing is written."""

import glob
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.photo import PhotoPipeline
from napari_dentlm.cascade.prediction import Prediction, Quality
from napari_dentlm.cli.evaluation.faces import FoundFace, nearest
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats.faces import Face
from napari_dentlm.core.imaging import is_image_file, read_image


def found_faces(
    cascade: Cascade, faces: Sequence[Face], folder: Path, *, own_boxes: bool, quality: Quality
) -> list[FoundFace]:
    """Label faces whose images lie in a folder.

    Parameters
    ----------
    cascade
        A model for photographs.
    faces
        Of the truth.
    folder
        What their names count from. A name without an ending, as PTS files have it, is that of the only image so named.
    own_boxes
        Whether the model looks for the faces itself, instead of being told the boxes of the truth.
    quality
        How much work goes into each face.

    Raises
    ------
    DentLMError
        When the model is one for films, or an image cannot be read or is not the only one of its name: a score over
        fewer faces would look like one over all.
    """
    pipeline = cascade.photo
    if pipeline is None:
        raise DentLMError(f"The model {cascade.name} labels films, but the truth is about faces. Choose another model.")
    bar = tqdm(faces, "Labelling", unit="face", file=sys.stderr, dynamic_ncols=True)
    return [_found(pipeline, face, folder, own_boxes=own_boxes, quality=quality) for face in bar]


def _found(pipeline: PhotoPipeline, face: Face, folder: Path, *, own_boxes: bool, quality: Quality) -> FoundFace:
    image = read_image(_image_of(face, folder), 0).grey()
    if not own_boxes:
        found = pipeline.label([image], [FaceBox(*(face.box or face.tight_box))], quality)
    else:
        seen = pipeline.faces(image)
        found = pipeline.label([seen.image] * len(seen.boxes), seen.boxes, quality)
        if not np.array_equal(seen.upright.matrix, np.eye(3)):
            found = []  # Every face of the truth is upright: what was found on a turned photo is none of them.
    return nearest([_of(each) for each in found], face)


def _image_of(face: Face, folder: Path) -> Path:
    named = folder / face.image
    if named.is_file():
        return named
    alike = named.parent.glob(f"{glob.escape(named.name)}.*")
    found = sorted(path for path in alike if path.stem == named.name and is_image_file(path))
    if len(found) > 1:
        both = f"{found[0].name} and {found[1].name}"
        raise DentLMError(f"{face.image}: {both} may both be its image. Move one of them elsewhere.")
    return found[0] if found else named


def _of(prediction: Prediction) -> FoundFace:
    if prediction.points is None:
        return FoundFace.none()
    radius = prediction.expected_error_px
    return FoundFace(prediction.points, np.full(len(prediction.points), np.nan) if radius is None else radius)
