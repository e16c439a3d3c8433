"""What held-out faces tell about a trained bundle for photographs, with the boxes of their files."""

from collections.abc import Callable, Sequence

import numpy as np

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.cascade import choose_device
from napari_dentlm.cascade.photo_stage import points_stage
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.stages.photo_points import PhotoPointsStage
from napari_dentlm.core.nme import eyes_apart
from training.calibration import HeldOut
from training.photos.photos import RawPhoto

UNIT = "% of the distance between the eyes"


def measure_photos(
    bundle: Bundle,
    photos: Sequence[RawPhoto],
    quality: Quality = Quality.STANDARD,
    before_each: Callable[[], None] = lambda: None,
) -> HeldOut:
    """Label faces and compare with their points; `before_each` is called before every face.

    Faces whose labels lack an outer corner of an eye are left out: nothing can be said of them in percent.
    """
    photos = [photo for photo in photos if np.isfinite(eyes_apart(photo.points, bundle.scheme))]
    stage = points_stage(bundle, choose_device("auto"))
    count = len(bundle.card.landmarks)
    errors, relative = np.full((2, len(photos), count), np.nan)
    signs = np.full((len(photos), count, 3), np.nan)
    for number, photo in enumerate(photos):
        before_each()
        if isinstance(stage, PhotoPointsStage):
            (found,) = stage.find([photo.load()], [photo.box], quality)
            points, signs[number] = found.points, found.signs.logarithms
            relative[number] = np.linalg.norm(points - photo.points, axis=1) / found.unit_px
        else:
            points = stage.points([photo.load()], [photo.box])[0][0]
        apart = eyes_apart(photo.points, bundle.scheme)
        errors[number] = 100 * np.linalg.norm(points - photo.points, axis=1) / apart
    names, groups = tuple(p.name for p in photos), tuple(p.group for p in photos)
    return HeldOut(names, groups, errors, np.zeros(len(photos), dtype=bool), UNIT, relative, signs)
