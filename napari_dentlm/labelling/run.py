"""One labelling run.

Three things overlap: threads read and decode (`read_ahead`), the caller's thread runs the cascade, and one
thread writes journals and tells the caller what became of each image. Every queue between them is short, so
memory stays flat however many films there are.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.router import Router
from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.journal import Journal
from napari_dentlm.labelling.jobs import Job, Writer
from napari_dentlm.labelling.keeping import Keeper
from napari_dentlm.labelling.predicting import predict
from napari_dentlm.labelling.read_ahead import ReadFailure, ReadFrame, read_ahead
from napari_dentlm.labelling.results import LabelEvent, LabelSummary, Outcome
from napari_dentlm.labelling.store import Source, Store, find_sources


def label_paths(
    paths: Sequence[str | Path],
    cascade: Cascade | Router,
    *,
    work: Path | None = None,
    fallback_work: Path | None = None,
    journals: bool = True,
    spacing_mm: float | None = None,
    quality: Quality = Quality.STANDARD,
    predictions_only: bool = False,
    batch_size: int = 2,
    on_progress: Callable[[LabelEvent], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> LabelSummary:
    """Label every image of folders, files and DICOMDIRs.

    Parameters
    ----------
    paths
        Folders, image files, DICOMDIRs.
    cascade
        The cascade that predicts, or a router that finds the right one for each image.
    work, fallback_work
        Folder for the journals, always or only where the image folder is read-only.
    journals
        False to predict every image anew and to write nothing.
    spacing_mm
        Millimetres per pixel of all films, which then counts before any other calibration; photographs keep theirs.
    quality
        How much time to spend on an image.
    predictions_only
        True to give the model's points whatever readers did; their points stay in the journals.
    batch_size
        Images in one call of the cascade.
    on_progress
        Called once for each image or failed file, from the writing thread.
    should_stop
        Asked between batches; True ends the run early.

    Returns
    -------
    LabelSummary
        Counts, and what needs a look.

    Raises
    ------
    DentLMError
        When a path does not exist. A bad file never ends the run; it is listed in the summary.
    """
    sources = find_sources([Path(path) for path in paths])
    router = cascade if isinstance(cascade, Router) else Router([cascade])
    schemes = tuple(each.scheme for each in router.cascades)
    store = Store(schemes, work, fallback_work) if journals else None
    run = _Run(router, sources, store, quality, spacing_mm, predictions_only, on_progress or _ignore)
    try:
        run.label(batch_size, should_stop or _never)
    finally:
        run.close()
    return run.summary


class _Run:
    """State of one run: `_admit` runs in the caller's thread, `_finish` in the writer's."""

    def __init__(
        self,
        router: Router,
        sources: list[Source],
        store: Store | None,
        quality: Quality,
        spacing_mm: float | None,
        predictions_only: bool,
        on_progress: Callable[[LabelEvent], None],
    ) -> None:
        self.summary = LabelSummary(files=len(sources))
        self._router = router
        self._sources = {source.path: source for source in sources}
        self._store = store
        self._quality = quality
        self._keeper = Keeper(router, quality, spacing_mm, predictions_only, self.summary.notes.append)
        self._on_progress = on_progress
        self._first_path: dict[str, Path] = {}
        self._journals: dict[Path, Journal] = {}
        self._unusable: set[Path] = set()
        self._done = 0

    def label(self, batch_size: int, should_stop: Callable[[], bool]) -> None:
        """Read, predict and write until all files are done or the caller wants to stop."""
        stop = threading.Event()
        frames = read_ahead(list(self._sources), stop)
        try:
            with Writer(self._finish) as writer:
                while not (cancelled := should_stop()) and (items := list(islice(frames, batch_size))):
                    jobs = [job for item in items if (job := self._admit(item)) is not None]
                    predict([job for job in jobs if job.wants_points], self._router, self._quality)
                    for job in jobs:
                        writer.put(job)
        finally:
            # Also after an error: readers that wait at a full channel would keep the process alive.
            stop.set()
            frames.close()
        self.summary.cancelled = cancelled and self._done < len(self._sources)

    def close(self) -> None:
        """Close what is open and collect the notes."""
        if self._store is not None:
            self.summary.notes += self._store.notes
            self._store.close()

    def _admit(self, item: ReadFrame | ReadFailure) -> Job | None:
        """Decide what is to be done with an item; None for further frames of a file that failed."""
        source = self._sources[item.path]
        if item.path in self._unusable:
            return None
        if isinstance(item, ReadFailure):
            return Job(source, Outcome.FAILED, item.reason)
        job = Job(source, Outcome.LABELLED, frame=item)
        first = self._first_path.setdefault(item.image.image_id, item.path)
        job.duplicate_of = first if first != item.path else None
        try:
            job.journal = self._journal(source, item)
        except Exception as error:  # noqa: BLE001 - one odd journal must not end a batch of thousands
            self._unusable.add(item.path)
            job.fail(error)
            return job
        if job.journal is not None and self._is_current(job.journal, item.image.frame):
            job.outcome = Outcome.UNCHANGED
        return job

    def _journal(self, source: Source, frame: ReadFrame) -> Journal | None:
        if self._store is None:
            return None
        if source.path not in self._journals:
            self._journals[source.path] = self._store.acquire(source, frame.image_ids)
        return self._journals[source.path]

    def _is_current(self, journal: Journal, frame: int) -> bool:
        last = journal.last_prediction(frame)
        if last is None:
            return False
        origin, options = last
        refused = all(mark.position is None for mark in journal.annotation("", frame).landmarks.values())
        return self._router.cascade_of(origin) is not None and options == self._router.options(
            self._quality, refused=refused
        )

    def _finish(self, job: Job) -> None:
        """Write one image's points into its journal and tell the caller."""
        annotations: tuple[Annotation, ...] = ()
        if job.frame is not None and job.outcome is not Outcome.FAILED:
            try:
                annotations = self._keeper.write(job, job.frame)
            except Exception as error:  # noqa: BLE001 - one odd journal must not end a batch of thousands
                job.fail(error)
        calibrations = tuple(self._keeper.calibration(job, annotation) for annotation in annotations)
        if job.frame is None or job.frame.is_last or job.source.path in self._unusable:
            self._done += 1
            if self._journals.pop(job.source.path, None) and self._store is not None:
                self._store.release(job.source)
        event = LabelEvent(
            outcome=job.outcome,
            path=job.source.path,
            frame=job.frame.image.frame if job.frame is not None else 0,
            done=self._done,
            total=len(self._sources),
            message=job.message,
            duplicate_of=job.duplicate_of,
            image=job.frame.image if job.frame is not None else None,
            prediction=None if job.routed is None else job.routed.prediction,
            origin=self._keeper.origin(job),
            annotations=annotations,
            calibrations=calibrations,
        )
        self.summary.count(event)
        self._on_progress(event)


def _ignore(event: LabelEvent) -> None:
    """Take no notice of progress."""


def _never() -> bool:
    """Never stop early."""
    return False
