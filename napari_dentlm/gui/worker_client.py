"""The GUI's end of the worker: starts the child process, sends jobs, and survives its death."""

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, QProcess, Signal

logger = logging.getLogger(__name__)

CRASHED = "The labelling program stopped in the middle of this film. The other films go on."
GONE = "The labelling program stopped unexpectedly. Nothing is lost; please start the job again."
NOT_STARTED = "The labelling program could not be started. Reinstall napari-dentlm, or restart napari."
_COMMAND = (sys.executable, "-P", "-m", "napari_dentlm.worker")


@dataclass
class _Job:
    """A job under way; `waiting` are the paths without an answer, in order."""

    command: dict[str, Any]
    total: int = 0
    waiting: list[str] = field(default_factory=list)
    started: bool = False
    cancelled: bool = False

    @property
    def done(self) -> int:
        return self.total - len(self.waiting)


class WorkerClient(QObject):
    """Sends jobs to the resident child process and hands its events on as signals.

    When the child dies in the middle of a film, that film is reported as failed, a new child is started and goes on
    with the rest.

    Parameters
    ----------
    parent
        Owner.
    command
        Program and arguments of the child.
    """

    started = Signal(int, dict)  # job, what it says: `origin` is the model, `stages` the networks to train
    # Paths and events as objects: PySide6 would make Qt's own of them, which know no names that are no Unicode.
    progress = Signal(int, int, int, object)  # job, done, total, path
    result = Signal(int, object)
    failed = Signal(int, object, str)  # job, path, message
    finished = Signal(int, dict)
    error = Signal(int, str)
    restarted = Signal(str)

    def __init__(self, parent: QObject | None = None, command: Sequence[str] = _COMMAND) -> None:
        super().__init__(parent)
        self.command = list(command)
        self._process: QProcess | None = None
        self._jobs: dict[int, _Job] = {}
        self._last_id = 0
        self._tail = b""

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return bool(self._jobs)

    @property
    def pid(self) -> int:
        """Process id of the child; 0 when there is none."""
        return int(self._process.processId()) if self._process is not None else 0

    def label(self, paths: Sequence[Path], **options: Any) -> int:
        """Start labelling `paths`; the number of the job comes back.

        Parameters
        ----------
        paths
            Image files.
        options
            ``model`` (a name, or a folder), ``device``, ``quality``; ``frame`` and ``box`` of one face.
        """
        texts = [str(path.absolute()) for path in paths]
        return self._start({"do": "label", "paths": texts, **_with_absolute_paths(options)}, texts)

    def train(self, labels: Path, recipe: str | Path, out: Path, *, images: Path | None = None, **options: Any) -> int:
        """Start a training; the number of the job comes back.

        Parameters
        ----------
        labels, recipe, out, images
            As ``training.train`` takes them.
        options
            ``start_from``, ``spacing_mm``, ``max_steps``.
        """
        paths = {"labels": labels, "recipe": recipe, "out": out, "images": images}
        return self._start({"do": "train", **_with_absolute_paths(paths | options)}, [])

    def cancel(self, number: int) -> None:
        """Stop a job: labelling before its next film, a training after its step."""
        job = self._jobs.get(number)
        if job is not None:
            job.cancelled = True
            self._send({"do": "cancel", "id": number})

    def abort(self, number: int) -> None:
        """Stop a job at once by ending the child process; other jobs of this client fail with it.

        For a training, which may be in the middle of a long step and keeps nothing when it is stopped.
        """
        job = self._jobs.get(number)
        if job is not None and self._process is not None:
            job.cancelled = True
            self._process.kill()

    def stop(self) -> None:
        """End the child process; jobs under way are dropped without a word."""
        self._jobs.clear()
        process, self._process = self._process, None
        if process is None:
            return
        process.finished.disconnect()
        process.write(b'{"do": "quit"}\n')
        process.closeWriteChannel()
        if not process.waitForFinished(300):
            process.kill()
            process.waitForFinished(2000)

    def _start(self, command: dict[str, Any], paths: list[str]) -> int:
        self._last_id += 1
        command = {"id": self._last_id, **command}
        self._jobs[self._last_id] = _Job(command, total=len(paths), waiting=list(paths))
        self._send(command)
        return self._last_id

    def _send(self, command: dict[str, Any]) -> None:
        if self._process is None:
            self._process = self._new_process()
        self._process.write((json.dumps(command) + "\n").encode())

    def _new_process(self) -> QProcess:
        process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read_events)
        process.readyReadStandardError.connect(self._read_complaints)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._tail = b""
        # A folder that belongs to the program: Python would import modules that lie in a patient folder.
        process.setWorkingDirectory(str(Path(sys.executable).parent))
        process.start(self.command[0], self.command[1:])
        return process

    def _read_events(self) -> None:
        if self._process is None:
            return
        *lines, self._tail = (self._tail + bytes(self._process.readAllStandardOutput())).split(b"\n")
        for line in lines:
            self._handle(json.loads(line))

    def _read_complaints(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError()).decode(errors="replace")
            # Not louder: its complaints name files.
            logger.debug("worker: %s", text.rstrip())

    def _handle(self, event: dict[str, Any]) -> None:
        """Turn one event of the child into a signal."""
        number = event.pop("id")
        job = self._jobs.get(number)
        if job is None:
            return
        kind = event.pop("event")
        if kind == "started":
            job.started = True
            self.started.emit(number, event)
        elif kind == "result":
            self.result.emit(number, event)
        elif kind == "failed":
            self.failed.emit(number, event["path"], event["message"])
        elif kind == "progress":
            self._on_progress(number, job, event)
        elif kind in ("finished", "error"):
            del self._jobs[number]
            if kind == "finished":
                self.finished.emit(number, event["summary"])
            else:
                self.error.emit(number, event["message"])

    def _on_progress(self, number: int, job: _Job, event: dict[str, Any]) -> None:
        if job.total:
            # Counted here, because a child that was started anew knows of the rest only.
            job.waiting = job.waiting[1:] if job.waiting[:1] == [event["path"]] else job.waiting
            self.progress.emit(number, job.done, job.total, event["path"])
        else:
            self.progress.emit(number, event["done"], event["total"], event["path"])

    def _on_error(self, kind: QProcess.ProcessError) -> None:
        if kind == QProcess.ProcessError.FailedToStart:
            self._process = None
            jobs, self._jobs = list(self._jobs), {}
            for number in jobs:
                self.error.emit(number, NOT_STARTED)

    def _on_finished(self, *_: object) -> None:
        """The child died by itself: report it, and go on with what was waiting."""
        self._read_events()
        self._read_complaints()
        logger.warning("the worker ended unexpectedly")
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        jobs, self._jobs = self._jobs, {}
        for number, job in jobs.items():
            self._after_death(number, job)

    def _after_death(self, number: int, job: _Job) -> None:
        if job.cancelled:
            self.finished.emit(number, {"cancelled": True})
        elif not job.started or not job.waiting:
            self.error.emit(number, GONE)
        else:
            # The film at the head was in work; without it the rest can go on in a new process.
            path = job.waiting.pop(0)
            job.started = False
            self.failed.emit(number, path, CRASHED)
            self.restarted.emit(CRASHED)
            self.progress.emit(number, job.done, job.total, path)
            if job.waiting:
                self._jobs[number] = job
                self._send({**job.command, "paths": job.waiting})
            else:
                self.finished.emit(number, {"cancelled": False})


def _with_absolute_paths(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as the child understands them, which works in another folder.

    A text of one word is a name: the name of a shipped model must not turn into a folder that happens to lie here.
    """
    return {
        name: str(Path(value).absolute())
        if isinstance(value, Path) or (isinstance(value, str) and len(Path(value).parts) > 1)
        else value
        for name, value in options.items()
    }
