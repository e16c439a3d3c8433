"""A first guess of the scheme of an image, for a reader who places points before any model has looked."""

from napari_dentlm.core.imaging.image import Image
from napari_dentlm.core.scheme import FILM, PHOTO, LandmarkScheme, load_scheme


def likely_scheme(image: Image) -> LandmarkScheme:
    """Scheme for faces where a picture is in colour, else for films.

    A model that labels the image later has the better word.
    """
    return load_scheme(PHOTO if image.in_colour else FILM)
