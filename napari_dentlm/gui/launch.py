"""Opening napari with the workbench on a folder, for ``dentlm open``."""

from pathlib import Path

from napari_dentlm.gui.plugin import WorkbenchPanel


def launch(path: Path | None = None, *, work: Path | None = None) -> None:
    """Open napari and stay until it closes.

    Parameters
    ----------
    path
        A patient folder or a film.
    work
        Where the journals are when not beside the images.
    """
    import napari

    viewer = napari.Viewer(title="napari-dentlm")
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    assert isinstance(panel, WorkbenchPanel)
    if path is not None:
        panel.workbench.session.open([path], work)
    napari.run()
