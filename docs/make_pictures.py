"""Makes docs/images/plugin.png: the plugin on generated films, never on a real one.

Run with ``python docs/make_pictures.py``; without a screen, under ``xvfb-run -s "-screen 0 1600x1200x24"``.
"""

import os
import tempfile
from pathlib import Path

# napari must neither read nor save the settings of whoever runs this.
os.environ["NAPARI_CONFIG"] = ""

import napari
import numpy as np
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.plugin import WorkbenchPanel
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from napari_dentlm.gui.workbench import Workbench
from sample_data import GeneratedFilm, generate_film
from sample_data.files import write_films

TARGET = Path(__file__).parent / "images" / "plugin.png"
SEEDS = (9001, 9002, 9003)
SIZE = (1280, 800)
READER = "Dr. Sample"
FLAGGED = "Go"


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as name:
        films = [generate_film(seed) for seed in SEEDS]
        write_films(films, Path(name), dicom=frozenset({SEEDS[-1]}), mirrored=frozenset())
        viewer = napari.Viewer(title="napari-dentlm")
        viewer.window.resize(*SIZE)
        _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
        assert isinstance(panel, WorkbenchPanel)
        panel.reader.setText(READER)
        panel.tracing_shown.setChecked(True)
        review(panel.workbench, Path(name), films)
        QTest.qWait(500)
        viewer.reset_view()
        QTest.qWait(500)
        panel.say("Click a point, or press Tab; drag or use the arrows to correct it, Enter to confirm it.")
        TARGET.parent.mkdir(exist_ok=True)
        viewer.screenshot(str(TARGET), canvas_only=False, flash=False)
        viewer.close()


def review(workbench: Workbench, folder: Path, films: list[GeneratedFilm]) -> None:
    """Show a film in the middle of its review, with made-up predictions near the true points."""
    session = workbench.session
    session.set_reader(READER)
    session.open([folder])
    for film in films[:2]:
        session.take_prediction(_near_truth(folder / f"film_{film.seed}.jpg", film))
    session.show(0)
    session.calibrate(Calibration.user(films[0].spacing_mm))
    for key in ("S", "N"):
        session.select(key)
        session.confirm()
    session.put("Or", Point(*films[0].points[load_scheme().index("Or")]))
    session.select("Po")
    session.rule(State.NOT_VISIBLE)
    session.select("A")


def _near_truth(path: Path, film: GeneratedFilm) -> FilePrediction:
    scatter = np.random.default_rng(film.seed).normal(0, 8, film.points.shape)
    marks = tuple(
        Landmark(
            key,
            State.PREDICTED,
            Point(*point),
            expected_error_px=float(10 + abs(error[0])),
            flag="the stages disagree" if key == FLAGGED else "",
        )
        for key, point, error in zip(load_scheme().keys, film.points + scatter, scatter, strict=True)
    )
    frame = FramePrediction(0, marks, "", None, None)
    return FilePrediction(path, (read_image(path).image_id,), "model:picture@0", "quality=standard", (frame,))


if __name__ == "__main__":
    main()
