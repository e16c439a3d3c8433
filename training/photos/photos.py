"""The faces that a cascade for photographs is trained on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey, Points


@dataclass(frozen=True, slots=True)
class RawPhoto:
    """One face as found in a file of labels.

    Parameters
    ----------
    name
        What the reports call it.
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


@dataclass(frozen=True, slots=True)
class TrainingPhoto:
    """A face whose pixels lie in a `PhotoStore`.

    Parameters
    ----------
    number
        Which one of the store.
    name
        As in `RawPhoto`.
    points
        (K, 2) float64 in the pixels of the store's crop.
    box
        In the same pixels.
    """

    number: int
    name: str
    points: Points
    box: FaceBox


def held_out(photos: Sequence[RawPhoto], share: float, seed: int) -> frozenset[str]:
    """Return the persons held out: about ``share`` of all photographs, the same for the same seed."""
    groups = sorted({photo.group for photo in photos})
    order = np.random.default_rng(seed).permutation(len(groups))
    counts = {group: sum(photo.group == group for photo in photos) for group in groups} if share else {}
    chosen: set[str] = set()
    for number in order:
        if sum(counts.get(group, 0) for group in chosen) >= share * len(photos):
            break
        chosen.add(groups[number])
    return frozenset(chosen)


def inter_ocular(points: NDArray[np.float64], corners: tuple[int, int]) -> NDArray[np.float64]:
    """Return the distance of the outer corners of the eyes, (...,) for points (..., K, 2)."""
    right, left = corners
    return np.linalg.norm(points[..., right, :] - points[..., left, :], axis=-1)
