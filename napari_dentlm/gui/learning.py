"""Retraining on the reader's corrections, in a child process of its own."""

import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from qtpy.QtCore import QObject, Signal

from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.core.formats.landmark_csv import LandmarkRow
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.scheme import FILM
from napari_dentlm.gui.export import Exporter, TableExport
from napari_dentlm.gui.export_films import Export, in_words
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.model_choice import CARD, MODELS, ModelChoice, verdict_of
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.worker_client import WorkerClient

TITLE = "Retraining"
RECIPE = "ceph19"
LEAST_FILMS = 10
_STAGES = {"coarse": "coarse points", "refine": "refined points"}


@dataclass(slots=True)
class LabelsExport(TableExport):
    """The points to learn from: those on films, for `RECIPE` knows no faces.

    Parameters
    ----------
    apart
        Every film shows another patient, which the training must know to hold some out.
    """

    title: ClassVar[str] = TITLE

    apart: bool = False
    _left_faces: bool = field(default=False, init=False)

    @property
    def summary(self) -> str:
        """What the training learns from, in words."""
        if self._left_faces and not (self.written or self.failures):
            return "There is nothing to learn from: a retraining learns from films, and only photographs are corrected."
        # Without arguments it would mean the class before `slots` made it anew.
        return super(LabelsExport, self).summary

    def _of_frame(self, journal: Any, image: Any) -> Any:
        image, annotations, rows = TableExport._of_frame(self, journal, image)
        own = [self._grouped(row) for row in rows if row.scheme == FILM]
        self._left_faces |= len(own) < len(rows)
        return image, annotations, own

    def _grouped(self, row: LandmarkRow) -> LandmarkRow:
        return replace(row, patient=f"F{row.image_id[:12]}") if self.apart else row


class Learning(QObject):
    """One retraining at a time, in a child process of its own, so that labelling goes on.

    Parameters
    ----------
    session
        Gives the films.
    labelling
        Its model is the one in use.
    parent
        Owner.
    """

    began = Signal(int)
    advanced = Signal(int, int)
    ended = Signal()
    message = Signal(str)
    stage_changed = Signal(str)
    failures_changed = Signal(str, str, list)  # what found them, a heading, and each Finding

    def __init__(self, session: Session, labelling: Labelling, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.client = WorkerClient(self)
        self.max_steps: int | None = None
        self.models = ModelChoice(session, labelling, self)
        self.models.message.connect(self.message)
        self._session, self._labelling = session, labelling
        self._folder: Path | None = None
        self._job = 0
        self._stages = _Stages()
        self._exporter = Exporter(session.worklist, self)
        self._exporter.finished.connect(self._on_labels)
        self.client.started.connect(self._on_started)
        self.client.progress.connect(self._on_progress)
        self.client.finished.connect(self._on_finished)
        self.client.error.connect(self._on_error)

    # ---- retraining ------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether a retraining is under way."""
        return self._folder is not None

    def advice(self) -> str:
        """Why a retraining is unlikely to help now, in words; empty when it may, or cannot be at all."""
        reviewed = (Status.IN_REVIEW, Status.DONE)
        entries = self._session.worklist.entries
        films = sum(entry.status in reviewed and entry.summary.scheme == FILM for entry in entries)
        if films >= LEAST_FILMS or self.obstacle():
            return ""
        count = "Only 1 film has" if films == 1 else f"{f'Only {films}' if films else 'No'} films have"
        return (
            f"{count} points that you corrected or confirmed. With fewer than {LEAST_FILMS} the new model will hardly "
            "be better, and nobody can tell. Correct some more films first."
        )

    def obstacle(self) -> str:
        """Why no retraining can start now, in words; empty when one can."""
        if self.running:
            return "A retraining is under way already. Wait until it is done, or press Cancel."
        worklist = self._session.worklist
        return "Open a patient folder first." if worklist.root is None else worklist.problem

    def start(self, *, apart: bool = False, reader: str = "") -> None:
        """Write a reader's points into the patient or work folder and train on them, from the model in use.

        Parameters
        ----------
        apart
            Every film shows another patient.
        reader
            Whose points to learn from; by default those of the present reader.
        """
        worklist, obstacle = self._session.worklist, self.obstacle()
        if obstacle or worklist.home is None:
            self.message.emit(obstacle)
            return
        folder = worklist.home / MODELS / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            self.message.emit(in_words(error, folder))
            return
        self._folder = folder
        self._stages = _Stages()
        self.failures_changed.emit(TITLE, "", [])
        self.began.emit(0)
        self.stage_changed.emit("Collecting your points …")
        labels, reader = folder / "labels.csv", reader or self._session.reader
        self._exporter.run(LabelsExport(worklist, reader, ExportPurpose.TRAINING, labels, apart=apart))

    def cancel(self) -> None:
        """Stop at once; nothing of the new model stays."""
        self._exporter.cancel()
        self.client.abort(self._job)

    def stop(self) -> None:
        """End the child process with the window; nothing of an unfinished model stays."""
        self.client.stop()
        self._exporter.cancel()
        self._job = 0
        self._remove_unfinished()

    # ---- what comes back -------------------------------------------------------------------------------------------

    def _on_labels(self, export: Export, text: str) -> None:
        """The reader's points are written; or there are none, or the collecting was stopped."""
        self.failures_changed.emit(TITLE, export.heading, export.findings)
        if self._folder is None or not export.written:
            self._end(text)
            return
        self.stage_changed.emit(f"Reading {export.films} films …")
        options = {} if self.max_steps is None else {"max_steps": self.max_steps}
        self._job = self.client.train(export.target, RECIPE, self._folder, start_from=self._labelling.model, **options)

    def _on_started(self, job: int, event: dict[str, Any]) -> None:
        if job == self._job:
            self._stages = _Stages(event["stages"])

    def _on_progress(self, job: int, done: int, total: int, stage: str) -> None:
        if job != self._job:
            return
        self.advanced.emit(*self._stages.overall(stage, done, total))
        self.stage_changed.emit(self._stages.words())

    def _on_finished(self, job: int, summary: dict[str, Any]) -> None:
        folder = self._folder
        if job != self._job or folder is None:
            return
        if summary.get("cancelled"):
            self._end("The retraining was stopped; nothing of it was kept.")
            return
        self.models.look()
        # Another patient folder may have been opened meanwhile, so the newest model there may be another one.
        films = folder.parent.parent.name
        self._end(f"The retraining on {films} is done: model {folder.name}. {verdict_of(folder)}".strip())

    def _on_error(self, job: int, message: str) -> None:
        if job == self._job:
            self._end(message)

    def _end(self, text: str) -> None:
        self._job = 0
        self._remove_unfinished()
        self.stage_changed.emit("")
        self.ended.emit()
        self.message.emit(text)

    def _remove_unfinished(self) -> None:
        """A folder without a model goes; the folder of all models with it where it was the first."""
        folder, self._folder = self._folder, None
        if folder is not None and not (folder / CARD).exists():
            shutil.rmtree(folder, ignore_errors=True)
            if not any(folder.parent.iterdir()):
                folder.parent.rmdir()


class _Stages:
    """Adds the networks' steps up; those to come are taken to be as many as those seen.

    Parameters
    ----------
    count
        Networks to train; 0 when that is not known.
    """

    def __init__(self, count: int = 0) -> None:
        self._count = count
        self._seen: dict[str, tuple[int, int]] = {}

    def overall(self, stage: str, done: int, total: int) -> tuple[int, int]:
        """Steps done and steps in all; (0, 0) when the networks are trained and only measured."""
        self._seen[stage] = done, total
        steps = sum(each for each, _ in self._seen.values())
        known = sum(each for _, each in self._seen.values())
        if self._over:
            return 0, 0
        return steps, round(known / len(self._seen) * max(self._count, len(self._seen)))

    def words(self) -> str:
        """What is trained now."""
        if self._over:
            return "Comparing the new model with the old one …"
        name = next(reversed(self._seen))
        part = _STAGES.get(name.split("-")[0], name)
        return f"Learning: {part}, network {len(self._seen)} of {max(self._count, len(self._seen))}"

    @property
    def _over(self) -> bool:
        return len(self._seen) >= self._count and all(done >= total for done, total in self._seen.values())
