"""The cascades on a batch of images, of which none can spoil the others."""

from collections.abc import Sequence

from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.router import Routed, Router
from napari_dentlm.labelling.jobs import Job
from napari_dentlm.labelling.results import Outcome


def predict(jobs: Sequence[Job], router: Router, quality: Quality) -> None:
    """Put the cascade's word into each job; when the batch fails, each image goes alone, so only the culprit fails.

    Parameters
    ----------
    jobs
        Images to look at, with their frames.
    router
        Finds the cascade of each image, unless its journal holds points of a scheme already.
    quality
        How much time to spend on an image.
    """
    if not jobs:
        return
    try:
        found = _routed(jobs, router, quality)
    except Exception as error:  # noqa: BLE001 - one odd image must not end a batch of thousands
        if len(jobs) == 1:
            name = jobs[0].source.path.name
            jobs[0].fail(f"{name}: the cascade failed with {type(error).__name__} ({error}).")
            return
        for job in jobs:
            predict([job], router, quality)
        return
    for job, routed in zip(jobs, found, strict=True):
        job.routed = routed
        if routed.prediction.refusal:
            job.outcome, job.message = Outcome.REFUSED, routed.prediction.refusal


def _routed(jobs: Sequence[Job], router: Router, quality: Quality) -> list[Routed]:
    """What the cascade of each image says; one batch for all whose scheme is open, one for each scheme that is not."""
    found: dict[int, Routed] = {}
    for scheme in dict.fromkeys(job.scheme for job in jobs):
        own = [n for n, job in enumerate(jobs) if job.scheme == scheme]
        frames = [frame for n in own if (frame := jobs[n].frame) is not None]
        greys = [frame.grey for frame in frames]
        cascade = router.cascade(scheme)
        if cascade is None:
            in_colour = [frame.image.in_colour for frame in frames]
            found.update(zip(own, router.predict(greys, quality=quality, in_colour=in_colour), strict=True))
        else:
            said = cascade.predict(greys, quality=quality)
            found.update((n, Routed(cascade, prediction)) for n, prediction in zip(own, said, strict=True))
    return [found[n] for n in range(len(jobs))]
