"""What can be asked of a journal: what each reader sees of an image file, and how the file itself is."""

from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from napari_dentlm.core.annotation import Annotation, Landmark
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.journal_events import Event, EventKind
from napari_dentlm.core.journal_log import JournalLog
from napari_dentlm.core.journal_replay import ReaderView
from napari_dentlm.core.scheme import LandmarkScheme


class JournalReading:
    """The half of a `Journal` that changes nothing."""

    def __init__(self, log: JournalLog) -> None:
        self._log = log
        self._views: dict[str, ReaderView] = {}
        self._guard = RLock()

    @classmethod
    def open(
        cls,
        sidecar: Path,
        *,
        image_ids: Sequence[str],
        scheme: LandmarkScheme,
        others: Sequence[LandmarkScheme] = (),
        read_only: bool = False,
    ) -> Self:
        """Open the journal of an image file.

        A last line that was torn when its writer was stopped goes to ``<sidecar>.torn``, and the journal goes
        on. Any other break opens it read-only, with what stands before the break. Labels of another image or
        scheme are not shown at all.

        Parameters
        ----------
        sidecar
            The file; it need not exist.
        image_ids
            One id per frame of the image file.
        scheme
            Scheme of the landmarks; of a journal that is there, unless it has one of the `others`.
        others
            Further schemes that it may have.
        read_only
            Change nothing, whatever is found.

        Raises
        ------
        JournalError
            When the file is there but cannot be read.
        """
        return cls(JournalLog.open(Path(sidecar), tuple(image_ids), scheme, read_only, others))

    @property
    def path(self) -> Path:
        """The sidecar."""
        return self._log.path

    @property
    def scheme(self) -> LandmarkScheme:
        """Scheme of the landmarks."""
        return self._log.scheme

    @property
    def image_ids(self) -> tuple[str, ...]:
        """One id per frame of the image file."""
        return self._log.image_ids

    @property
    def problem(self) -> str:
        """Why nothing can be written, in words; empty when it can."""
        return self._log.problem

    @property
    def remark(self) -> str:
        """What was set aside when the journal was opened, in words; empty when nothing was."""
        return self._log.remark

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written; `problem` says why."""
        return bool(self.problem)

    @property
    def events(self) -> tuple[Event, ...]:
        """All events, oldest first, for a history."""
        return tuple(self._log.events)

    def annotation(self, reader: str, frame: int = 0, instance: int = 0) -> Annotation:
        """What `reader` sees: the model's points and the reader's own acts; ``""`` sees the model alone."""
        with self._guard:
            return self._view(reader).annotation(frame, instance)

    def instances(self, reader: str, frame: int = 0) -> tuple[int, ...]:
        """Numbers of the faces of a photo that `reader` sees, the patient's first; a film has the one number 0."""
        with self._guard:
            places = self._view(reader).places()
        return tuple(sorted({0} | {instance for number, instance in places if number == frame}))

    def used_instances(self, frame: int = 0) -> frozenset[int]:
        """Every number that a face of a frame has ever had, also of faces that are not there any more."""
        return frozenset(event.instance for event in self._log.events if event.frame == frame and event.keys())

    @property
    def has_points(self) -> bool:
        """Whether anything would be lost with it: a point of the model or any act of a reader."""
        marks = (mark for event in self._log.events for mark in event.marks.values())
        return bool(self.readers()) or any(mark.position is not None for mark in marks)

    def readers(self) -> tuple[str, ...]:
        """Readers with an event in this journal, in the order of their first."""
        return tuple(dict.fromkeys(event.reader for event in self._log.events if event.reader))

    def last_prediction(self, frame: int = 0, instance: int = 0) -> tuple[str, str] | None:
        """Origin and options of the last prediction, to tell whether it would come out the same; or None."""
        for event in reversed(self._log.events):
            if event.event is EventKind.PREDICT and (event.frame, event.instance) == (frame, instance):
                return event.actor, event.options
        return None

    def calibration(self, reader: str) -> Calibration | None:
        """The calibration that `reader` stated, or None."""
        with self._guard:
            return self._view(reader).calibration

    def exclusion(self, reader: str) -> str | None:
        """Why `reader` left the image out; None when he did not. `exclusion_in_force` tells the word that counts."""
        with self._guard:
            return self._view(reader).exclusion

    def accepted(self, reader: str, frame: int = 0, instance: int = 0) -> frozenset[str]:
        """Codes of the warnings that `reader` accepted; see `Journal.accept`."""
        with self._guard:
            return self._view(reader).accepted(frame, instance)

    def close(self) -> None:
        """Accept no more changes. Everything is on the disk already."""
        self._log.problem = self.problem or f"{self.path.name} is closed."

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _view(self, reader: str) -> ReaderView:
        if reader not in self._views:
            self._views[reader] = ReaderView(self._log.scheme, self._log.image_ids, reader, self._log.events)
        return self._views[reader]

    def _landmark(self, reader: str, key: str, frame: int, instance: int) -> Landmark:
        self._log.scheme.index(key)
        with self._guard:
            return self._view(reader).landmark(frame, instance, key)
