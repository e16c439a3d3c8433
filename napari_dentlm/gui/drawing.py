"""Everything drawn over the film, drawn anew from the annotation or for another zoom."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Layer
from numpy.typing import NDArray
from qtpy.QtCore import QTimer

from napari_dentlm.core.annotation import Annotation
from napari_dentlm.gui.marks_view import MarksView, reach
from napari_dentlm.gui.names_view import NamesView
from napari_dentlm.gui.overlay_view import OverlayView, Stages

if TYPE_CHECKING:
    from napari.viewer import Viewer


_REST_MS = 60
_SMALLEST = 150
"""Pixels of the screen along the film's longer side below which marks and names shrink with it."""
# With more points, all their names would hide the face: the current one's is written alone.
_MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be seen over one film.

    Parameters
    ----------
    annotation
        The reader's.
    current
        Key of the landmark at work.
    size
        Width and height of the film, pixels.
    stages
        What the model found on its way.
    others
        Another annotation of the film, to compare.
    beside
        Further faces of a photo.
    """

    annotation: Annotation
    current: str
    size: tuple[int, int]
    stages: Stages
    others: Annotation | None = None
    beside: tuple[Annotation, ...] = ()


class Drawing:
    """Overlay, marks and names.

    Parameters
    ----------
    viewer
        The napari viewer.
    dress
        Gives a new layer its keys, scale and unit.
    """

    def __init__(self, viewer: "Viewer", dress: Callable[[Layer], None]) -> None:
        self.overlay = OverlayView(viewer)
        self.marks = MarksView(viewer)
        self.names = NamesView(viewer)
        self._dress = dress
        self._picture: Picture | None = None
        self._pixel = np.ones(2)
        self._names_rest = QTimer(singleShot=True, interval=_REST_MS)
        self._names_rest.timeout.connect(self._draw_names)
        self._names_shown = True
        self._shown = True

    def ensure_layers(self, shown: bool, on_shown: Callable[[object], None]) -> None:
        """Make the layers where they are missing.

        Parameters
        ----------
        shown
            Whether the landmarks are shown, and the drawing with them.
        on_shown
            Called when a layer was shown or hidden: what changed meanwhile was not drawn on a hidden one.
        """
        self.marks.ensure_layer(self._dress)
        self.names.ensure_layer(self._dress)
        self._shown = shown
        self._show_layers()
        for layer in (self.overlay.layer, self.marks.layer, self.names.layer):
            if layer is not None:
                # Connecting again changes nothing.
                layer.events.visible.connect(on_shown)

    def draw(self, picture: Picture | None, pixel: NDArray[np.float64]) -> None:
        """Draw what differs from what is seen.

        Parameters
        ----------
        picture
            None draws nothing.
        pixel
            Film pixels, x and y, that one pixel of the screen is worth.
        """
        if picture is not None:
            pixel = _bounded(pixel, picture.size)
        on_its_way = np.array_equal(pixel, self._pixel) and _only_moved(self._picture, picture)
        self._picture, self._pixel = picture, pixel
        self._names_rest.stop()
        if picture is None:
            self.overlay.clear()
            self.marks.render(None, "", pixel)
            self.names.render((), np.empty((0, 2)), np.empty(0), pixel)
            return
        self.overlay.render(picture.annotation, picture.stages, picture.size, pixel, self._dress, picture.beside)
        self.marks.render(picture.annotation, picture.current, pixel, others=picture.others)
        if on_its_way:
            # Names cost as much as all the rest: those of a point on its way follow when it rests.
            self._names_rest.start()
        else:
            self._draw_names()

    def zoom(self, pixel: NDArray[np.float64]) -> None:
        """Draw the same for another zoom."""
        if self._picture is not None:
            self.draw(self._picture, pixel)

    def show(self, shown: bool, pixel: NDArray[np.float64]) -> None:
        """Show or hide everything."""
        self._shown = shown
        self._show_layers()
        self.zoom(pixel)

    def show_names(self, shown: bool, pixel: NDArray[np.float64]) -> None:
        """Show or hide the names alone."""
        self._names_shown = shown
        self._show_layers()
        self.zoom(pixel)

    @property
    def names_shown(self) -> bool:
        """Whether the names are switched on."""
        return self._names_shown

    def _show_layers(self) -> None:
        for layer, shown in (
            (self.overlay.layer, self._shown),
            (self.marks.layer, self._shown),
            (self.names.layer, self._shown and self._names_shown),
        ):
            # napari draws the layer anew even when nothing changes.
            if layer is not None and layer.visible != shown:
                layer.visible = shown

    def _draw_names(self) -> None:
        picture, pixel = self._picture, self._pixel
        if picture is None:
            return
        marks = [mark for mark in picture.annotation.landmarks.values() if mark.position is not None]
        if len(marks) > _MOST_NAMES:
            marks = [mark for mark in marks if mark.key == picture.current]
        points = np.array([(mark.position.x, mark.position.y) for mark in marks if mark.position]).reshape(-1, 2)
        reaches = np.array([reach(mark.key == picture.current, pixel) for mark in marks])
        sides = [(side.x, side.y) for mark in marks for side in mark.sides or ()]
        signs = np.array(sides, dtype=np.float64).reshape(-1, 2)
        self.names.render([mark.key for mark in marks], points, reaches, pixel, signs)


def _bounded(pixel: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Let the drawing shrink with a film that is hardly seen any more.

    Of a constant size on the screen it would reach ever further beyond the film, and napari's home button, which
    shows all that is drawn, would zoom out further with every press.
    """
    return pixel * min(1.0, max(size) / (_SMALLEST * float(pixel.max())))


def _only_moved(before: Picture | None, now: Picture | None) -> bool:
    """Whether points of the same film lie elsewhere, and the same ones have a place."""
    if before is None or now is None or before is now:
        return False
    if _place(before.annotation) != _place(now.annotation):
        return False
    old, new = before.annotation.landmarks, now.annotation.landmarks
    there = [key for key, mark in old.items() if mark.position is not None]
    return before.current == now.current and there == [k for k, mark in new.items() if mark.position is not None]


def _place(annotation: Annotation) -> tuple[str, int, int]:
    return annotation.image_id, annotation.frame, annotation.instance
