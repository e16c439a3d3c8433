"""Fixtures of the GUI tests: a viewer with the workbench on a folder of generated films."""

import gc
import os
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("NAPARI_ASYNC", "0")

import numpy as np
import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.plugin import WorkbenchPanel
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from napari_dentlm.gui.session import Session
from napari_dentlm.gui.workbench import Workbench
from napari_dentlm.gui.worklist import Worklist
from tests.gui import mouse

ORIGIN = "model:test@0123456789ab"
KEYS = load_scheme().keys


def predicted_points(shift: float = 0.0) -> dict[str, Point]:
    """A made-up prediction: points on a grid, far from each other."""
    return {key: Point(400 + 220 * (row % 5) + shift, 500 + 330 * (row // 5)) for row, key in enumerate(KEYS)}


def prediction_of(path: Path, shift: float = 0.0, origin: str = ORIGIN) -> FilePrediction:
    landmarks = tuple(
        Landmark(key, State.PREDICTED, point, origin=origin, expected_error_px=20.0)
        for key, point in predicted_points(shift).items()
    )
    box = np.array([[300.0, 400], [1600, 400], [1600, 2000], [300, 2000]])
    frames = (FramePrediction(0, landmarks, "", box, None),)
    return FilePrediction(path, (read_image(path).image_id,), origin, "quality=standard", frames)


@dataclass
class Desk:
    """A viewer with the workbench, as a reader has it before him."""

    viewer: object
    panel: WorkbenchPanel

    @property
    def workbench(self) -> Workbench:
        return self.panel.workbench

    @property
    def session(self):
        return self.panel.workbench.session

    @property
    def points(self):
        return self.workbench.scene.points.layer

    def landmark(self, key: str) -> Landmark:
        return self.session.annotation.landmarks[key]

    def place_of(self, key: str) -> np.ndarray:
        point = self.landmark(key).position
        return mouse.on_canvas(self.viewer, self.points, (point.x, point.y))

    def drag(self, key: str, by: tuple[float, float]) -> Point:
        """Drag a mark by some film pixels with the mouse; the place aimed at comes back."""
        point = self.landmark(key).position
        goal = Point(point.x + by[0], point.y + by[1])
        end = mouse.on_canvas(self.viewer, self.points, (goal.x, goal.y))
        mouse.drag(self.viewer, self.place_of(key), end)
        return goal

    def apart(self, key: str, goal: Point) -> float:
        """Film pixels between a landmark and a place."""
        point = self.landmark(key).position
        return float(np.hypot(point.x - goal.x, point.y - goal.y))

    def press(self, key, *modifiers) -> None:
        from qtpy.QtCore import Qt

        together = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            together |= modifier
        mouse.press(self.viewer, key, together)

    def take_keyboard(self, qtbot) -> None:
        """Have the window and its canvas get what is typed."""
        self.panel.window().activateWindow()
        canvas = mouse.canvas_of(self.viewer)
        canvas.setFocus()
        qtbot.waitUntil(canvas.hasFocus)

    @property
    def tolerance(self) -> float:
        return mouse.pixel_tolerance(self.viewer, self.points)

    def assert_shows_truth(self) -> None:
        """What the layer shows is what the journal says."""
        shown = {
            str(name): xy for name, xy in zip(self.points.features["name"], self.points.data[:, ::-1], strict=True)
        }
        truth = {
            key: (mark.position.x, mark.position.y)
            for key, mark in self.session.annotation.landmarks.items()
            if mark.position is not None
        }
        assert shown.keys() == truth.keys()
        for key, xy in truth.items():
            np.testing.assert_allclose(shown[key], xy, atol=1e-3)


@pytest.fixture(autouse=True)
def _quick_collections():
    """Spare collections what was there before: napari's fixture and its canvas collect several times in every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def worklist(qapp):
    worklist = Worklist()
    yield worklist
    worklist.close()
    worklist.deleteLater()


@pytest.fixture
def session(qtbot, films):
    """A labelled film in view, without a viewer."""
    session = Session()
    session.set_reader("anna")
    session.open([films])
    session.take_prediction(prediction_of(session.film.image.path))
    yield session
    session.close()


@pytest.fixture
def empty_desk(make_napari_viewer, qtbot):
    """The workbench without a folder."""
    viewer = make_napari_viewer(show=True)
    _, panel = viewer.window.add_plugin_dock_widget("napari-dentlm", "Landmark workbench")
    viewer.window.resize(1280, 800)
    panel.workbench.session.set_reader("anna")
    yield Desk(viewer, panel)
    panel.workbench.shutdown()


@pytest.fixture
def desk(empty_desk, films):
    """The workbench with the first JPEG of a folder in view, already labelled."""
    session = empty_desk.session
    session.open([films])
    path = films / "film_7101.jpg"
    session.take_prediction(prediction_of(path))
    session.show([entry.path for entry in session.worklist.entries].index(path))
    mouse.settle(empty_desk.viewer)
    empty_desk.viewer.reset_view()
    return empty_desk


@pytest.fixture
def journal_of(desk):
    """Reads the film's journal anew from the disk."""
    from napari_dentlm.core.journal import Journal

    def read() -> Journal:
        film = desk.session.film
        return Journal.open(film.journal.path, image_ids=film.image_ids, scheme=load_scheme(), read_only=True)

    return read
