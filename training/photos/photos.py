"""The faces that a cascade for photographs is trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey, Points, Pyramid
from training.division import mark
from training.films import printable

CONTEXT = 2.0
"""Side of what is kept around a face, in sides of its box."""
EYES = (36, 45)
"""Rows of the outer corners of the eyes in the scheme `ibug68`: their distance is what errors are relative to."""
SIDE = 336
"""Most pixels of a kept crop on either side."""


@dataclass(frozen=True, slots=True)
class RawPhoto:
    """One face as found in a file of labels.

    Parameters
    ----------
    name
        What the reports call it; what is no Unicode in a file name becomes an escape.
    group
        The person; a person is never divided between training and validation.
    load
        Returns the (H, W) uint8 pixels.
    points
        (K, 2) float64 pixels; NaN where the file gives no point.
    box
        Where the face lies.
    """

    name: str
    group: str
    load: Callable[[], Grey]
    points: Points
    box: FaceBox

    def __post_init__(self) -> None:
        """Make name and group such that cards, reports and hashes can hold them."""
        object.__setattr__(self, "name", printable(self.name))
        object.__setattr__(self, "group", printable(self.group))


@dataclass(frozen=True, slots=True)
class TrainingPhoto:
    """A face cut from its photograph, ready to be cut into windows.

    Parameters
    ----------
    name
        As in `RawPhoto`.
    pyramid
        The crop around the face.
    points, box
        As in `RawPhoto`, in the pixels of the crop.
    """

    name: str
    pyramid: Pyramid
    points: Points
    box: FaceBox


def prepare(photos: Sequence[RawPhoto], *, progress_bar: bool = False) -> list[TrainingPhoto]:
    """Read all faces and cut them out."""
    kept = []
    for photo in tqdm(photos, "read", unit="face", disable=None if progress_bar else True):
        crop, points, box = crop_around(photo)
        kept.append(TrainingPhoto(photo.name, Pyramid(crop), points, box))
    return kept


def crop_around(photo: RawPhoto) -> tuple[Grey, Points, FaceBox]:
    """Return the part of a photograph around its face, at most `SIDE` pixels wide, with points and box in it."""
    pixels, box = photo.load(), photo.box
    height, width = pixels.shape
    reach = CONTEXT / 2 * box.side
    low = np.clip(np.floor(np.array(box.centre) - reach), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(np.array(box.centre) + reach) + 1, low + 1, [width, height]).astype(int)
    crop = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
    scale = np.ones(2)
    if max(crop.shape) > SIDE:
        whole = np.array(crop.shape[::-1])
        size = np.maximum(np.rint(whole * SIDE / whole.max()), 1).astype(int)
        scale = size / whole
        crop = np.asarray(cv2.resize(crop, size.tolist(), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    points = (photo.points - low + 0.5) * scale - 0.5
    corner = (np.array([box.x, box.y]) - low + 0.5) * scale - 0.5
    return crop, points, FaceBox(*corner.tolist(), *(np.array([box.width, box.height]) * scale).tolist(), box.score)


def held_out(
    photos: Sequence[RawPhoto], share: float, seed: int, learnt: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Return the persons held out: about ``share`` of all photographs, the same for the same seed and photographs.

    A person whose mark is among the ``learnt`` ones of the bundle to start from is never held out.
    """
    sizes: dict[str, int] = {}
    for photo in photos:
        if mark(photo.group) not in learnt:
            sizes[photo.group] = sizes.get(photo.group, 0) + 1
    groups, chosen, count = sorted(sizes), set(), 0
    for number in np.random.default_rng(seed).permutation(len(groups)):
        if count >= share * len(photos):
            break
        chosen.add(groups[number])
        count += sizes[groups[number]]
    return frozenset(chosen)
