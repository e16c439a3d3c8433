"""Straight strokes on the film, as wide on the screen at any zoom, with a dark edge on either side."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np
from napari.layers import Surface
from numpy.typing import ArrayLike, NDArray

from napari_dentlm.gui import canvas
from napari_dentlm.gui.appearance import HALO_COLOUR
from napari_dentlm.gui.axes import to_napari

if TYPE_CHECKING:
    from napari.viewer import Viewer

WIDTH_PX = 2.4
# How far the dark edge reaches beyond the stroke; it makes any colour readable on white bone and on black air.
_HALO_PX = 1.3
_HALO_ALPHA = 0.75
# Vertices that a layer grows by.
_ROOM = 2048


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes in pixels of the film.

    Parameters
    ----------
    ends
        (N, 2, 2) float64: start and end, x then y.
    colours
        (N, 4) float64, RGBA from 0 to 1.
    """

    ends: NDArray[np.float64]
    colours: NDArray[np.float64]

    @classmethod
    def of(cls, ends: ArrayLike, colour: str, alpha: float = 1.0) -> Self:
        """Strokes of one colour."""
        array = np.asarray(ends, dtype=np.float64).reshape(-1, 2, 2)
        return cls(array, np.tile((*_rgb(colour), alpha), (len(array), 1)))

    @classmethod
    def joined(cls, parts: Iterable["Strokes"]) -> Self:
        """All strokes of `parts`; the last ones lie on top."""
        all_parts = [cls(np.empty((0, 2, 2)), np.empty((0, 4))), *parts]
        return cls(np.concatenate([p.ends for p in all_parts]), np.concatenate([p.colours for p in all_parts]))


@lru_cache
def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def polyline(points: ArrayLike, *, closed: bool = False) -> NDArray[np.float64]:
    """Ends of the strokes between successive points, (N, 2, 2) float64."""
    array = np.asarray(points, dtype=np.float64)
    following = np.roll(array, -1, axis=0)
    ends = np.stack([array, following], axis=1)
    return ends if closed else ends[:-1]


@lru_cache
def _unit_circle(count: int) -> NDArray[np.float64]:
    angles = np.arange(count) * 2 * np.pi / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def circle(centre: ArrayLike, radius: float | NDArray[np.float64], count: int = 24) -> NDArray[np.float64]:
    """Ends of the strokes of a circle, (count, 2, 2) float64; two radii give an ellipse."""
    return polyline(np.asarray(centre, dtype=np.float64) + _unit_circle(count) * radius, closed=True)


def dashed(points: ArrayLike, dashes: Sequence[float]) -> NDArray[np.float64]:
    """Ends of the dashes along a polyline, (N, 2, 2) float64.

    Parameters
    ----------
    points
        (K, 2) numbers.
    dashes
        Lengths drawn and left out in turn; without any the line is solid.
    """
    if not dashes:
        return polyline(points)
    array = np.asarray(points, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(array, axis=0), axis=1))])
    steps = np.cumsum(np.resize(dashes, len(dashes) * (2 + int(along[-1] / sum(dashes)))))
    bounds = np.concatenate([[0.0], steps])
    pairs = bounds[: len(bounds) // 2 * 2].reshape(-1, 2)
    pairs = np.minimum(pairs[pairs[:, 0] < along[-1]], along[-1])
    return np.stack([np.interp(pairs, along, array[:, axis]) for axis in (0, 1)], axis=-1)


def spared(strokes: Strokes, points: NDArray[np.float64], gap: NDArray[np.float64]) -> Strokes:
    """The strokes without the parts that come too near to some points.

    Parameters
    ----------
    strokes
        What to draw.
    points
        (K, 2) float64, x then y, pixels of the film.
    gap
        (2,) float64: what stays free around each point, in x and in y.
    """
    ends, colours = strokes.ends / gap, strokes.colours
    for point in points / gap:
        start, along = ends[:, 0] - point, ends[:, 1] - ends[:, 0]
        square = np.maximum((along**2).sum(axis=1), 1e-18)
        middle = -(start * along).sum(axis=1) / square
        depth = 1 - ((start + middle[:, None] * along) ** 2).sum(axis=1)
        half = np.sqrt(np.maximum(depth, 0.0) / square)
        low, high = middle - half, middle + half
        near = (depth > 1e-9) & (high > 0) & (low < 1)
        if near.any():
            before = near & (low > 0)
            after = near & (high < 1)
            heads, tails = ends[before].copy(), ends[after].copy()
            heads[:, 1] = heads[:, 0] + low[before, None] * along[before]
            tails[:, 0] = tails[:, 0] + high[after, None] * along[after]
            ends = np.concatenate([ends[~near], heads, tails])
            colours = np.concatenate([colours[~near], colours[before], colours[after]])
    return Strokes(ends * gap, colours)


class StrokeLayer:
    """One napari layer of strokes, drawn in one go.

    The strokes are triangles of a surface: napari's layers of lines paint a thumbnail with every change, which takes
    longer than everything else together.

    Parameters
    ----------
    viewer
        The napari viewer.
    name, role
        Of the layer, for the user and for `canvas`.
    """

    def __init__(self, viewer: "Viewer", name: str, role: canvas.Role) -> None:
        self._viewer = viewer
        self._name, self._role = name, role
        self.layer: Surface | None = None

    def ensure(self, dress: Callable[[Surface], None]) -> Surface:
        """Make the layer, or make it anew after the user removed it."""
        if self.layer is None or self.layer not in self._viewer.layers:
            vertices, faces, colours = _room(_ROOM)
            # Marks lie on each other in the order in which they are drawn, which a test of depth would forbid.
            self.layer = Surface(
                (vertices, faces),
                vertex_colors=colours,
                name=self._name,
                shading="none",
                opacity=1.0,
                blending="translucent_no_depth",
            )
            canvas.add(self._viewer, self.layer, self._role, dress)
        return self.layer

    def draw(self, strokes: Strokes, pixel: NDArray[np.float64]) -> None:
        """Show `strokes` and nothing else.

        Parameters
        ----------
        strokes
            What to draw.
        pixel
            Film pixels, x and y, that one pixel of the screen is worth.
        """
        if self.layer is None:
            return
        vertices, colours = _corners(strokes, pixel)
        count = len(vertices)
        if count > len(self.layer.vertices):
            self._enlarge(self.layer, count)
        room, painted = self.layer.vertices, self.layer.vertex_colors
        same = np.array_equal(room[:count], vertices) and np.array_equal(painted[:count], colours)
        if same and not painted[count:].any():
            return
        # In place: an assignment would make napari measure all layers anew. What is left over has no area.
        room[:count], room[count:] = vertices, vertices[:1] if count else 0
        painted[:count], painted[count:] = colours, 0
        self.layer.refresh(thumbnail=False, highlight=False, extent=False)

    @staticmethod
    def _enlarge(layer: Surface, count: int) -> None:
        vertices, faces, colours = _room(-(-count // _ROOM) * _ROOM)
        # Unseen, because the triangles come with the next assignment.
        with layer.events.blocker_all():
            layer.vertex_colors = colours
        layer.data = (vertices, faces)


def _room(count: int) -> tuple[NDArray[np.float32], NDArray[np.uint32], NDArray[np.float32]]:
    """Vertices, faces and colours for `count` / 4 rectangles."""
    first = np.arange(0, count, 4)[:, None, None]
    faces = (first + np.array([[0, 1, 2], [1, 2, 3]])).reshape(-1, 3).astype(np.uint32)
    return np.zeros((count, 2), np.float32), faces, np.zeros((count, 4), np.float32)


def _corners(strokes: Strokes, pixel: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Corners of two rectangles for each stroke, in napari's order, and their colours; all dark ones lie below."""
    start, end = strokes.ends[:, 0], strokes.ends[:, 1]
    along = (end - start) / pixel
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    aside = along[:, ::-1] * (-1, 1) * pixel
    wide, narrow = aside * (WIDTH_PX / 2 + _HALO_PX), aside * WIDTH_PX / 2
    low, high = start - along * _HALO_PX * pixel, end + along * _HALO_PX * pixel
    dark = np.stack([low - wide, low + wide, high - wide, high + wide], axis=1)
    bright = np.stack([start - narrow, start + narrow, end - narrow, end + narrow], axis=1)
    edges = np.tile((*_rgb(HALO_COLOUR), _HALO_ALPHA), (len(start), 1))
    edges[:, 3] *= strokes.colours[:, 3]
    corners = to_napari(np.concatenate([dark, bright]).reshape(-1, 2))
    colours = np.repeat(np.concatenate([edges, strokes.colours]), 4, axis=0)
    return corners.astype(np.float32), colours.astype(np.float32)
