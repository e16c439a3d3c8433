"""What a cascade says about one image."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.cascade.face_box import FaceBox
from napari_dentlm.cascade.stages.face_area import FaceArea
from napari_dentlm.cascade.trust import Signs


class Quality(StrEnum):
    """How much work goes into an image."""

    FAST = "fast"
    STANDARD = "standard"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Prediction:
    """Landmarks of one image, or why there are none.

    Parameters
    ----------
    points
        (K, 2) float64 in image pixels, x then y; None when the image was refused.
    expected_error_px
        (K,) radius in pixels that holds the true point with the bundle's stated probability; None when the
        bundle is not calibrated, the film is unlike the training films, or a film was looked at with ``fast``.
    signs
        What the cascade noticed about each point, from which the expected error is computed.
    unit_px
        Pixels per face unit, about a millimetre, as the cascade estimates it from the face; never a calibration.
    flags
        K texts: empty, or why to look at this point first.
    refusal
        Empty, or in words why there are no points.
    face_area
        What the first stage found.
    coarse
        (K, 2) points of the coarse stage.
    scheme
        Name of the scheme of the points.
    box
        The face on a photo; None on a film.
    others
        Further faces of the same photo, the largest first; each has points and a box, and no others of its own.
    """

    points: NDArray[np.float64] | None
    expected_error_px: NDArray[np.float64] | None = None
    signs: Signs | None = None
    unit_px: float | None = None
    flags: tuple[str, ...] = ()
    refusal: str = ""
    face_area: FaceArea | None = None
    coarse: NDArray[np.float64] | None = None
    scheme: str = ""
    box: FaceBox | None = None
    others: "tuple[Prediction, ...]" = ()

    @property
    def faces(self) -> "tuple[Prediction, ...]":
        """All faces with points, the patient's first; none where the image was refused."""
        return () if self.points is None else (self, *self.others)
