"""Draws the marks: hollow, as large on the screen at any zoom, the state told by shape and colour."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Surface
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation, Landmark, Point
from napari_dentlm.gui.appearance import APPEARANCE, ERROR_COLOUR, FLAG_COLOUR, OTHER_COLOUR, Shape
from napari_dentlm.gui.canvas import Role
from napari_dentlm.gui.strokes import StrokeLayer, Strokes, circle, dashed, spared

if TYPE_CHECKING:
    from napari.viewer import Viewer

# Pixels of the screen, from the point outwards.
GAP_PX = 5.0
REACH_PX = 12.0
CURRENT_REACH_PX = 16.0
RING_PX = 20.0
# A mark's own strokes begin at the gap, and are not to be shortened.
_ROUNDING_PX = 0.01
_TICK_PX = 6.0
_DOT_PX = 2.0
# Half the diagonal of a film pixel, and a little: from here on the marks grow, so that the pixel stays free.
_PIXEL_REACH = 0.9
# From so many points on a scheme is dense, and its marks shrink where they would touch, down to this share.
DENSE = 30
_LEAST_SHARE = 0.25


def growth(pixel: NDArray[np.float64]) -> float:
    """By how much marks are enlarged at a zoom that shows single pixels; 1 at all others.

    Parameters
    ----------
    pixel
        Film pixels, x and y, that one pixel of the screen is worth.
    """
    return max(1.0, _PIXEL_REACH / (GAP_PX * float(pixel.min())))


def share_of_size(points: NDArray[np.float64], pixel: NDArray[np.float64]) -> float:
    """By how much marks are reduced where many points lie close together on the screen; 1 for a film's few.

    Parameters
    ----------
    points
        (K, 2) float64, x then y, pixels of the film; NaN where there is none.
    pixel
        Film pixels, x and y, that one pixel of the screen is worth.
    """
    known = points[~np.isnan(points).any(axis=1)] / pixel
    if len(known) < DENSE:
        return 1.0
    apart = np.linalg.norm(known[:, None] - known[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float(np.clip(np.median(apart.min(axis=1)) / (2 * REACH_PX), _LEAST_SHARE, 1.0))


def reach(is_current: bool, pixel: NDArray[np.float64]) -> float:
    """How far a mark extends from its point, pixels of the screen."""
    return (RING_PX if is_current else REACH_PX) * growth(pixel)


def free_of_points(strokes: Strokes, points: NDArray[np.float64], pixel: NDArray[np.float64]) -> Strokes:
    """The strokes without what would cover a point, be it another's mark or a line.

    Parameters
    ----------
    strokes
        What to draw.
    points
        (K, 2) float64, x then y, pixels of the film; NaN where there is none.
    pixel
        Film pixels, x and y, that one pixel of the screen is worth.
    """
    return spared(strokes, points[~np.isnan(points).any(axis=1)], (GAP_PX - _ROUNDING_PX) * growth(pixel) * pixel)


class MarksView:
    """The marks on the film, as a picture; `PointsView` is what the mouse grabs.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._strokes = StrokeLayer(viewer, "Marks", Role.MARKS)
        self.show_errors = False

    @property
    def layer(self) -> Surface | None:
        """The layer, once a film was shown."""
        return self._strokes.layer

    def ensure_layer(self, dress: Callable[[Surface], None]) -> Surface:
        """Make the layer where it is missing."""
        return self._strokes.ensure(dress)

    def render(
        self,
        annotation: Annotation | None,
        current: str,
        pixel: NDArray[np.float64],
        *,
        others: Annotation | None = None,
    ) -> None:
        """Draw the landmarks that have a position.

        Parameters
        ----------
        annotation
            The landmarks.
        current
            Key of the one at work.
        pixel
            Film pixels, x and y, that one pixel of the screen is worth.
        others
            Another annotation of the film, shown beside the own one as small dots.
        """
        if self.layer is None or not self.layer.visible:
            return
        parts = [] if annotation is None else [*self._parts(annotation, current, pixel, others)]
        points = np.empty((0, 2)) if annotation is None else annotation.points()
        spared_pixel = pixel * share_of_size(points, pixel)
        self._strokes.draw(free_of_points(Strokes.joined(parts), points, spared_pixel), pixel)

    def _parts(
        self, annotation: Annotation, current: str, pixel: NDArray[np.float64], others: Annotation | None
    ) -> Iterator[Strokes]:
        landmarks = [mark for mark in annotation.landmarks.values() if mark.position is not None]
        # The current mark lies on top of its neighbours.
        landmarks.sort(key=lambda landmark: landmark.key == current)
        if others is not None:
            yield from _others(annotation, others, pixel)
        for landmark in landmarks:
            if landmark.key == current or self.show_errors:
                yield from _expected_error(landmark)
            yield from _sides(landmark, pixel)
        share = share_of_size(annotation.points(), pixel)
        for landmark in landmarks:
            is_current = landmark.key == current
            yield from _mark(landmark, is_current, pixel if is_current else pixel * share)


def outline(shape: Shape, gap: float, reach: float) -> NDArray[np.float64]:
    """Strokes of a mark around 0, 0, as (N, 2, 2) float64, nothing of it nearer to the point than `gap`."""
    if shape is Shape.CORNERS:
        half, leg = 0.85 * reach, 0.5 * reach
        corners = [(x, y) for x in (-1, 1) for y in (-1, 1)]
        across = [((x * half, y * half), (x * (half - leg), y * half)) for x, y in corners]
        down = [((x * half, y * half), (x * half, y * (half - leg))) for x, y in corners]
        return np.array(across + down)
    angles = {Shape.CROSS: (0, 90, 180, 270), Shape.DIAGONAL: (45, 135, 225, 315), Shape.ARMS: (30, 150, 270)}
    turned = np.radians(angles.get(shape, ()))
    ways = np.stack([np.cos(turned), np.sin(turned)], axis=-1)
    return np.stack([ways * gap, ways * reach], axis=1)


def _mark(landmark: Landmark, is_current: bool, pixel: NDArray[np.float64]) -> Iterator[Strokes]:
    look, centre, unit = APPEARANCE[landmark.state], _xy(landmark.position), growth(pixel) * pixel
    arm = CURRENT_REACH_PX if is_current else REACH_PX
    yield Strokes.of(centre + outline(look.shape, GAP_PX, arm) * unit, look.colour)
    if is_current:
        yield Strokes.of(circle(centre, RING_PX * unit), look.colour)
    if landmark.flag and not landmark.state.is_final:
        x = (RING_PX if is_current else REACH_PX) + 4.0
        exclamation = np.array([[[x, -7.0], [x, 1.0]], [[x, 4.5], [x, 6.5]]])
        yield Strokes.of(centre + exclamation * unit, FLAG_COLOUR)


def _expected_error(landmark: Landmark) -> Iterator[Strokes]:
    """A dashed circle that most probably holds the true point; a reader's own point has none."""
    radius = landmark.expected_error_px
    if radius and not landmark.touched:
        around = circle(_xy(landmark.position), radius, 48)
        yield Strokes.of(around[np.arange(48) % 4 != 3], ERROR_COLOUR, 0.8)


def _sides(landmark: Landmark, pixel: NDArray[np.float64]) -> Iterator[Strokes]:
    """Left and right of a double contour, whose midpoint is the landmark."""
    if landmark.sides is None:
        return
    colour = APPEARANCE[landmark.state].colour
    left, right = (_xy(side) for side in landmark.sides)
    yield Strokes.of(dashed([left, right], (4 * pixel[0], 4 * pixel[0])), colour, 0.8)
    # The foot of the tick tells the sides apart as the letter L does.
    tick, foot = np.array([0.0, _TICK_PX]) * pixel, np.array([_TICK_PX, 0.0]) * pixel
    yield Strokes.of([[side - tick, side + tick] for side in (left, right)], colour)
    yield Strokes.of([[left + tick, left + tick + foot]], colour)


def _others(own: Annotation, others: Annotation, pixel: NDArray[np.float64]) -> Iterator[Strokes]:
    for key, other in others.landmarks.items():
        if other.position is None:
            continue
        yield Strokes.of(circle(_xy(other.position), _DOT_PX * pixel, 8), OTHER_COLOUR)
        mine = own.landmarks[key].position
        if mine is not None and mine != other.position:
            yield Strokes.of([[_xy(other.position), _xy(mine)]], OTHER_COLOUR, 0.6)


def _xy(point: Point | None) -> NDArray[np.float64]:
    return np.array([np.nan, np.nan]) if point is None else np.array([point.x, point.y])
