"""What one labelled image adds to a table of points; the same for the command line and for the browser page."""

from collections.abc import Collection, Mapping

from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.labelling.results import LabelEvent


def rows_of_event(
    event: LabelEvent, *, image: str, patient: str, keys: Mapping[str, Collection[str]]
) -> list[landmark_csv.LandmarkRow]:
    """Rows of one image, for all its annotations.

    Parameters
    ----------
    event
        The image is done; of a file that failed there are no rows.
    image
        Path of the image as the table shall hold it.
    patient
        Pseudonym of the patient, or empty.
    keys
        The landmarks of the models, by scheme. A model of one landmark writes one row an image, but what readers did
        is always written.
    """
    if event.image is None:
        return []
    width, height = event.image.width, event.image.height
    return [
        row
        for annotation, calibration in zip(event.annotations, event.calibrations, strict=True)
        for row in landmark_csv.rows_of(
            annotation, image=image, image_size=(width, height), calibration=calibration, patient=patient
        )
        if row.landmark in keys.get(row.scheme, ()) or row.state.by_reader
    ]
