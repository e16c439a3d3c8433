"""Labelling films through the worker: which films, what comes back, how it is told."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.box import Box
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.scheme import PHOTO
from napari_dentlm.gui.failures import Finding, counted, with_name
from napari_dentlm.gui.predictions import FilePrediction
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worker_client import WorkerClient

DEFAULT_MODEL = "ceph19"
TITLE = "Labelling"
LOOKING = "Looking which films have points already; then labelling begins by itself."
ALL_LABELLED = "All films have points already."
OTHERS_LABELLED = "could not be labelled; all others have points already."
ANEW = "Press Label all films once more to label all of them anew; points that you touched stay."
NO_FACE_IN_BOX = "No frontal face was found in this box, so nothing was changed. Draw it closer around the face"
FACE_ADDED = "The face in the box has its points. Look at them"
NOT_WRITTEN = "Its points could not be written."


class Labelling(QObject):
    """One labelling job at a time, with the bundle `model` (a name or a folder).

    `failures` says which films of the last job are without points.

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
    failures_changed = Signal(str, str, list)  # what found them, a heading, and each Finding

    def __init__(self, session: Session, client: WorkerClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = DEFAULT_MODEL
        self._session = session
        self._client = client
        self._job = 0
        self._model_at_work = ""
        self._failed_with: set[tuple[Path, str]] = set()
        self._labelled: Counter[str] = Counter()
        self._waits = False
        self._asked = False
        self._outcome = ""
        self.failures: list[Finding] = []
        self._windows: dict[tuple[Path, int], NDArray[np.float64]] = {}
        self._coarse: dict[tuple[Path, int], NDArray[np.float64]] = {}
        client.progress.connect(self._on_progress)
        client.result.connect(self._on_result)
        client.failed.connect(self._on_failed)
        client.finished.connect(self._on_finished)
        client.error.connect(self._on_error)
        client.restarted.connect(session.message)
        session.worklist.closing.connect(self._on_closing)
        session.worklist.counts_changed.connect(self._on_counts)
        session.film_changed.connect(self._forget_question)

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

    def label_face(self, box: Box) -> None:
        """Label the face in a box that the reader drew on the photo in view."""
        film = self._session.film
        if film is not None:
            self._start([film.image.path], frame=film.image.frame, box=box.numbers)

    def label_all(self) -> None:
        """Label the films without points; when there are none, label all anew if the reader asks for it twice.

        A film that this model failed at before does not count as one without points: it would fail again, every time.
        """
        worklist = self._session.worklist
        if not worklist.entries:
            self._session.message.emit("Open a patient folder first.")
        elif worklist.unread:
            self._waits = True
            self._session.message.emit(LOOKING)
        elif paths := self._untried():
            self._start(paths)
        elif self._asked:
            self._start([entry.path for entry in worklist.entries])
        else:
            self._asked = True
            self._session.message.emit(self._question())

    def cancel(self) -> None:
        """Stop after the film in work; what is labelled stays."""
        self._client.cancel(self._job)

    def window(self, path: Path, frame: int) -> NDArray[np.float64] | None:
        """Corners of the face area found in this session, (4, 2) float64, x then y, pixels; None otherwise."""
        return self._windows.get((path, frame))

    def coarse(self, path: Path, frame: int) -> NDArray[np.float64] | None:
        """Points before refinement found in this session, (K, 2) float64, x then y, pixels; None otherwise.

        The rows are the landmarks of the scheme in its order; NaN where there is no point.
        """
        return self._coarse.get((path, frame))

    def knows_stages(self, path: Path, frame: int) -> bool:
        """Whether this session found a face area or points before refinement: only a film that it labelled has some."""
        return (path, frame) in self._windows or (path, frame) in self._coarse

    def _untried(self) -> list[Path]:
        # A file that failed is new again when its folder was closed: it may have been mended.
        return [
            entry.path
            for entry in self._session.worklist.unlabelled()
            if entry.status is Status.NEW or (entry.path, self.model) not in self._failed_with
        ]

    def _question(self) -> str:
        failed = len(self._session.worklist.unlabelled())
        images = counted(failed, "image", "images")
        return f"{images} {OTHERS_LABELLED} {ANEW}" if failed else f"{ALL_LABELLED} {ANEW}"

    def _on_closing(self) -> None:
        self._waits = False
        self.cancel()

    def _on_counts(self) -> None:
        if self._waits and self._session.worklist.unread == 0:
            self._waits = False
            self.label_all()

    def _forget_question(self) -> None:
        self._asked = False

    def _start(self, paths: Sequence[Path], **options: Any) -> None:
        if self.running:
            self._session.message.emit("Films are being labelled already. Wait until that is done, or press Cancel.")
            return
        problem = self._session.worklist.problem
        if problem:
            self._session.message.emit(problem)
            return
        self.failures, self._asked, self._outcome = [], False, ""
        self._labelled.clear()
        self._tell_failures()
        self.began.emit(len(paths))
        self._model_at_work = self.model
        self._job = self._client.label(paths, model=self.model, **options)

    def _on_progress(self, job: int, done: int, total: int, _path: str) -> None:
        if job == self._job:
            self.advanced.emit(done, total)

    def _on_result(self, job: int, event: dict[str, Any]) -> None:
        if job != self._job:
            return
        prediction = FilePrediction.from_event(event)
        if prediction.added and prediction.refusal:
            self._outcome = NO_FACE_IN_BOX
            return
        if not self._session.take_prediction(prediction):
            # The result for a folder that was closed meanwhile is nobody's loss.
            if prediction.path in self._session.worklist:
                self._fail(prediction.path, NOT_WRITTEN)
            return
        if prediction.added:
            self._outcome = FACE_ADDED
            return
        if prediction.refusal:
            self._failed_with.add((prediction.path, self._model_at_work))
            self._fail(prediction.path, prediction.refusal)
        else:
            self._labelled[prediction.scheme] += 1
        for frame in prediction.frames:
            if frame.face_area is not None:
                self._windows[prediction.path, frame.frame] = frame.face_area
            if frame.coarse is not None:
                self._coarse[prediction.path, frame.frame] = frame.coarse
        self.stages_changed.emit()

    def _on_failed(self, job: int, path: str, message: str) -> None:
        if job == self._job:
            self._failed_with.add((Path(path), self._model_at_work))
            self._fail(Path(path), message)
            self._session.worklist.mark_failed(Path(path), message)

    def _on_finished(self, job: int, summary: dict[str, Any]) -> None:
        if job == self._job:
            start = "Stopped" if summary.get("cancelled") else "Done"
            self._end(self._outcome or f"{start}: {self._count()} labelled")

    def _on_error(self, job: int, message: str) -> None:
        if job == self._job:
            self._end(message.removesuffix("."))

    def _count(self) -> str:
        photos = self._labelled[PHOTO]
        films = self._labelled.total() - photos
        parts = [counted(films, "film", "films")] if films or not photos else []
        return " and ".join([*parts, counted(photos, "photo", "photos")] if photos else parts)

    def _fail(self, path: Path, reason: str) -> None:
        self.failures.append(Finding(path, reason))
        self._tell_failures()

    def _tell_failures(self) -> None:
        images = counted(len(self.failures), "image", "images")
        self.failures_changed.emit(TITLE, f"{images} without points", self.failures)

    def _end(self, text: str) -> None:
        """End the job with `text`, which lacks its full stop."""
        self._job = 0
        if self.failures:
            reasons = " ".join(with_name(found.path, found.sentence) for found in self.failures[:2])
            more = f" And {len(self.failures) - 2} more; see the list." if len(self.failures) > 2 else ""
            text = f"{text}, {len(self.failures)} without points: {reasons}{more}"
        else:
            text = f"{text}."
        self.ended.emit()
        self._session.message.emit(text)
