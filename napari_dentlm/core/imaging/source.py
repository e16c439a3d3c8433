"""Getting the bytes of a file, and finding out what they are."""

import os
import stat
from enum import StrEnum
from pathlib import Path

from napari_dentlm.core.errors import UnreadableImageError

MAXIMUM_BYTES = 400_000_000
"""Larger files are refused unread, so that one wrong file cannot fill the memory."""

DICOM_ENDINGS = frozenset({".dcm", ".dicom", ".dic", ".ima"})
RASTER_ENDINGS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".dib"})
FOREIGN_ENDINGS = frozenset({".heic", ".heif", ".avif", ".webp", ".gif", ".jp2", ".j2k"})
"""Pictures that are not read, but listed, so that nobody misses a patient's photo without being told."""


class FileKind(StrEnum):
    """The file formats that are read."""

    JPEG = "JPEG"
    PNG = "PNG"
    TIFF = "TIFF"
    BMP = "BMP"
    DICOM = "DICOM"


_FOREIGN = (
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x00\x00\x00\x0cjP", "a JPEG 2000 file"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 stream"),
    (b"<", "a text or web page"),
    (b"{", "a text file"),
)


def read_bytes(path: Path) -> bytes:
    """Read a whole file that may be an image.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bytes
        Its content, never empty.

    Raises
    ------
    UnreadableImageError
        When there is no such file, or it is a folder, a pipe or device, empty, too large, or not readable.
    """
    try:
        status = os.stat(path)
        # Opening a pipe would wait for ever for somebody who writes into it.
        if stat.S_ISDIR(status.st_mode):
            if not os.access(path, os.R_OK | os.X_OK):
                raise UnreadableImageError(path, "this folder cannot be read", "Ask for the right to read it.")
            raise UnreadableImageError(path, "this is a folder, not an image", "Open a file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableImageError(path, "this is not an ordinary file", "Choose an image file.")
        if status.st_size == 0:
            raise UnreadableImageError(path, "the file is empty")
        if status.st_size > MAXIMUM_BYTES:
            found = f"the file has {status.st_size // 1_000_000} MB, more than {MAXIMUM_BYTES // 1_000_000} MB"
            raise UnreadableImageError(path, found, "Export single images.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableImageError(path, "there is no such file", "Check the name and the folder.") from error
    except PermissionError as error:
        advice = "Ask for the right to read it."
        raise UnreadableImageError(path, "you have no permission to read it", advice) from error
    except (OSError, ValueError) as error:
        found = f"the system cannot read it ({getattr(error, 'strerror', None) or error})"
        raise UnreadableImageError(path, found, "Check the disk or the network.") from error


def file_kind(path: Path, data: bytes) -> FileKind:
    """Find out from its first bytes what a file is; a wrong ending does no harm.

    Parameters
    ----------
    path
        The file; its ending counts only for DICOM data sets without the usual preamble.
    data
        Its content.

    Returns
    -------
    FileKind
        The format.

    Raises
    ------
    UnreadableImageError
        When it is none of the formats that are read.
    """
    if data[128:132] == b"DICM":
        return FileKind.DICOM
    if data.startswith(b"\xff\xd8"):
        return FileKind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return FileKind.TIFF
    if data.startswith(b"BM"):
        return FileKind.BMP
    if path.suffix.lower() in DICOM_ENDINGS and data[:2] in (b"\x02\x00", b"\x08\x00"):
        return FileKind.DICOM
    raise UnreadableImageError(
        path, f"this is {_foreign_name(data)}, not a readable image", "Use JPEG, PNG, TIFF, BMP or DICOM."
    )


def _foreign_name(data: bytes) -> str:
    """Name what the bytes are, for the user."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP image"
    if data[4:8] == b"ftyp":
        return "an AVIF image" if data[8:12] == b"avif" else "a HEIC photo, as telephones take them, or a video"
    for magic, name in _FOREIGN:
        if data.startswith(magic):
            return name
    if not any(data[:4096]):
        return "a file of zeros"
    return "something unknown"
