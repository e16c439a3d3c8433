"""Writes names beside points, each on the side where it covers neither a mark nor, where avoidable, another name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from napari.layers import Points
from numpy.typing import NDArray

from napari_dentlm.gui import canvas
from napari_dentlm.gui.appearance import HALO_COLOUR, NAME_COLOUR
from napari_dentlm.gui.axes import to_napari

if TYPE_CHECKING:
    from napari.viewer import Viewer

_FONT_PT = 9
# Of the font above, pixels of the screen.
_CAPITAL_PX, _LETTER_PX = 11.0, 9.5
_HEIGHT_PX = 15.0
# A name that is nearer to another point than this share of its own distance would be taken for the other's.
_CLEAR_SHARE = 1.15
_MISTAKEN = 60.0
_SIGN_PX = 6.0
_NO_POINTS = np.empty((0, 2))
# A name stays where it is until its place is further away than this; a nudge rewrites no names.
_SLACK_PX = 3.0
# Dark copies under the light one.
_SHADOWS = np.array([(-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)])
# Right and left of the point, above and below; the first ones are preferred.
_WAYS = np.array([(1, -1), (1, 1), (-1, -1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1)], dtype=np.float64)


def place_names(
    points: NDArray[np.float64],
    reaches: NDArray[np.float64],
    sizes: NDArray[np.float64],
    signs: NDArray[np.float64] = _NO_POINTS,
) -> NDArray[np.float64]:
    """Choose for each name one of eight sides of its point, greedily.

    Parameters
    ----------
    points
        (K, 2) float64: where the points lie, pixels of the screen.
    reaches
        (K,) float64: how far each mark extends from its point.
    sizes
        (K, 2) float64: width and height of the names.
    signs
        (M, 2) float64: places of small signs without a name, which names leave free where they can.

    Returns
    -------
    NDArray
        (K, 2) float64: centres of the names.
    """
    marks = np.stack([points - reaches[:, None], points + reaches[:, None]], axis=1)
    small = np.stack([signs - _SIGN_PX, signs + _SIGN_PX], axis=1)
    names = np.full((len(points), 2, 2), np.inf)
    centres = np.empty_like(points)
    # Crowded names have the fewest choices, so they are placed first.
    apart = np.abs(points[:, None] - points[None]).max(axis=2)
    for row in np.argsort(np.sort(apart, axis=1)[:, : min(4, len(points))].sum(axis=1)):
        half = sizes[row] / 2
        # At a corner the mark leaves more room than beside it.
        reach = reaches[row] * np.where(np.abs(_WAYS).sum(axis=1) == 2, 0.75, 1.0)
        tries = points[row] + _WAYS * (reach[:, None] + half)
        boxes = np.stack([tries - half, tries + half], axis=1)
        strange = np.concatenate([np.delete(marks, row, axis=0), small])
        cost = _overlap(boxes, names).sum(axis=1) + 2 * _overlap(boxes, strange).sum(axis=1)
        cost += _MISTAKEN * _mistaken(tries, points, row)
        best = int(np.argmin(cost + 0.01 * np.arange(len(_WAYS))))
        centres[row], names[row] = tries[best], boxes[best]
    return centres


def _mistaken(tries: NDArray[np.float64], points: NDArray[np.float64], row: int) -> NDArray[np.float64]:
    """For each try, how many other points it seems to belong to rather than to that of `row`."""
    far = np.linalg.norm(tries[:, None] - points[None], axis=2)
    return np.asarray(
        (np.delete(far, row, axis=1) < _CLEAR_SHARE * far[:, row : row + 1]).sum(axis=1), dtype=np.float64
    )


def _overlap(boxes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Area that each of `boxes` shares with each of `others`."""
    low = np.maximum(boxes[:, None, 0], others[None, :, 0])
    high = np.minimum(boxes[:, None, 1], others[None, :, 1])
    with np.errstate(invalid="ignore"):
        sides = np.nan_to_num(np.maximum(high - low, 0.0))
    return np.asarray(sides[..., 0] * sides[..., 1])


def _width(name: str) -> float:
    return sum(_LETTER_PX if letter.islower() else _CAPITAL_PX for letter in name)


class NamesView:
    """The names on the film.

    Parameters
    ----------
    viewer
        The napari viewer.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self.layer: Points | None = None
        self._names: tuple[str, ...] = ()
        self._written = np.empty((0, 2))
        self._zoom = 1.0

    def ensure_layer(self, dress: Callable[[Points], None]) -> Points:
        """Make the layer where it is missing."""
        if self.layer is None or self.layer not in self._viewer.layers:
            self.layer = Points(
                np.empty((0, 2)),
                ndim=2,
                name="Names",
                face_color="transparent",
                border_color="transparent",
                features={"name": np.empty(0, dtype=object)},
                text={"string": "{name}", "size": _FONT_PT, "anchor": "center", "color": NAME_COLOUR},
            )
            # Nobody drags a name.
            self.layer.editable = False
            self._names = ()
            canvas.add(self._viewer, self.layer, canvas.Role.NAMES, dress)
        return self.layer

    def render(
        self,
        names: Sequence[str],
        points: NDArray[np.float64],
        reaches: NDArray[np.float64],
        pixel: NDArray[np.float64],
        signs: NDArray[np.float64] = _NO_POINTS,
    ) -> None:
        """Write `names` beside `points`.

        Parameters
        ----------
        names
            K names.
        points
            (K, 2) float64, x then y, pixels of the film.
        reaches
            (K,) float64: how far each mark extends from its point, pixels of the screen.
        pixel
            Film pixels, x and y, that one pixel of the screen is worth.
        signs
            (M, 2) float64, x then y, pixels of the film: small signs that names leave free where they can.
        """
        # napari fails on names that change in number while their layer is hidden.
        if self.layer is None or not self.layer.visible:
            return
        sizes = np.array([(_width(name), _HEIGHT_PX) for name in names]).reshape(-1, 2)
        centres = place_names(points / pixel, reaches, sizes, signs / pixel) * pixel
        same = tuple(names) == self._names and abs(float(pixel[0]) / self._zoom - 1) < 1e-3
        if same and np.all(np.abs(centres - self._written) <= _SLACK_PX * pixel):
            return
        dark = [centres + shadow * pixel for shadow in _SHADOWS]
        canvas.move_points(self.layer, to_napari(np.concatenate([*dark, centres])))
        if tuple(names) != self._names:
            self._write(self.layer, names)
        self._names, self._written, self._zoom = tuple(names), centres, float(pixel[0])

    @staticmethod
    def _write(layer: Points, names: Sequence[str]) -> None:
        copies = len(_SHADOWS) + 1
        if not names:
            return
        layer.text.color = [HALO_COLOUR] * len(names) * len(_SHADOWS) + [NAME_COLOUR] * len(names)
        layer.features = {"name": np.array(list(names) * copies, dtype=object)}
