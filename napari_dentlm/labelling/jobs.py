"""One image on its way through a labelling run, and the thread that takes care of its end."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from napari_dentlm.cascade.router import Routed
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.journal import Journal
from napari_dentlm.labelling.read_ahead import ReadFrame
from napari_dentlm.labelling.results import Outcome
from napari_dentlm.labelling.store import Source

_WRITES_AHEAD = 4


@dataclass(slots=True, eq=False)
class Job:
    """One item on its way from the reader to the writer."""

    source: Source
    outcome: Outcome
    message: str = ""
    duplicate_of: Path | None = None
    frame: ReadFrame | None = None
    journal: Journal | None = None
    routed: Routed | None = None

    @property
    def scheme(self) -> str:
        """Scheme that the image must keep because its journal holds points of it; empty while it is open."""
        return self.journal.scheme.name if self.journal is not None and self.journal.has_points else ""

    @property
    def wants_points(self) -> bool:
        """Whether the cascade has to look at it."""
        return self.outcome is Outcome.LABELLED

    def fail(self, reason: str | Exception) -> None:
        """Give it up, for a reason in words or an error of its journal."""
        if isinstance(reason, Exception) and not isinstance(reason, DentLMError):
            reason = f"{self.source.path.name}: its journal failed with {type(reason).__name__} ({reason})."
        self.outcome, self.message = Outcome.FAILED, str(reason)


class Writer:
    """A thread that takes jobs from a short queue; an error in it reaches whoever puts the next job."""

    def __init__(self, finish: Callable[[Job], None]) -> None:
        self._finish = finish
        self._jobs: queue.Queue[Job | None] = queue.Queue(_WRITES_AHEAD)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="write", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._jobs.put(None)
        self._thread.join()
        if exc_info[0] is None:
            self._raise()

    def put(self, job: Job) -> None:
        """Hand a job over; waits while the queue is full."""
        self._raise()
        self._jobs.put(job)

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is None:
                try:
                    self._finish(job)
                except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
                    self._error = error
