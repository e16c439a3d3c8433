"""Makes the pictures of docs/images: the workbench in all its states, on generated films, never on a real one.

``python docs/make_pictures.py`` makes the pictures that the documents show. With ``--all FOLDER`` it makes every state
in both themes at 1280 x 800 and at 2560 x 1440, to be looked at. Without a screen, run it under
``xvfb-run -a -s "-screen 0 2600x1500x24"``. The shipped model labels the films.
"""

import argparse
import os
import tempfile
from pathlib import Path

# napari must neither read nor save the settings of whoever runs this.
os.environ["NAPARI_CONFIG"] = ""

import napari
import numpy as np
from picture_tour import Tour
from PIL import Image
from qtpy.QtWidgets import QWidget

from napari_dentlm.gui.plugin import WorkbenchPanel

IMAGES = Path(__file__).parent / "images"
COMMITTED = {
    "review": "plugin.png",
    "first-start": "first-start.png",
    "points": "points.png",
    "view": "view.png",
    "stages": "stages.png",
    "measures": "measures.png",
    "readers": "readers.png",
    "doubt": "doubt.png",
    "failures": "failures.png",
    "export": "export.png",
    "keys": "keys.png",
    "agreement": "agreement.png",
    "face": "face.png",
    "group": "group.png",
}
"""States that the documents show, and the file of each."""

SMALL, LARGE = (1280, 800), (2560, 1440)
COLOURS, COMMON = 256, 96


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="write every state, theme and size there")
    folder = parser.parse_args().all
    for theme in ("dark", "light"):
        for size in (SMALL, LARGE):
            if folder is not None:
                shoot(theme, size, folder / f"{theme}-{size[0]}")
            elif (theme, size) == ("dark", SMALL):
                shoot(theme, size, IMAGES, COMMITTED)
            else:
                shoot(theme, size, IMAGES, {"review": f"plugin-{theme}-{size[0]}.png"})


def shoot(theme: str, size: tuple[int, int], folder: Path, names: dict[str, str] | None = None) -> None:
    """Go through the states in one theme and size.

    Parameters
    ----------
    theme, size
        Of the window.
    folder
        Where the pictures go.
    names
        The states wanted, with the name of each picture; all states when None.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = None if names is None else dict(names)
    with tempfile.TemporaryDirectory() as place:
        os.environ["DENTLM_SETTINGS"] = str(Path(place) / "settings")
        viewer = napari.Viewer(title="napari-dentlm")
        viewer.theme = theme
        viewer.window.resize(*size)
        _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
        assert isinstance(panel, WorkbenchPanel)
        for state, window in Tour(panel, Path(place)).states():
            name = f"{state}.png" if missing is None else missing.pop(state, "")
            if name:
                take_picture(viewer, window, folder / name)
            if missing == {}:
                break
        viewer.close()


def take_picture(viewer: napari.Viewer, window: QWidget | None, path: Path) -> None:
    """Save what a window shows, with so few colours that the file is a third as large and looks the same."""
    if window is None:
        viewer.screenshot(str(path), canvas_only=False, flash=False)
    else:
        window.grab().save(str(path))
    with Image.open(path) as picture:
        full = picture.convert("RGB")
    full.quantize(palette=palette_of(full), dither=Image.Dither.NONE).save(path, optimize=True)


def palette_of(picture: Image.Image) -> Image.Image:
    """Colours that serve a picture: the flat ones of the window as they are, and some for every hue that is rare."""
    colours, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    common = colours[np.argsort(-counts)[:COMMON]]
    rare = Image.fromarray(colours[None]).quantize(COLOURS - len(common), method=Image.Quantize.MAXCOVERAGE)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common.ravel().tolist(), *(rare.getpalette() or [])])
    return palette


if __name__ == "__main__":
    main()
