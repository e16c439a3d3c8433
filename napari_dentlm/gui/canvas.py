"""The few things of napari's viewer whose names have changed between its releases, in one place."""

from typing import TYPE_CHECKING

from napari.layers import Layer

if TYPE_CHECKING:
    from napari.viewer import Viewer

MARK = "napari-dentlm"


def mark(layer: Layer, role: str) -> None:
    """Mark a layer as ours; its name is the user's to change."""
    layer.metadata = {**layer.metadata, MARK: role}
    layer.locked = True


def is_ours(layer: Layer | None) -> bool:
    """Whether a layer belongs to the workbench."""
    return layer is not None and MARK in layer.metadata


def pixels_per_world(viewer: "Viewer") -> float:
    """Screen pixels per unit of the world (mm with a calibration, else pixels of the film)."""
    return float(viewer.scene.camera.zoom)


def show_scale_bar(viewer: "Viewer", visible: bool) -> None:
    """Show the scale bar, which takes its unit from the layers."""
    viewer.canvas.overlays.scale_bar.visible = visible
