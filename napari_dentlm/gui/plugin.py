"""What napari finds in the manifest: the panel, one controller per viewer.

This module is imported when the panel opens; it loads neither torch nor pandas.
"""

import weakref
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from qtpy.QtWidgets import QWidget

from napari_dentlm.gui.panel import Panel
from napari_dentlm.gui.workbench import Workbench

if TYPE_CHECKING:
    from napari.viewer import Viewer

# Panels keep their controller alive; a second panel in the same viewer shares it.
_WORKBENCHES: "WeakKeyDictionary[Viewer, weakref.ref[Workbench]]" = WeakKeyDictionary()


def workbench_of(viewer: "Viewer") -> Workbench:
    """The controller of a viewer, made when there is none yet."""
    # Plugins get a proxy that lives no longer than the call; the registry needs the viewer behind it.
    key = getattr(viewer, "__wrapped__", viewer)
    known = _WORKBENCHES.get(key)
    workbench = known() if known is not None else None
    if workbench is None:
        workbench = Workbench(viewer)
        _WORKBENCHES[key] = weakref.ref(workbench)
    return workbench


class WorkbenchPanel(Panel):
    """The dock widget "Landmark workbench".

    Parameters
    ----------
    napari_viewer
        Given by napari, which looks for this name.
    parent
        Owner.
    """

    def __init__(self, napari_viewer: "Viewer", parent: QWidget | None = None) -> None:
        self.workbench = workbench_of(napari_viewer)
        super().__init__(self.workbench.session, self.workbench.guard, self.workbench.learning, parent)
        self.workbench.attach(self)
