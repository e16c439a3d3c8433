"""Which journal of a work folder belongs to which image file, remembered so that no image is opened to find out.

Paths of images often hold names of patients; the index keeps a hash of them instead.
"""

import hashlib
import json
import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from napari_dentlm.core.files import write_text

_NAME = "index.json"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int
    mtime_ns: int
    image_id: str


class WorkIndex:
    """Image ids of the files seen before; an entry counts while the file's size and time are the same.

    Parameters
    ----------
    work
        The work folder. A damaged or missing index only means that statuses are unknown until an image is opened.
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
        entry = _Entry(size=found.st_size, mtime_ns=found.st_mtime_ns, image_id=image_id)
        self._entries[_hashed(image)] = entry
        content = {key: value.model_dump() for key, value in self._entries.items()}
        write_text(self._path, json.dumps(content, sort_keys=True, indent=0))


def _loaded(path: Path) -> dict[str, _Entry]:
    try:
        content = json.loads(path.read_bytes())
        return {key: _Entry.model_validate(value) for key, value in content.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}


def _hashed(image: Path) -> str:
    return hashlib.sha256(os.fsencode(image.resolve())).hexdigest()
