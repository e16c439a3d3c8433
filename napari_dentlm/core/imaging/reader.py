"""Opening any image file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from napari_dentlm.core.errors import PathInput, UnreadableImageError
from napari_dentlm.core.imaging.damage import DECODER_ERRORS, DamageError, quiet
from napari_dentlm.core.imaging.dicom import DicomFrames
from napari_dentlm.core.imaging.image import Image
from napari_dentlm.core.imaging.raster import RasterFrames
from napari_dentlm.core.imaging.source import FileKind, file_kind, read_bytes


class Frames(Protocol):
    """An opened file: how many frames it has, and each of them on demand."""

    count: int

    def read(self, frame: int) -> Image:
        """Decode one frame."""


def read_image(path: PathInput, frame: int = 0) -> Image:
    """Read one frame of an image file.

    Parameters
    ----------
    path
        A JPEG, PNG, TIFF, BMP or DICOM file, recognised by its content.
    frame
        Number of the frame, from 0.

    Returns
    -------
    Image
        The frame.

    Raises
    ------
    UnreadableImageError
        When the file is missing, empty, foreign, cut short or damaged, or has no such frame.
    MissingDecoderError
        When nothing here decodes its DICOM transfer syntax.
    """
    path = Path(path)
    frames = _open(path)
    if not 0 <= frame < frames.count:
        found = f"there is no frame {frame}, it has {frames.count} counted from 0"
        raise UnreadableImageError(path, found, "Choose another frame.")
    return _read(path, frames, frame)


def iter_frames(path: PathInput) -> Iterator[Image]:
    """Read all frames of an image file, one after the other.

    Parameters
    ----------
    path
        As for `read_image`.

    Yields
    ------
    Image
        Each frame, in the file's order.

    Raises
    ------
    UnreadableImageError
        As for `read_image`.
    """
    path = Path(path)
    frames = _open(path)
    for frame in range(frames.count):
        yield _read(path, frames, frame)


def _open(path: Path) -> Frames:
    """Open a file; everything that libraries raise becomes an error for the user."""
    data = read_bytes(path)
    kind = file_kind(path, data)
    try:
        with quiet():
            return DicomFrames(path, data) if kind is FileKind.DICOM else RasterFrames(path, data, kind)
    except DamageError as error:
        raise UnreadableImageError(path, error.found, error.advice) from error
    except DECODER_ERRORS as error:
        raise UnreadableImageError(path, f"the {kind} file is damaged") from error


def _read(path: Path, frames: Frames, frame: int) -> Image:
    """Decode a frame; everything that libraries raise becomes an error for the user."""
    try:
        with quiet():
            return frames.read(frame)
    except DamageError as error:
        raise UnreadableImageError(path, error.found, error.advice) from error
    except DECODER_ERRORS as error:
        raise UnreadableImageError(path, "the picture in it is damaged") from error
