"""A patient folder: its images, their journals and how far each has come; one program at a time writes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.imaging import image_paths
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.lock import FileLock
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.review_summary import ReviewSummary, summary_of
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme, scheme_names
from napari_dentlm.core.sidecars import Sidecars, Stamp, stamp

LOCK_NAME = ".dentlm.lock"


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One image file of a folder: where it is, its path from the folder with forward slashes, its status."""

    path: Path
    relative: str
    status: Status


class PatientFolder:
    """A folder of images and their journals. Made with `open`.

    `root` is the folder with the images; `home` is where things are written: the work folder, or `root`.
    """

    def __init__(
        self,
        root: Path,
        work: Path | None,
        schemes: tuple[LandmarkScheme, ...],
        lock: FileLock | None,
        problem: str,
    ) -> None:
        self.root, self.home = root, work or root
        self.sidecars = Sidecars(work)
        self.scheme, *self._others = schemes
        self.problem = problem
        self._lock = lock
        self._failures: dict[Path, str] = {}
        self._summaries: dict[tuple[Path, str], tuple[Stamp, ReviewSummary]] = {}

    @classmethod
    def open(
        cls,
        root: Path,
        *,
        work: Path | None = None,
        read_only: bool = False,
        scheme: LandmarkScheme | None = None,
        others: Sequence[LandmarkScheme] = (),
    ) -> Self:
        """Open a folder and take its lock; where that fails, read only, with the reason in `problem`.

        Parameters
        ----------
        root
            The folder with the images; subfolders belong to it.
        work
            Where journals go instead of beside the images, named by image id; made when it is not there.
            Journals that lie beside the images already are taken over as they are.
        read_only
            Do not even try to write.
        scheme
            Scheme of new journals. Without one it is isbi19, and journals of every scheme are opened as they are.
        others
            Further schemes that journals may have.

        Raises
        ------
        DentLMError
            When there is no such folder, or the work folder cannot be made.
        """
        root = Path(root)
        if not root.is_dir():
            raise DentLMError(f"{root.name}: there is no such folder. Check the name.")
        work = Path(work) if work is not None else None
        if work is not None:
            try:
                work.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                reason = f"{work.name}: the work folder cannot be made ({error.strerror}). Choose another."
                raise DentLMError(reason) from error
        lock, problem = (None, _READ_ONLY) if read_only else _locked(work or root)
        if scheme is None:
            scheme, others = load_scheme(), [load_scheme(name) for name in scheme_names()]
        return cls(root, work, (scheme, *others), lock, problem)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written; `problem` says why."""
        return self._lock is None

    def paths(self) -> list[Path]:
        """The image files in natural order; neither an image nor a journal is opened."""
        return image_paths(self.root)

    def entries(self) -> list[FolderEntry]:
        """The image files in natural order with their statuses; no image is opened."""
        return [FolderEntry(path, self.relative(path), self.status(path)) for path in self.paths()]

    def relative(self, path: Path) -> str:
        """Path of an image file from the folder, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def journal(self, path: Path, image_ids: Sequence[str]) -> Journal:
        """Open the journal of an image file; read-only where the folder is.

        Parameters
        ----------
        path
            The image file.
        image_ids
            One id per frame.

        Raises
        ------
        JournalError
            When the sidecar is there but cannot be read, or when the work folder holds other labels of the same
            picture than those beside the image.
        """
        sidecar = self.sidecars.prepare(path, image_ids, read_only=self.read_only)
        journal = Journal.open(
            sidecar, image_ids=image_ids, scheme=self.scheme, others=self._others, read_only=self.read_only
        )
        self._failures.pop(path, None)
        return journal

    def status(self, path: Path) -> Status:
        """How far the furthest reader of an image file has come; read anew only when its sidecar changed."""
        return self.summary(path).status

    def summary(self, path: Path, reader: str = "") -> ReviewSummary:
        """What its journal says about an image file; read anew only when its sidecar changed.

        Parameters
        ----------
        path
            The image file.
        reader
            The reader at work; without a name, the one who has come furthest.
        """
        if path in self._failures:
            return ReviewSummary(Status.FAILED, note=self._failures[path])
        sidecar = self.sidecars.known(path)
        now = stamp(sidecar)
        known = self._summaries.get((sidecar, reader))
        if known is None or known[0] != now:
            known = now, _NEW if now is None else summary_of(sidecar, reader)
            self._summaries[sidecar, reader] = known
        return known[1]

    def mark_failed(self, path: Path, reason: str) -> None:
        """Remember until the folder is closed, or the journal is opened, that an image could not be read."""
        self._failures[path] = reason

    def failure(self, path: Path) -> str:
        """The reason given to `mark_failed`, or empty."""
        return self._failures.get(path, "")

    def close(self) -> None:
        """Give the lock back. Journals that are still open are complete on the disk."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            self.problem = f"{self.root.name} is closed."

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_NEW = ReviewSummary(Status.NEW)
_READ_ONLY = "The folder was opened for reading only."


def _locked(folder: Path) -> tuple[FileLock | None, str]:
    """The lock of `folder`, or why there is none."""
    advice = (
        "Changes would not be saved. Copy the folder to this computer and open the copy, or start with a work folder "
        "(dentlm open --work)."
    )
    if not os.access(folder, os.W_OK):
        return None, f"{folder.name}: this folder cannot be written. {advice}"
    lock = FileLock(folder / LOCK_NAME)
    try:
        if lock.acquire():
            return lock, ""
    except OSError as error:
        return None, f"{folder.name}: this folder cannot be locked ({error.strerror}). {advice}"
    holder = lock.holder()
    return (
        None,
        f"{folder.name} is open in another program ({holder}); it can only be read here until that closes.",
    )
