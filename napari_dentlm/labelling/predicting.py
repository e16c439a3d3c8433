"""The cascade on a batch of images, of which none can spoil the others."""

from collections.abc import Sequence

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.labelling.jobs import Job
from napari_dentlm.labelling.results import Outcome


def predict(jobs: Sequence[Job], cascade: Cascade, quality: Quality) -> None:
    """Put the cascade's word into each job; when the batch fails, each image goes alone, so only the culprit fails.

    Parameters
    ----------
    jobs
        Images to look at, with their frames.
    cascade
        The cascade that predicts.
    quality
        How much time to spend on an image.
    """
    if not jobs:
        return
    greys = [job.frame.grey for job in jobs if job.frame is not None]
    try:
        predictions = cascade.predict(greys, quality=quality)
    except Exception as error:  # noqa: BLE001 - one odd image must not end a batch of thousands
        if len(jobs) == 1:
            name = jobs[0].source.path.name
            jobs[0].fail(f"{name}: the cascade failed with {type(error).__name__} ({error}).")
            return
        for job in jobs:
            predict([job], cascade, quality)
        return
    for job, prediction in zip(jobs, predictions, strict=True):
        job.prediction = prediction
        if prediction.refusal:
            job.outcome, job.message = Outcome.REFUSED, prediction.refusal
