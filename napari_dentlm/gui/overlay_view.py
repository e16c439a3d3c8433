"""The tracing, the planes and the stages, in one layer that is drawn anew from the truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Surface
from numpy.typing import NDArray

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.core.box import Box
from napari_dentlm.gui.appearance import LINES, Line
from napari_dentlm.gui.canvas import Role
from napari_dentlm.gui.marks_view import free_of_points
from napari_dentlm.gui.strokes import StrokeLayer, Strokes, circle, dashed, polyline
from napari_dentlm.gui.tracing import planes, tracing

if TYPE_CHECKING:
    from napari.viewer import Viewer

_ALPHA = 0.85
_COARSE_PX = 4.0


@dataclass(frozen=True, slots=True)
class Stages:
    """What the model found on its way to the points of one film.

    Parameters
    ----------
    window
        (4, 2) float64, x then y, pixels: corners of the face area; None where unknown.
    coarse
        (K, 2) float64, x then y, pixels: points before refinement in the scheme's order, NaN where there is none;
        None where unknown.
    """

    window: NDArray[np.float64] | None = None
    coarse: NDArray[np.float64] | None = None


class OverlayView:
    """Draws lines; nobody edits them.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._strokes = StrokeLayer(viewer, "Tracing and stages", Role.OVERLAY)
        self.show_window = False
        self.show_tracing = False
        self.show_planes = False
        self.show_stages = False

    @property
    def layer(self) -> Surface | None:
        """The layer, once there was something to draw."""
        return self._strokes.layer

    def render(
        self,
        annotation: Annotation,
        stages: Stages,
        size: tuple[int, int],
        pixel: NDArray[np.float64],
        dress: Callable[[Surface], None],
        beside: Sequence[Annotation] = (),
    ) -> None:
        """Draw what is switched on.

        Parameters
        ----------
        annotation
            Gives the lines of the tracing.
        stages
            Drawn as far as the film goes, because napari fits its view to all that is drawn.
        size
            Width and height of the film, pixels.
        pixel
            Film pixels, x and y, that one pixel of the screen is worth.
        dress
            Gives a new layer its keys, scale and unit.
        beside
            Further faces of a photo, whose boxes and lines are always drawn: a click on one chooses it.
        """
        parts = [*_faces(annotation, beside), *self._parts(annotation, stages, size, pixel)]
        if parts:
            self._strokes.ensure(dress)
        if self.layer is not None and self.layer.visible:
            self._strokes.draw(free_of_points(Strokes.joined(parts), annotation.points(), pixel), pixel)

    def clear(self) -> None:
        """Draw nothing."""
        self._strokes.draw(Strokes.joined([]), np.ones(2))

    def _parts(
        self, annotation: Annotation, stages: Stages, size: tuple[int, int], pixel: NDArray[np.float64]
    ) -> Iterator[Strokes]:
        if (self.show_window or self.show_stages) and stages.window is not None:
            corners = np.clip(stages.window, 0, np.array(size) - 1)
            yield _drawn(Line.FACE_AREA, polyline(corners, closed=True))
        if self.show_stages and stages.coarse is not None:
            yield from _coarse(annotation, stages.coarse, pixel)
        # Dashes are measured on the film, so that they do not crawl along while the reader zooms.
        dash = size[1] / 800
        for shown, lines in ((self.show_tracing, tracing), (self.show_planes, planes)):
            for line, points in lines(annotation) if shown else ():
                yield _drawn(line, dashed(points, [length * dash for length in LINES[line].dashes]))


def _faces(annotation: Annotation, beside: Sequence[Annotation]) -> Iterator[Strokes]:
    """Boxes of several faces; the lines of those that are not at work."""
    for face in beside:
        if face.box is not None:
            yield _drawn(Line.OTHER_FACE, polyline(_corners(face.box), closed=True))
        for _, points in tracing(face):
            yield _drawn(Line.OTHER_FACE, polyline(points))
    if beside and annotation.box is not None:
        yield _drawn(Line.FACE_BOX, polyline(_corners(annotation.box), closed=True))


def _corners(box: Box) -> NDArray[np.float64]:
    return np.array([box.x, box.y]) + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * [box.width, box.height]


def _drawn(line: Line, ends: NDArray[np.float64]) -> Strokes:
    return Strokes.of(ends, LINES[line].colour, _ALPHA)


def _coarse(annotation: Annotation, coarse: NDArray[np.float64], pixel: NDArray[np.float64]) -> Iterator[Strokes]:
    """A small ring at each point before refinement, and a line to the model's point."""
    for place, landmark in zip(coarse, annotation.landmarks.values(), strict=True):
        if np.isnan(place).any():
            continue
        yield _drawn(Line.COARSE, circle(place, _COARSE_PX * pixel, 12))
        # A corrected point keeps the model's point beside it: the line shows the model's way.
        refined = landmark.predicted or (None if landmark.touched else landmark.position)
        if refined is not None:
            yield _drawn(Line.COARSE, np.array([[place, (refined.x, refined.y)]]))
