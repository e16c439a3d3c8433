"""Where the points of each file are kept: its patient folder's journal, or nowhere."""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_dentlm.core.errors import DentLMError, UnreadableImageError
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.imaging import image_paths
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import LandmarkScheme

NOT_KEPT = "The points are in the table, but are not kept for the next time."

_Key = tuple[Path, tuple[str, ...]]
"""Sidecar, and the ids of the frames that its journal is about."""


@dataclass(frozen=True, slots=True)
class Source:
    """One image file and the patient folder that it was found in."""

    path: Path
    root: Path


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """List the image files of folders, single files and DICOMDIRs, each file once.

    Parameters
    ----------
    paths
        What the user named.

    Raises
    ------
    DentLMError
        When a path does not exist.
    """
    sources: dict[Path, Source] = {}
    for path in paths:
        if not path.exists():
            raise DentLMError(f"{path}: there is no such file or folder. Check the spelling.")
        root = path if path.is_dir() else path.parent
        for image in _images(path):
            sources.setdefault(Path(os.path.realpath(image)), Source(image, root))
    return list(sources.values())


def _images(path: Path) -> list[Path]:
    """List the images of one path; a damaged DICOMDIR stands for itself: reading it says what is wrong."""
    try:
        return image_paths(path)
    except UnreadableImageError:
        return [path]


def is_read_only(folder: Path) -> bool:
    """Whether files cannot, or by the folder's mode should not, be made in ``folder``."""
    # An administrator may write anywhere; a folder without any write permission is respected all the same.
    return not os.access(folder, os.W_OK) or (os.name == "posix" and not folder.stat().st_mode & 0o222)


@dataclass(slots=True)
class Store:
    """Opens patient folders and journals, and remembers why one cannot be written.

    Parameters
    ----------
    schemes
        Those of the cascades; new journals begin with the first.
    work
        Folder for the journals instead of the image folders.
    fallback_work
        The same, but only for image folders that are read-only.
    notes
        What the user should know at the end, one sentence each.
    """

    schemes: tuple[LandmarkScheme, ...]
    work: Path | None = None
    fallback_work: Path | None = None
    notes: list[str] = field(default_factory=list)
    _folders: dict[Path, PatientFolder] = field(default_factory=dict)
    _journals: dict[_Key, Journal] = field(default_factory=dict)
    _users: Counter[_Key] = field(default_factory=Counter)
    _given: dict[Path, _Key] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def acquire(self, source: Source, image_ids: Sequence[str]) -> Journal:
        """Open the journal of one file; `release` it afterwards.

        In a work folder the same picture under two names shares one journal, which is then opened once.
        """
        folder = self._folder(source.root)
        key = folder.sidecars.place(source.path, image_ids[0]), tuple(image_ids)
        with self._lock:
            if key in self._journals:
                folder.sidecars.check_beside(source.path, key[0])
            else:
                self._journals[key] = self._open(folder, source, key)
            self._users[key] += 1
            self._given[source.path] = key
            return self._journals[key]

    def release(self, source: Source) -> None:
        """Say that a file is done; its journal closes with the last file that uses it."""
        with self._lock:
            key = self._given.pop(source.path)
            self._users[key] -= 1
            if not self._users[key]:
                self._journals.pop(key).close()

    def close(self) -> None:
        """Close what an early end left open, and give the folders' locks back."""
        for journal in self._journals.values():
            journal.close()
        self._journals.clear()
        for folder in self._folders.values():
            folder.close()
        self._folders.clear()

    def _open(self, folder: PatientFolder, source: Source, key: _Key) -> Journal:
        sidecar, image_ids = key
        # A file that only begins with the same picture asks for the same sidecar; it belongs to who came first.
        if any(path == sidecar and not journal.read_only for (path, _), journal in self._journals.items()):
            folder.sidecars.check_beside(source.path, sidecar)
            self._note(f"{source.path.name} begins with the same picture as another file. {NOT_KEPT}")
            return Journal.open(
                sidecar, image_ids=image_ids, scheme=self.schemes[0], others=self.schemes[1:], read_only=True
            )
        journal = folder.journal(source.path, image_ids)
        if journal.problem and not folder.read_only:
            self._note(f"{source.path.name}: {journal.problem}")
        if journal.remark:
            self._note(journal.remark)
        return journal

    def _folder(self, root: Path) -> PatientFolder:
        work = self.work or (self.fallback_work if is_read_only(root) else None)
        # All image folders share a work folder, and with it the one lock.
        place = work or root
        if place not in self._folders:
            folder = PatientFolder.open(root, work=work, scheme=self.schemes[0], others=self.schemes[1:])
            if folder.read_only:
                self._note(f"{folder.problem} {NOT_KEPT}")
            elif work is not None and work != self.work:
                opening = f"To go on with them in the window: dentlm open {root} --work {work}"
                self._note(f"{root.name} cannot be written, so its labels are kept in {work}. {opening}")
            self._folders[place] = folder
        return self._folders[place]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)
