"""Which journal of a work folder belongs to which image file, so that no image is opened to find out.

Paths of images often hold names of patients; the index keeps a hash of them instead.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_NAME = "index.jsonl"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    file: str
    size: int
    mtime_ns: int
    image_id: str


class WorkIndex:
    """Image ids of the files seen before; an entry counts while the file's size and time are the same.

    Parameters
    ----------
    work
        The work folder. A damaged or missing index only means that statuses are unknown until an image is
        opened.
    """

    def __init__(self, work: Path) -> None:
        self._path = work / _NAME
        self._entries = _loaded(self._path)

    def image_id(self, image: Path) -> str | None:
        """Image id of the first frame of `image`, or None when it was not seen, or changed since."""
        entry = self._entries.get(_hashed(image))
        if entry is None:
            return None
        try:
            found = image.stat()
        except OSError:
            return None
        return entry.image_id if (found.st_size, found.st_mtime_ns) == (entry.size, entry.mtime_ns) else None

    def remember(self, image: Path, image_id: str) -> None:
        """Write down the image id of the first frame of `image`."""
        if self.image_id(image) == image_id:
            return
        found = image.stat()
        entry = _Entry(file=_hashed(image), size=found.st_size, mtime_ns=found.st_mtime_ns, image_id=image_id)
        self._entries[entry.file] = entry
        # On a full disk the status stays unknown until the image is opened again, no more.
        with suppress(OSError), open(self._path, "ab") as stream:
            # A line end before it as well, so that a torn line does not take this one along.
            stream.write(b"\n" + entry.model_dump_json().encode() + b"\n")


def _loaded(path: Path) -> dict[str, _Entry]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return {}
    entries = {}
    for line in lines:
        # A line torn by a crash is passed over; the image will be looked at again.
        with suppress(ValidationError):
            entry = _Entry.model_validate_json(line)
            entries[entry.file] = entry
    return entries


def _hashed(image: Path) -> str:
    return hashlib.sha256(os.fsencode(image.resolve())).hexdigest()
