"""Writing whole files so that a crash leaves either the old file or the new one."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from napari_dentlm.core.errors import PathInput

TEMPORARY_PREFIX = ".dentlm-"
"""Unfinished files are hidden under this prefix; one that stays behind after a crash may be deleted."""


@contextmanager
def atomic_file(path: PathInput) -> Iterator[BinaryIO]:
    """Open a file for writing that takes its place only when the block ends without an error.

    The bytes go to a temporary file in the same folder, are forced to the disk, and the temporary file then
    replaces ``path`` in one step. A symbolic link is followed. After an error ``path`` is as it was.

    Parameters
    ----------
    path
        The file to write; its folder must exist.

    Yields
    ------
    BinaryIO
        The temporary file, open for writing.

    Raises
    ------
    OSError
        When the folder cannot be written or the disk is full.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o777)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    fsync_folder(target.parent)


def write_bytes(path: PathInput, data: bytes) -> None:
    """Write ``data`` as the whole content of ``path``, atomically; see `atomic_file`."""
    with atomic_file(path) as stream:
        stream.write(data)


def write_text(path: PathInput, text: str) -> None:
    """Write ``text`` as UTF-8, line ends unchanged, as the whole content of ``path``; see `atomic_file`."""
    write_bytes(path, text.encode("utf-8"))


def fsync_folder(folder: PathInput) -> None:
    """Force a folder's entries to the disk, where the system can do that.

    Parameters
    ----------
    folder
        A folder in which a file was just made, replaced or removed.
    """
    if os.name == "nt":
        return  # Windows cannot open a folder; NTFS journals its entries by itself.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems know no fsync of a folder; the file itself is already safe.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
