"""A first guess of the scheme of an image, for a reader who places points before any model has looked."""

import numpy as np

from napari_dentlm.core.imaging.image import Image
from napari_dentlm.core.scheme import FILM, PHOTO, LandmarkScheme, load_scheme

COLOURFUL = 12.0
"""Mean difference between the strongest and the weakest colour from which a picture counts as a photo in colour."""
_STEP = 8


def likely_scheme(image: Image) -> LandmarkScheme:
    """Scheme for faces where a picture is in colour, else for films; a film stored with three channels has none.

    A model that labels the image later has the better word.
    """
    pixels = image.pixels
    if pixels.ndim != 3:
        return load_scheme(FILM)
    few = pixels[::_STEP, ::_STEP].astype(np.int16)
    colour = float((few.max(axis=2) - few.min(axis=2)).mean())
    return load_scheme(PHOTO if colour > COLOURFUL else FILM)
