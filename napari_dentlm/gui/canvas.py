"""The few things of napari's viewer whose names have changed between its releases, in one place."""

from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from napari.layers import Layer, Points
from napari.utils.events import Event
from numpy.typing import NDArray

if TYPE_CHECKING:
    from napari.viewer import Viewer

MARK = "napari-dentlm"
KEYS_HELP = "Tab: next point, Enter: confirm, drag: correct, F1: all keys"
AnyLayer = TypeVar("AnyLayer", bound=Layer)


class Role(StrEnum):
    """What a layer of ours is for; from the lowest to the one on top, which is the one with the keyboard."""

    PHOTO = "photo"
    FILM = "film"
    OVERLAY = "overlay"
    RULER = "ruler"
    MARKS = "marks"
    NAMES = "names"
    POINTS = "points"


_STACK = tuple(Role)


def mark(layer: Layer, role: str) -> None:
    """Mark a layer as ours; its name is the user's to change."""
    # A copy that the user makes carries the metadata along, but not the id.
    layer.metadata = {**layer.metadata, MARK: (role, layer.unique_id)}
    layer.locked = True


def is_ours(layer: Layer | None) -> bool:
    """Whether a layer belongs to the workbench."""
    return layer is not None and layer.metadata.get(MARK, ("", None))[1] == layer.unique_id


def add(viewer: "Viewer", layer: AnyLayer, role: Role, dress: Callable[[AnyLayer], None]) -> None:
    """Put a new layer of ours where it belongs; the active layer keeps the keyboard.

    Parameters
    ----------
    viewer
        The napari viewer.
    layer, role
        The layer and what it is for.
    dress
        Gives the layer its keys, scale and unit before the viewer has it.
    """
    mark(layer, role)
    dress(layer)
    active = viewer.layers.selection.active
    above = [i for i, other in enumerate(viewer.layers) if is_ours(other) and _rank(other) > _STACK.index(role)]
    layer.events.help.connect(_tell_our_keys)
    viewer.layers.insert(above[0] if above else len(viewer.layers), layer)
    if active is not None:
        viewer.layers.selection.active = active


def _tell_our_keys(event: Event) -> None:
    # napari names its own keys after every change of mode, which are switched off on our layers.
    event.source.help = KEYS_HELP


def stack(viewer: "Viewer") -> bool:
    """Bring our layers into their order where another one came between; whether anything had to be moved.

    What lies between or above them is the user's own and keeps its neighbours where that is possible.
    """
    layers = viewer.layers
    ours = [layer for layer in layers if is_ours(layer)]
    wanted = sorted(ours, key=_rank)
    if ours == wanted:
        return False
    for below, layer in pairwise(wanted):
        if layers.index(layer) < layers.index(below):
            layers.move(layers.index(layer), layers.index(below) + 1)
    return True


def _rank(layer: Layer) -> int:
    return _STACK.index(layer.metadata[MARK][0])


def move_points(layer: Points, places: NDArray[np.float64]) -> None:
    """Put the points of a layer elsewhere.

    Parameters
    ----------
    layer
        The layer; it keeps an array of its own, which napari's tools change in place.
    places
        (K, 2) float64, row then column, pixels.
    """
    if len(layer.data) != len(places):
        layer.data = places.copy()
        return
    # An assignment would make napari measure all layers anew and paint a thumbnail.
    layer.data[:] = places
    layer.refresh(thumbnail=False, highlight=False, extent=False)


# As napari names a unit that it was given by its sign.
_UNITS = {"mm": "millimeter", "pixel": "pixel"}


def align(layer: Layer, scale: tuple[float, float], unit: str) -> bool:
    """Give a layer its scale and unit, neither shifted nor turned; whether it was otherwise."""
    was = layer.scale, layer.translate, layer.rotate, layer.shear, layer.affine.affine_matrix
    now = {"scale": scale, "translate": (0, 0), "rotate": np.eye(2), "shear": (0,), "affine": np.eye(3)}
    # napari draws the layer anew even when nothing changes.
    moved = not all(np.array_equal(*pair) for pair in zip(was, now.values(), strict=True))
    if moved:
        for name, value in now.items():
            # napari's sliders overflow while a layer is still turned; the value is set all the same.
            with suppress(OverflowError):
                setattr(layer, name, value)
    if {str(each) for each in layer.units} != {_UNITS[unit]}:
        layer.units = (unit, unit)
        moved = True
    return moved


def lay_flat(viewer: "Viewer") -> bool:
    """Show the film flat and upright, all layers on each other; whether it was otherwise."""
    dims, grid = viewer.dims, viewer.canvas.grid
    upright = tuple(range(dims.ndim))
    turned = dims.ndisplay != 2 or tuple(dims.order) != upright or grid.enabled
    if turned:
        dims.ndisplay, dims.order, grid.enabled = 2, upright, False
    return turned


def pixels_per_world(viewer: "Viewer") -> float:
    """Screen pixels per unit of the world (mm with a calibration, else pixels of the film)."""
    return max(float(viewer.scene.camera.zoom), 1e-9)


def size(viewer: "Viewer") -> NDArray[np.float64]:
    """Height and width of the canvas, pixels of the screen."""
    return np.array(viewer.canvas.size, dtype=np.float64)


def centre(viewer: "Viewer") -> NDArray[np.float64]:
    """The place in the middle of the canvas, row then column, units of the world."""
    return np.array(viewer.scene.camera.center[-2:], dtype=np.float64)


def look_at(viewer: "Viewer", place: NDArray[np.float64], zoom: float | None = None) -> None:
    """Bring a place of the world (row, column) to the middle; None keeps the zoom."""
    viewer.scene.camera.center = (0.0, float(place[0]), float(place[1]))
    if zoom is not None:
        viewer.scene.camera.zoom = zoom


def show_scale_bar(viewer: "Viewer", visible: bool) -> None:
    """Show the scale bar, which takes its unit from the layers."""
    viewer.canvas.overlays.scale_bar.visible = visible
