"""Decoding JPEG with a check that the decoders themselves do not make.

When the coded data of a JPEG end early but the end marker is there (a download that was "repaired", a camera
that lost power), libjpeg fills the rest with grey and only warns where no program sees it. Pillow, however,
gives up when the data end without a marker. So the end marker is taken away and replaced by a few zero bytes: a
whole picture never asks for more, and one that lacks data does. Pictures in several scans (progressive ones)
need their end marker and cannot be checked in this way.
"""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from napari_dentlm.core.imaging.codestreams import StreamHeader
from napari_dentlm.core.imaging.damage import DamageError

_PADDING = bytes(8)
"""libjpeg reads ahead by up to 8 bytes; more would hide that the last blocks are missing."""


def jpeg_pixels(data: bytes, header: StreamHeader) -> NDArray[np.uint8]:
    """Decode a grey or RGB JPEG.

    Parameters
    ----------
    data
        The file, already walked by `check_jpeg`.
    header
        Its header, of 1 or 3 components.

    Returns
    -------
    NDArray
        (H, W) or (H, W, 3) uint8 RGB, without EXIF orientation. Pillow and cv2 give the same pixels; each is
        used where it is the faster one.

    Raises
    ------
    DamageError
        When coded data are missing.
    """
    if header.components == 1 and header.coded_end:
        with _open_without_end(data, header) as picture:
            return np.asarray(_loaded(picture), dtype=np.uint8)
    check_coded_picture(data, header)
    flag = cv2.IMREAD_GRAYSCALE if header.components == 1 else cv2.IMREAD_COLOR_RGB
    pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DamageError("the JPEG picture cannot be decoded")
    return np.asarray(pixels, dtype=np.uint8)


def check_coded_picture(data: bytes, header: StreamHeader) -> None:
    """Check that a JPEG of one sequential scan has data for its whole picture; others pass unchecked.

    Parameters
    ----------
    data
        The stream, already walked by `check_jpeg`.
    header
        Its header.

    Raises
    ------
    DamageError
        When coded data are missing.
    """
    if not header.coded_end:
        return
    with _open_without_end(data, header) as picture:
        # Reduced to 1/8, decoding skips nearly everything but reading the coded data.
        picture.draft("L", (max(1, header.width // 8), max(1, header.height // 8)))
        _loaded(picture)


def _open_without_end(data: bytes, header: StreamHeader) -> PillowImage.Image:
    return PillowImage.open(io.BytesIO(data[: header.coded_end] + _PADDING), formats=("JPEG",))


def _loaded(picture: PillowImage.Image) -> PillowImage.Image:
    try:
        picture.load()
    except OSError as error:
        raise DamageError("the picture is cut short") from error
    return picture
