"""``dentlm open``: napari with the workbench on a patient folder."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from napari_dentlm.core.errors import DentLMError

INSTALL_LINE = 'pip install "napari-dentlm[all]"'


def open_workbench(
    path: Annotated[
        Path | None, typer.Argument(exists=True, metavar="[PATH]", help="A patient folder or a film.")
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(file_okay=False, metavar="DIR", help="Where 'dentlm label --work DIR' kept the points."),
    ] = None,
) -> None:
    """Open napari to look at the points, correct and confirm them, and export them."""
    if importlib.util.find_spec("PyQt6") is None and importlib.util.find_spec("PySide6") is None:
        raise DentLMError(f"napari needs Qt. Install it with: {INSTALL_LINE}")
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise DentLMError("There is no screen here to open napari on. 'dentlm label' works without one.")
    from napari_dentlm.gui.launch import launch

    launch(path, work=work)
