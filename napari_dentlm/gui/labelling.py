"""Labelling films through the worker: which films, what comes back, how it is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worker_client import WorkerClient

DEFAULT_MODEL = "ceph19"


class Labelling(QObject):
    """One labelling job at a time, with the bundle `model` (a name or a folder).

    Parameters
    ----------
    session
        Gives the films and takes the predictions.
    client
        The worker.
    parent
        Owner.
    """

    began = Signal(int)
    advanced = Signal(int, int)
    ended = Signal()
    stages_changed = Signal()

    def __init__(self, session: Session, client: WorkerClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = DEFAULT_MODEL
        self._session = session
        self._client = client
        self._job = 0
        self._labelled = 0
        self._failures: list[str] = []
        self._windows: dict[tuple[Path, int], NDArray[np.float64]] = {}
        client.progress.connect(self._on_progress)
        client.result.connect(self._on_result)
        client.failed.connect(self._on_failed)
        client.finished.connect(self._on_finished)
        client.error.connect(self._on_error)
        client.restarted.connect(session.message)
        session.worklist.closing.connect(self.cancel)

    @property
    def running(self) -> bool:
        """Whether a job is under way."""
        return self._job != 0

    def label_film(self) -> None:
        """Label the film in view."""
        film = self._session.film
        if film is None:
            self._session.message.emit("Open a film first.")
        else:
            self._start([film.image.path])

    def label_all(self) -> None:
        """Label the films without points; when all have some, label all anew."""
        paths = self._session.worklist.unlabelled()
        if paths:
            self._start(paths)
        else:
            self._session.message.emit("Open a patient folder first.")

    def cancel(self) -> None:
        """Stop after the film in work; what is labelled stays."""
        self._client.cancel(self._job)

    def window(self, path: Path, frame: int) -> NDArray[np.float64] | None:
        """Corners of the face area found in this session, (4, 2) float64, x then y, pixels; None otherwise."""
        return self._windows.get((path, frame))

    def _start(self, paths: Sequence[Path]) -> None:
        if self.running:
            return
        problem = self._session.worklist.problem
        if problem:
            self._session.message.emit(problem)
            return
        self._labelled, self._failures = 0, []
        self.began.emit(len(paths))
        self._job = self._client.label(paths, model=self.model)

    def _on_progress(self, job: int, done: int, total: int, _path: str) -> None:
        if job == self._job:
            self.advanced.emit(done, total)

    def _on_result(self, job: int, event: dict[str, Any]) -> None:
        if job != self._job:
            return
        prediction = FilePrediction.from_event(event)
        if not self._session.take_prediction(prediction):
            return
        self._labelled += 1
        for frame in prediction.frames:
            if frame.face_area is not None:
                self._windows[prediction.path, frame.frame] = frame.face_area
            if frame.refusal:
                self._failures.append(f"{prediction.path.name}: {frame.refusal}")
        self.stages_changed.emit()

    def _on_failed(self, job: int, path: str, message: str) -> None:
        if job == self._job:
            self._failures.append(message)
            self._session.worklist.mark_failed(Path(path), message)

    def _on_finished(self, job: int, summary: dict[str, Any]) -> None:
        if job == self._job:
            start = "Stopped" if summary.get("cancelled") else "Done"
            self._end(f"{start}: {_films(self._labelled)} labelled.")

    def _on_error(self, job: int, message: str) -> None:
        if job == self._job:
            self._end(message)

    def _end(self, text: str) -> None:
        self._job = 0
        if self._failures:
            shown = " ".join(self._failures[:2])
            more = f" And {len(self._failures) - 2} more; see the list." if len(self._failures) > 2 else ""
            text = f"{text} {_films(len(self._failures))} without points: {shown}{more}"
        self.ended.emit()
        self._session.message.emit(text)


def _films(count: int) -> str:
    return "1 film" if count == 1 else f"{count} films"
