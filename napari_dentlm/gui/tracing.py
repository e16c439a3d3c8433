"""Lines through the landmarks: the tracing of the scheme, the reference planes, and the profile as a smooth curve."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.measures.facial_lines import facial_lines
from napari_dentlm.gui.appearance import Line

PLANES: Mapping[Line, tuple[str, str]] = {
    Line.CRANIAL_BASE: ("S", "N"),
    Line.FRANKFORT: ("Po", "Or"),
    Line.PALATAL: ("ANS", "PNS"),
    Line.MANDIBULAR: ("Go", "Me"),
}
_FACIAL: Mapping[str, Line] = {
    "eye": Line.EYES,
    "mouth": Line.MOUTH,
    "midline": Line.MIDLINE,
    "third": Line.THIRDS,
    "fifth": Line.FIFTHS,
}
# Links of the scheme that are drawn as a curve.
_CURVES = ("Soft tissue profile",)
# Of its length, at either end; so a plane is seen as one, and its points stay free.
_BEYOND = 0.08
_STEPS = 12
# Points nearer than this are one.
_TOGETHER_PX = 1e-3

LinesOnFilm = Iterator[tuple[Line, NDArray[np.float64]]]


def tracing(annotation: Annotation) -> LinesOnFilm:
    """Lines of the scheme but for the planes, each (N, 2) float64, x then y, pixels."""
    planes = {frozenset(keys) for keys in PLANES.values()}
    for link in annotation.scheme.links:
        points = _positions(annotation, link.keys)
        if frozenset(link.keys) in planes or len(points) < 2:
            continue
        if link.name in _CURVES:
            yield Line.PROFILE, smooth(points)
        else:
            yield Line.TRACING, points


def planes(annotation: Annotation) -> LinesOnFilm:
    """Reference planes whose two points are there, drawn a little beyond them, each (2, 2) float64.

    On a photo the lines of the facial measures: eyes, mouth, midline, thirds and fifths.
    """
    for name, points in facial_lines(annotation):
        yield _FACIAL[name.split()[0]], points
    for line, keys in PLANES.items():
        points = _positions(annotation, keys)
        if len(points) == 2:
            along = _BEYOND * (points[1] - points[0])
            yield line, np.array([points[0] - along, points[1] + along])


def smooth(points: ArrayLike) -> NDArray[np.float64]:
    """A smooth curve through points, (N, 2) float64: centripetal Catmull-Rom, which neither loops nor overshoots.

    Parameters
    ----------
    points
        (K, 2) numbers.
    """
    array = np.asarray(points, dtype=np.float64)
    # Points on top of each other have no direction.
    steps = np.linalg.norm(np.diff(array, axis=0), axis=1)
    array = array[np.concatenate([[True], steps > _TOGETHER_PX])]
    if len(array) < 3:
        return array
    padded = np.concatenate([[2 * array[0] - array[1]], array, [2 * array[-1] - array[-2]]])
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(padded, axis=0), axis=1)))])
    pieces = [_between(padded[i : i + 4], knots[i : i + 4]) for i in range(len(array) - 1)]
    return np.concatenate([*pieces, array[-1:]])


def _between(four: NDArray[np.float64], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curve from the second to the third of four points, by the pyramid of Barry and Goldman."""
    at = np.linspace(knots[1], knots[2], _STEPS, endpoint=False)[:, None]

    def mix(a: NDArray[np.float64], b: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
        return ((end - at) * a + (at - start) * b) / (end - start)

    first = [mix(four[i], four[i + 1], knots[i], knots[i + 1]) for i in range(3)]
    second = [mix(first[i], first[i + 1], knots[i], knots[i + 2]) for i in range(2)]
    return mix(second[0], second[1], knots[1], knots[2])


def _positions(annotation: Annotation, keys: tuple[str, ...]) -> NDArray[np.float64]:
    positions = [annotation.landmarks[key].position for key in keys if key in annotation.landmarks]
    return np.array([(point.x, point.y) for point in positions if point is not None]).reshape(-1, 2)
