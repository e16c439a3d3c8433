"""``dentlm open``: napari with the workbench on a patient folder."""

from pathlib import Path
from typing import Annotated

import typer


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
    from napari_dentlm.gui.launch import launch

    launch(path, work=work)
