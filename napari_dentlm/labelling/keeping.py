"""What becomes of the points of an image: into its journal, and out as annotations with their calibrations."""

from collections.abc import Callable

from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.router import Routed, Router
from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError, sentence_of
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.journal_faces import FoundFace, write_faces
from napari_dentlm.core.scheme import PHOTO, LandmarkScheme
from napari_dentlm.labelling.jobs import Job
from napari_dentlm.labelling.read_ahead import ReadFrame
from napari_dentlm.labelling.results import Outcome, faces_of, refusal_of, under_readers
from napari_dentlm.labelling.store import NOT_KEPT


class Keeper:
    """Writes predictions into journals.

    Parameters
    ----------
    router
        Whose predictions they are.
    quality
        How much time was spent on them.
    spacing_mm
        Millimetres per pixel of all films, which then counts before any other calibration; photographs keep theirs.
    predictions_only
        True to give the model's points whatever readers did.
    note
        Told what the user should know at the end.
    """

    def __init__(
        self,
        router: Router,
        quality: Quality,
        spacing_mm: float | None,
        predictions_only: bool,
        note: Callable[[str], None],
    ) -> None:
        self._router = router
        self._quality = quality
        self._spacing = None if spacing_mm is None else Calibration.user(spacing_mm)
        self._predictions_only = predictions_only
        self._note = note

    def write(self, job: Job, frame: ReadFrame) -> tuple[Annotation, ...]:
        """Give the annotations of one frame, after the journal knows the new points."""
        journal, number, routed = job.journal, frame.image.frame, job.routed
        faces = [] if routed is None else faces_of(routed.prediction, routed.cascade.keys, routed.cascade.origin)
        if journal is None:
            assert routed is not None
            return _plain(routed, frame, faces)
        numbers = list(range(len(faces)))
        if faces and routed is not None:
            kept = None if journal.read_only else self._kept(journal, routed, faces, number)
            if kept is None and routed.cascade.scheme != journal.scheme:
                return _plain(routed, frame, faces)
            if kept == []:
                # The model sees no face, but the one in a box that a reader drew keeps its points.
                job.outcome, job.message = Outcome.UNCHANGED, ""
            numbers, faces = (numbers, faces) if kept is None else (kept, [])
        new = dict(zip(numbers, faces, strict=False))
        readers = ("",) if self._predictions_only else journal.readers() or ("",)
        annotations = tuple(
            _with_new(journal.annotation(reader, number, instance), new.get(instance))
            for reader in readers
            for instance in sorted({*journal.instances(reader, number), *new})
        )
        keys = self._keys(journal.scheme)
        if job.outcome is Outcome.UNCHANGED and (refusal := refusal_of(annotations[0], keys)):
            job.outcome, job.message = Outcome.REFUSED, refusal
        return annotations

    def origin(self, job: Job) -> str:
        """Return the model whose points a job shows; empty where there is none."""
        if job.routed is not None:
            return job.routed.cascade.origin
        last = None if job.journal is None or job.frame is None else job.journal.last_prediction(job.frame.image.frame)
        return "" if last is None else last[0]

    def calibration(self, job: Job, annotation: Annotation) -> Calibration:
        """Return the calibration that counts for one annotation of a job's frame."""
        # A photo lies at a distance of its own: the films' millimetres are not its.
        if self._spacing is not None and annotation.scheme.name != PHOTO:
            return self._spacing
        reader = annotation.annotator
        stated = job.journal.calibration(reader) if job.journal is not None and reader else None
        assert job.frame is not None
        return stated or job.frame.image.calibration

    def _kept(self, journal: Journal, routed: Routed, faces: list[FoundFace], frame: int) -> list[int] | None:
        """Write faces into the journal and return their numbers; None where that fails: a note says so."""
        options = self._router.options(self._quality, refused=routed.prediction.points is None)
        try:
            if routed.cascade.scheme != journal.scheme:
                journal.begin_anew(routed.cascade.scheme)
            return write_faces(journal, faces, model=routed.cascade.origin, options=options, frame=frame)
        except (JournalError, OSError) as error:
            self._note(f"{sentence_of(error)} {NOT_KEPT}")
            return None

    def _keys(self, scheme: LandmarkScheme) -> tuple[str, ...]:
        cascade = self._router.cascade(scheme.name)
        return scheme.keys if cascade is None else cascade.keys


def _plain(routed: Routed, frame: ReadFrame, faces: list[FoundFace]) -> tuple[Annotation, ...]:
    """The model's word alone, where no journal keeps it."""
    image = frame.image
    return tuple(
        under_readers(Annotation(routed.cascade.scheme, image.image_id, image.frame, number), face)
        for number, face in enumerate(faces)
    )


def _with_new(annotation: Annotation, face: FoundFace | None) -> Annotation:
    return annotation if face is None else under_readers(annotation, face)
