"""Starts the page on this computer, for this computer only."""

import os
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.web.settings import LARGEST_MB, PageSettings

ADDRESS = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8501, 8599
_SCRIPT = Path(__file__).parent / "app.py"
_NO_WAY_OUT = f"http://{ADDRESS}:9"


def serve(settings: PageSettings, port: int | None, browser: bool, on_start: Callable[[str], None]) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    settings
        For the page.
    port
        Port on 127.0.0.1; None for the first free one from 8501.
    browser
        Whether to open the browser.
    on_start
        Called with the address, before the page is there.

    Raises
    ------
    DentLMError
        When the port is taken.
    """
    from streamlit.web import cli

    port = free_port() if port is None else checked_port(port)
    # Streamlit asks a server on the internet for this computer's address when another site knocks at the page.
    os.environ.update(dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), _NO_WAY_OUT))
    on_start(f"http://{ADDRESS}:{port}")
    with tempfile.TemporaryDirectory(prefix="dentlm-web-", ignore_cleanup_errors=True) as folder:
        # Large uploads touch the disk on their way to the page: they do so in here, and it is removed.
        tempfile.tempdir = folder
        try:
            cli.main(
                ["run", str(_SCRIPT), *_options(port, browser), "--", settings.as_argument()], standalone_mode=False
            )
        finally:
            tempfile.tempdir = None


def checked_port(port: int) -> int:
    """Give the port back when it is free.

    Raises
    ------
    DentLMError
        When another program has it.
    """
    if not _is_free(port):
        raise DentLMError(f"Port {port} is taken by another program. Choose another --port, or leave it out.")
    return port


def free_port() -> int:
    """The first free port.

    Raises
    ------
    DentLMError
        When there is none.
    """
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if _is_free(port):
            return port
    raise DentLMError(f"No port from {FIRST_PORT} to {LAST_PORT} is free. Choose one with --port.")


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        if os.name == "posix":
            # A page that ended a moment ago does not hold its port.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def _options(port: int, browser: bool) -> list[str]:
    options = {
        "server.address": ADDRESS,
        "server.port": port,
        "server.headless": not browser,
        "server.showEmailPrompt": False,
        "server.maxUploadSize": LARGEST_MB,
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.enableStaticServing": False,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
        "runner.magicEnabled": False,
        "logger.hideWelcomeMessage": True,
        "logger.level": "error",
    }
    return [f"--{name}={str(value).lower()}" for name, value in options.items()]
