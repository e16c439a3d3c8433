"""Names as browsers give them, and settings on their way to the page."""

import socket

import pytest

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.web.engine import plain_name
from napari_dentlm.web.server import ADDRESS, checked_port
from napari_dentlm.web.settings import PageSettings


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("film.jpg", "film.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\film.dcm", "film.dcm"),
        ("</script>.png", "script_.png"),
        ("..", "image"),
        ("", "image"),
        ("a\nb.png", "a_b.png"),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
    ],
)
def test_a_name_from_a_browser_stays_in_its_folder(given: str, plain: str) -> None:
    assert plain_name(given) == plain


def test_settings_survive_the_way_to_the_page() -> None:
    settings = PageSettings('models/mine "one"', "cpu")
    assert PageSettings.from_argument(settings.as_argument()) == settings


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind((ADDRESS, 0))
        taken.listen()
        with pytest.raises(DentLMError, match="is taken by another program"):
            checked_port(taken.getsockname()[1])
