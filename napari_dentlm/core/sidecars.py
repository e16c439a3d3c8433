"""Where the journals of a patient folder lie: beside the images, or in a work folder under their image ids."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.journal_file import Loaded, load
from napari_dentlm.core.work_index import WorkIndex

SIDECAR_SUFFIX = ".dentlm.jsonl"

Stamp = tuple[int, int] | None
"""Time and size of a file, from which a change is seen; None without the file."""


class Sidecars:
    """Finds the journal file of every image.

    Parameters
    ----------
    work
        The work folder; None where journals lie beside the images.
    """

    def __init__(self, work: Path | None) -> None:
        self._work = work
        self._index = WorkIndex(work) if work else None
        self._choices: dict[Path, tuple[tuple[Stamp, Stamp], Path]] = {}
        self._orphans: dict[Path, dict[tuple[str, ...], list[Path]]] = {}

    def place(self, path: Path, image_id: str) -> Path:
        """Where the journal of an image file is: beside it, or in the work folder under its image id.

        Parameters
        ----------
        path
            The image file.
        image_id
            Id of its first frame.
        """
        return _beside(path) if self._work is None else self._work / f"{image_id}{SIDECAR_SUFFIX}"

    def known(self, path: Path) -> Path:
        """The journal that counts for an image file, as far as that is known without opening the image."""
        image_id = self._index.image_id(path) if self._index is not None else None
        return self._chosen(path, self.place(path, image_id)) if image_id else _beside(path)

    def prepare(self, path: Path, image_ids: Sequence[str], *, read_only: bool) -> Path:
        """Return the file to open as the journal of an image; one from beside it is taken over to the work folder.

        A journal whose image was renamed gets the image's new name.

        Raises
        ------
        JournalError
            When the work folder holds other labels of the same picture than those beside the image.
        """
        sidecar = self.place(path, image_ids[0])
        if self._index is None:
            if not read_only and not sidecar.exists():
                self._follow_new_name(sidecar, tuple(image_ids))
            return sidecar
        chosen = self._chosen(path, sidecar)
        if chosen == sidecar:
            self.check_beside(path, sidecar)
        if read_only:
            return chosen
        self._index.remember(path, image_ids[0])
        if chosen != sidecar and chosen.exists():
            write_bytes(sidecar, chosen.read_bytes())
        return sidecar

    def check_beside(self, path: Path, sidecar: Path) -> None:
        """Raise JournalError unless the work folder's journal goes on from the one beside the image, if any.

        Points beside it that only a model set may be others: no reader loses anything when they are left aside.
        """
        beside = _beside(path)
        if self._work is None or not beside.exists():
            return
        old = load(beside)
        try:
            data = beside.read_bytes()
            new = sidecar.read_bytes() if sidecar.exists() else b""
        except OSError as error:
            raise JournalError(f"{path.name}: the labels cannot be read ({error.strerror}).") from error
        # A torn end was set aside in the work folder only.
        goes_on = new.startswith(data if old.problem else data[: old.size])
        if not goes_on and (old.problem or _was_read(old)):
            raise JournalError(
                f"{path.name}: the labels beside it and those in the work folder ({sidecar.name}) differ, because a "
                "copy of the same picture was labelled on its own. Move one of the two label files away."
            )

    def _follow_new_name(self, sidecar: Path, image_ids: tuple[str, ...]) -> None:
        """Give the only journal of this picture whose own image is not there any more the name `sidecar`."""
        folder = sidecar.parent
        if folder not in self._orphans:
            self._orphans[folder] = _orphans_in(folder)
        found = self._orphans[folder].get(image_ids, [])
        if len(found) == 1 and not found[0].with_name(_image_name(found[0])).exists():
            # Without the right to rename it, labelling begins anew and the old file stays.
            with suppress(OSError):
                found[0].rename(sidecar)
                found.clear()

    def _chosen(self, path: Path, sidecar: Path) -> Path:
        """The journal that counts: `sidecar`, or the one beside the image where nobody worked in the work folder."""
        beside = _beside(path)
        if beside == sidecar or not sidecar.exists():
            return beside
        stamps = stamp(sidecar), stamp(beside)
        known = self._choices.get(sidecar)
        if known is None or known[0] != stamps:
            known = stamps, beside if beside.exists() and _supersedes(load(beside), load(sidecar)) else sidecar
            self._choices[sidecar] = known
        return known[1]


def stamp(sidecar: Path) -> Stamp:
    """Return time in nanoseconds and size in bytes of a file; None where it cannot be seen."""
    try:
        found = sidecar.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _orphans_in(folder: Path) -> dict[tuple[str, ...], list[Path]]:
    """Journals in a folder whose images are not there, by the ids of their images."""
    found: dict[tuple[str, ...], list[Path]] = {}
    for path in sorted(folder.glob(f"*{SIDECAR_SUFFIX}")):
        if path.with_name(_image_name(path)).exists():
            continue
        # What cannot be read is told when somebody asks for it, not to who opens another image.
        with suppress(JournalError):
            if (header := load(path).header) is not None:
                found.setdefault(header.image_ids, []).append(path)
    return found


def _image_name(sidecar: Path) -> str:
    return sidecar.name.removesuffix(SIDECAR_SUFFIX)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SIDECAR_SUFFIX)


def _supersedes(beside: Loaded, work: Loaded) -> bool:
    """Whether readers worked beside the image, and in the work folder only a model on the same picture."""
    if beside.problem or work.problem or work.tail or beside.header is None or work.header is None:
        return False
    same = beside.header.image_ids == work.header.image_ids
    return same and _was_read(beside) and not _was_read(work)


def _was_read(journal: Loaded) -> bool:
    return any(event.reader for event in journal.events)
