"""The controller: connects the session, the views in the viewer, the panel and the worker."""

import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from napari.layers import Layer
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui import canvas
from napari_dentlm.gui.export import Export
from napari_dentlm.gui.film_view import FilmView, spacing
from napari_dentlm.gui.labelling import Labelling
from napari_dentlm.gui.overlay_view import OverlayView
from napari_dentlm.gui.panel import Panel
from napari_dentlm.gui.points_view import PointsView
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.shortcuts import KeyFilter, bind
from napari_dentlm.gui.worker_client import WorkerClient

if TYPE_CHECKING:
    from napari.viewer import Viewer

REFUSED_KEY = "This key of napari is switched off here, so that no point is lost."
REMOVED = "The layers of the workbench belong to it and were put back. No point was lost."
