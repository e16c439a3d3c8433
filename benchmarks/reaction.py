"""How soon the workbench answers: from the key to the redrawn canvas, and memory while stepping through films.

Run with ``xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.reaction [--films 300]`` from the repository.
Films are generated, 1935 x 2400 pixels. Printed: medians and 95th percentiles in ms, and the memory of the process.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

os.environ["NAPARI_CONFIG"] = ""

import napari
import numpy as np
import psutil
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.plugin import WorkbenchPanel
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from sample_data import generate_film
from sample_data.files import write_films
from tests.gui import mouse

SEEDS = (9101, 9102, 9103, 9104)
TIMES = {"nudge": 40, "confirm and advance": 18, "next film": 25}
BARS_MS = {"nudge": 50, "confirm and advance": 80, "next film": 400}
SETTLED_AFTER = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, default=60)
    count = parser.parse_args().films
    with tempfile.TemporaryDirectory() as name:
        os.environ["DENTLM_SETTINGS"] = os.path.join(name, "settings")
        folder = Path(name) / "films"
        predictions = make_folder(folder, count)
        viewer = napari.Viewer(title="napari-dentlm")
        viewer.window.resize(1280, 800)
        _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
        assert isinstance(panel, WorkbenchPanel)
        session = panel.workbench.session
        session.set_reader("reaction")
        session.open([folder])
        for prediction in predictions:
            session.take_prediction(prediction)
        session.show(0)
        mouse.settle(viewer)
        QTest.qWait(1500)
        acts = {
            "nudge": Qt.Key.Key_Right,
            "confirm and advance": Qt.Key.Key_Return,
            "next film": Qt.Key.Key_PageDown,
        }
        for what, key in acts.items():
            tell(what, [seconds(viewer, session, key) for _ in range(TIMES[what])])
        step_through(viewer, session)
        viewer.close()


def make_folder(folder: Path, count: int) -> list[FilePrediction]:
    """Fill a folder with copies of some generated films under other names; give each a prediction."""
    folder.mkdir(parents=True)
    films = [generate_film(seed) for seed in SEEDS]
    write_films(films, folder, dicom=frozenset(), mirrored=frozenset())
    found = []
    originals = [folder / f"film_{film.seed}.jpg" for film in films]
    ids = [read_image(path).image_id for path in originals]
    for number in range(count):
        kind = number % len(films)
        path = folder / f"patient_{number:04d}.jpg"
        shutil.copy(originals[kind], path)
        marks = tuple(
            Landmark(key, State.PREDICTED, Point(*point), origin="model:made-up@0", expected_error_px=15.0)
            for key, point in zip(load_scheme().keys, films[kind].points, strict=True)
        )
        frame = FramePrediction(0, marks, "", None, None)
        found.append(FilePrediction(path, (ids[kind],), "model:made-up@0", "quality=standard", (frame,)))
    for path in originals:
        path.unlink()
    (folder / "truth.csv").unlink(missing_ok=True)
    return found


def seconds(viewer: napari.Viewer, session, key: Qt.Key) -> float:
    """Seconds from a key to the redrawn canvas; a reader's pause before it."""
    QTest.qWait(300)
    return mouse.seconds_to_redraw(viewer, lambda: QTest.keyClick(mouse.canvas_of(viewer), key))


def tell(what: str, found: list[float]) -> None:
    """Print median, 95th percentile and bar."""
    median, late = np.percentile(found, [50, 95]) * 1000
    print(f"{what:<20} median {median:4.0f} ms   95 % {late:4.0f} ms   bar {BARS_MS[what]} ms   n {len(found)}")


def step_through(viewer: napari.Viewer, session) -> None:
    """Go through all films and print the memory after the tenth and at the end."""
    process, after_tenth = psutil.Process(), 0.0
    session.show(0)
    films = len(session.worklist.entries)
    for number in range(1, films):
        mouse.seconds_to_redraw(viewer, lambda: QTest.keyClick(mouse.canvas_of(viewer), Qt.Key.Key_PageDown))
        if number == SETTLED_AFTER:
            after_tenth = process.memory_info().rss / 2**20
    end = process.memory_info().rss / 2**20
    print(
        f"{films} films stepped through: {after_tenth:.0f} MiB after the tenth, {end - after_tenth:+.0f} MiB at the end"
    )


if __name__ == "__main__":
    main()
