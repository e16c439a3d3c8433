"""The pixels of all training faces in one tensor, and windows cut from it in batches, on whatever device learns."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.transform import Grey, Points, Transform2D
from training.photos.photos import RawPhoto, TrainingPhoto

CONTEXT = 2.0
"""Side of what is kept around a face, in sides of its box."""
SIDE = 336
"""Most pixels of a kept crop on either side."""


class PhotoStore:
    """Grey crops around faces.

    Parameters
    ----------
    pixels
        (N, SIDE, SIDE) uint8, black to the right of and below smaller crops.
    """

    def __init__(self, pixels: Tensor) -> None:
        self._pixels = pixels

    def windows(self, numbers: Tensor, matrices: Tensor, size: tuple[int, int], oversample: int) -> Tensor:
        """Cut windows.

        Parameters
        ----------
        numbers
            (B,) which faces.
        matrices
            (B, 2, 3) float32 from window pixels to crop pixels.
        size
            (width, height) of the windows in pixels.
        oversample
            Samples per pixel and axis, whose mean it is: windows coarser than the crop need two.

        Returns
        -------
        Tensor
            (B, 1, height, width) float32 grey levels from 0 to 255; black outside the crop.
        """
        if self._pixels.device != numbers.device:
            self._pixels = self._pixels.to(numbers.device)
        crops = self._pixels[numbers].unsqueeze(1).float()
        steps = [(torch.arange(n * oversample, device=numbers.device) + 0.5) / oversample - 0.5 for n in size]
        ys, xs = torch.meshgrid(steps[1], steps[0], indexing="ij")
        places = torch.stack([xs, ys, torch.ones_like(xs)], -1) @ matrices.transpose(1, 2)[:, None].float()
        grid = (places + 0.5) * (2 / SIDE) - 1
        found = functional.grid_sample(crops, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
        return functional.avg_pool2d(found, oversample) if oversample > 1 else found


def keep(photos: Sequence[RawPhoto], *, progress_bar: bool = False) -> tuple[PhotoStore, list[TrainingPhoto]]:
    """Read all faces into a store."""
    pixels = np.zeros((len(photos), SIDE, SIDE), dtype=np.uint8)
    kept = []
    for number, photo in enumerate(tqdm(photos, "read", unit="face", disable=None if progress_bar else True)):
        crop, points, box = crop_around(photo)
        pixels[number, : crop.shape[0], : crop.shape[1]] = crop
        kept.append(TrainingPhoto(number, photo.name, points, box))
    return PhotoStore(torch.from_numpy(pixels)), kept


def crop_around(photo: RawPhoto) -> tuple[Grey, Points, FaceBox]:
    """Return the part of a photograph around its face, halved until it fits a store, with points and box in it."""
    pixels, box = photo.load(), photo.box
    height, width = pixels.shape
    reach = CONTEXT / 2 * box.side
    low = np.maximum(np.floor(np.array(box.centre) - reach), 0).astype(int)
    high = np.minimum(np.ceil(np.array(box.centre) + reach) + 1, [width, height]).astype(int)
    crop = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
    factor = min(1.0, SIDE / max(crop.shape))
    if factor < 1:
        size = max(1, round(crop.shape[1] * factor)), max(1, round(crop.shape[0] * factor))
        scale = np.array([size[0] / crop.shape[1], size[1] / crop.shape[0]])
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    else:
        scale = np.ones(2)
    points = (photo.points - low + 0.5) * scale - 0.5
    corner = (np.array([box.x, box.y]) - low + 0.5) * scale - 0.5
    return crop, points, FaceBox(*corner.tolist(), box.width * scale[0], box.height * scale[1], box.score)


def matrix_of(transform: Transform2D) -> NDArray[np.float32]:
    """Return the (2, 3) float32 matrix from window pixels to crop pixels."""
    return transform.inverse().matrix[:2].astype(np.float32)
