"""``dentlm web``: the browser page on this computer."""

import importlib.util
from typing import Annotated

import typer

from napari_dentlm.cli.options import DeviceChoice, DeviceOption, check_device, check_model
from napari_dentlm.core.errors import DentLMError

INSTALL_LINE = 'pip install "napari-dentlm[web]"'


def web(
    model: Annotated[
        str | None,
        typer.Option(
            help="Model that is chosen first: a name, or the folder of your own. Without it each image finds its own.",
            metavar="NAME|DIR",
        ),
    ] = None,
    device: DeviceOption = DeviceChoice.AUTO,
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=65535, help="Port on 127.0.0.1. The first free one from 8501 without it."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Open a page in the browser: drop a film or photo, see its points, take table and picture away.

    The page is for this computer only, and no file leaves it or stays on it.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise DentLMError(f"The page needs Streamlit. Install it with: {INSTALL_LINE}")
    from napari_dentlm.web.server import serve
    from napari_dentlm.web.settings import PageSettings

    if model is not None:
        check_model(model, "--model")
    check_device(device, "--device")
    serve(PageSettings(model or "", device.value), port, browser, _announce)


def _announce(address: str) -> None:
    typer.echo(f"The page is at {address}, for this computer only. End it with Ctrl-C.")
