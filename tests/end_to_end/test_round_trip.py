"""Check 10: label, correct three points with the mouse, export for training, retrain, label again."""

import tomllib
from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

import napari_dentlm
from napari_dentlm.core.annotation import State
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from tests.gui import mouse
from tests.gui.conftest import Desk, empty_desk

__all__ = ["empty_desk"]

PACKAGE = Path(napari_dentlm.__file__).parent
RECIPE = PACKAGE.parent / "training" / "recipes" / "ceph19.toml"
pytestmark = pytest.mark.slow
WAIT = 240_000
CORRECTED = {"S": (40, -30), "Go": (-50, 40), "Me": (35, 45)}


def label_all(desk: Desk, qtbot, model: str) -> None:
    labelling = desk.workbench.labelling
    labelling.model = model
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        QTest.mouseClick(desk.panel.jobs.label_all, Qt.MouseButton.LeftButton)
        # Films that all have points are only labelled anew when it is pressed twice.
        if not labelling.running:
            QTest.mouseClick(desk.panel.jobs.label_all, Qt.MouseButton.LeftButton)


def points_of(desk: Desk) -> dict[str, tuple[float, float]]:
    marks = desk.session.annotation.landmarks
    return {key: (mark.position.x, mark.position.y) for key, mark in marks.items() if mark.position is not None}


def small_recipe(folder: Path) -> Path:
    """The shipped recipe with fewer generated films, for a training of a few steps."""
    text = RECIPE.read_text()
    generated = tomllib.loads(text)["data"]["generated"]
    path = folder / "small.toml"
    path.write_text(text.replace(f"generated = {generated}", "generated = 2"))
    return path


def test_round_trip(empty_desk, films, tmp_path, qtbot, monkeypatch):
    desk = empty_desk
    # Relative paths all the way, as they are typed; the worker works in another folder.
    monkeypatch.chdir(tmp_path)
    films = films.relative_to(tmp_path)
    desk.session.open([films])
    label_all(desk, qtbot, "ceph19")
    assert {str(entry.status) for entry in desk.session.worklist.entries} == {"labelled"}
    first_origin = desk.landmark("S").origin

    mouse.settle(desk.viewer)
    desk.viewer.reset_view()
    mouse.settle(desk.viewer)
    for key, by in CORRECTED.items():
        desk.drag(key, by)
        assert desk.landmark(key).state is State.CORRECTED
    corrected = {key: points_of(desk)[key] for key in CORRECTED}
    film = desk.session.film.image.path

    csv = films / "corrected.csv"
    with qtbot.waitSignal(desk.workbench.exporter.ended, timeout=WAIT):
        desk.workbench.exporter.start("anna", ExportPurpose.TRAINING, csv)
    rows = landmark_csv.read(csv)
    assert {row.landmark: (row.x, row.y) for row in rows} == corrected
    assert {row.image for row in rows} == {film.name}
    assert not [row for row in rows if row.state is State.PREDICTED]

    bundle = Path("trained") / "own"
    options = {"start_from": "ceph19", "images": films, "spacing_mm": 0.1, "max_steps": 2}
    with qtbot.waitSignal(desk.workbench.client.finished, timeout=WAIT) as finished:
        desk.workbench.client.train(csv, small_recipe(tmp_path), bundle, **options)
    assert not finished.args[1]["cancelled"]

    label_all(desk, qtbot, str(bundle))
    assert {key: points_of(desk)[key] for key in CORRECTED} == corrected
    assert all(desk.landmark(key).state is State.CORRECTED for key in CORRECTED)
    assert desk.landmark("N").state is State.PREDICTED
    assert desk.landmark("N").origin != first_origin
    desk.assert_shows_truth()
