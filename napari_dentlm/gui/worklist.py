"""The open patient folder: its films, their journals, and what becomes of them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.journal_faces import write_added_face, write_faces
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.film import Film
from napari_dentlm.gui.film_list import FilmList
from napari_dentlm.gui.film_reading import FilmReader
from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.worklist_order import Entry, Show, Sort

if TYPE_CHECKING:
    from napari_dentlm.core.folder import PatientFolder

__all__ = ["Entry", "Show", "Sort", "Worklist"]

_UNLABELLED = (Status.NEW, Status.FAILED)
READ_AHEAD_MS = 150
DECODERS_MS = 700


class Worklist(FilmList):
    """The open patient folder.

    Parameters
    ----------
    parent
        Owner.
    """

    closing = Signal()
    reset = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.films = FilmReader()
        self._folder: PatientFolder | None = None
        self._rows: dict[Path, int] = {}
        # Later, so that the film in view is read and drawn first.
        self._ahead = self._timer(READ_AHEAD_MS, self._read_ahead)
        self.current_changed.connect(self._ahead.start)
        self._timer(DECODERS_MS, self.films.load_decoders).start()

    @property
    def root(self) -> Path | None:
        """The open folder."""
        return None if self._folder is None else self._folder.root

    @property
    def home(self) -> Path | None:
        """Where things about the open folder are written: the work folder, or the folder itself."""
        return None if self._folder is None else self._folder.home

    @property
    def problem(self) -> str:
        """Why the folder cannot be written to, in words; empty when it can."""
        return "" if self._folder is None else self._folder.problem

    # ---- folder ----------------------------------------------------------------------------------------------------

    def open(self, paths: Sequence[Path], work: Path | None = None) -> None:
        """Open a folder, or the folder of some files with only these in the list.

        Journals are read afterwards, between the events of the window.

        Parameters
        ----------
        paths
            One folder, or files.
        work
            Where the journals are when not beside the images.

        Raises
        ------
        DentLMError
            When the folder cannot be opened.
        """
        # Decoders take half a second to import; the panel opens without them.
        from napari_dentlm.core.folder import PatientFolder
        from napari_dentlm.core.imaging import image_paths

        self.close()
        # The worker, which gets these paths, works in another folder.
        paths = [path.absolute() for path in paths]
        files = None
        root = paths[0]
        if len(paths) > 1 or not root.is_dir():
            files = [file for path in paths for file in image_paths(path)]
            root = _common_folder(paths)
        folder = self._folder = PatientFolder.open(root, work=None if work is None else work.absolute())
        found = folder.paths() if files is None else files
        self._list([Entry(file, folder.relative(file), folder, self.reader) for file in found])
        self._rows = {entry.path: row for row, entry in enumerate(self.entries)}
        self.reset.emit()

    def close(self) -> None:
        """Let go of the folder and its lock; who works on its films is told before."""
        if self._folder is not None:
            self.closing.emit()
        self._list(())
        self.films.forget()
        folder, self._folder, self._rows = self._folder, None, {}
        self.current = -1
        self._ahead.stop()
        if folder is not None:
            folder.close()
            self.reset.emit()

    def journal(self, path: Path, image_ids: Sequence[str]) -> Journal:
        """The journal of a file, to be closed by the caller.

        Raises
        ------
        DentLMError
            When no folder is open, or the journal cannot be read.
        """
        if self._folder is None:
            raise DentLMError(f"{path.name}: its patient folder was closed. Open the folder again.")
        return self._folder.journal(path, image_ids)

    def __contains__(self, path: Path) -> bool:
        """Whether a file is one of the films."""
        return path in self._rows

    def unlabelled(self) -> list[Entry]:
        """Films without points, of those whose journals were read; `unread` says how many were not."""
        return [entry for entry in self.entries if entry.known is not None and entry.status in _UNLABELLED]

    # ---- changes ---------------------------------------------------------------------------------------------------

    def refresh(self, path: Path) -> None:
        """Look up again what a file's journal says."""
        row = self._rows.get(path)
        if row is not None:
            entry = self.entries[row]
            if entry.known != entry.read():
                self._tell(row)

    def mark_failed(self, path: Path, why: str) -> None:
        """Show that a file could not be read or labelled."""
        row = self._rows.get(path)
        if row is not None and self._folder is not None:
            entry = self.entries[row]
            if entry.status is Status.NEW:
                self._folder.mark_failed(path, why)
                entry.read()
            entry.note = why
            self._tell(row)

    def set_calibration(self, path: Path, calibration: Calibration) -> None:
        """Keep the calibration that a file was found to have, so that the list can tell millimetres."""
        row = self._rows.get(path)
        if row is not None and self.entries[row].calibration != calibration:
            self.entries[row].calibration = calibration
            self.entry_changed.emit(row)

    def write_prediction(self, prediction: FilePrediction, film: Film | None) -> None:
        """Write predictions to the journal of their file.

        Parameters
        ----------
        prediction
            Of all frames of one file.
        film
            The film in view when it is this file; its open journal is used then.

        Raises
        ------
        DentLMError
            When the journal cannot be written.
        """
        if film is not None:
            _write(film.journal, prediction)
        else:
            with self.journal(prediction.path, prediction.image_ids) as journal:
                _write(journal, prediction)
        self.refresh(prediction.path)
        row = self._rows.get(prediction.path)
        if row is not None:
            self.entries[row].note = next((frame.refusal for frame in prediction.frames if frame.refusal), "")
            self._tell(row)
            self._rearrange.start()

    # ---- inner workings --------------------------------------------------------------------------------------------

    def _read_ahead(self) -> None:
        following = self.neighbour(1)
        if following is not None:
            self.films.read_ahead(self.entries[following].path)


def _common_folder(paths: Sequence[Path]) -> Path:
    try:
        return Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))
    except ValueError as error:
        raise DentLMError(
            f"{paths[0].name} and the others lie on different drives. Open those of one drive at a time."
        ) from error


def _write(journal: Journal, prediction: FilePrediction) -> None:
    if prediction.image_ids != journal.image_ids:
        raise DentLMError(f"{prediction.path.name} has changed since it was opened. Open the folder again.")
    if prediction.scheme != journal.scheme.name:
        # What is no film and no face to the model says nothing against points of the other kind.
        if prediction.refusal and journal.has_points:
            return
        journal.begin_anew(load_scheme(prediction.scheme))
    how = {"model": prediction.origin, "options": prediction.options}
    for frame in prediction.frames:
        if prediction.added:
            write_added_face(journal, frame.faces[0], frame=frame.frame, **how)
        else:
            write_faces(journal, frame.faces, frame=frame.frame, **how)
