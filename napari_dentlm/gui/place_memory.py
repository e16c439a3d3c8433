"""Where a reader was: film and landmark of each folder, so that the next start goes on there."""

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from napari_dentlm.core.pseudonym import user_salt_file

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A film of a folder and the current landmark.

    Parameters
    ----------
    film
        Hash of the film's path in the folder: file names can carry names of patients.
    frame
        Number of the frame.
    landmark
        Key.
    """

    film: str
    frame: int
    landmark: str


class PlaceMemory:
    """Remembers one place per folder, in the user's own settings.

    A place is a comfort: one that cannot be written or read is passed over without a word.

    Parameters
    ----------
    folder
        Where to remember; the user's settings when None.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_salt_file().parent / "places"

    def recall(self, root: Path) -> Place | None:
        """The place in a patient folder, or None."""
        try:
            known = json.loads(self._file(root).read_text(encoding="utf-8"))
            return Place(str(known["film"]), int(known["frame"]), str(known["landmark"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, root: Path, place: Place) -> None:
        """Remember the place; not forced to the disk, because it changes with every key."""
        target = self._file(root)
        temporary = target.with_suffix(f".{os.getpid()}.tmp")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(asdict(place)), encoding="utf-8")
            os.replace(temporary, target)
        except OSError as error:
            logger.debug("the place was not remembered: %s", error.strerror)

    def _file(self, root: Path) -> Path:
        return self._folder / f"{name_hash(str(root.resolve()))}.json"


def name_hash(text: str) -> str:
    """A short name for a path that tells nothing about it."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
