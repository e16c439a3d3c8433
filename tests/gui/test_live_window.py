"""The window of ``dentlm live``: frames arrive from the child process and show boxes, points and the rate."""

import os
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from qtpy.QtWidgets import QDockWidget

from napari_dentlm.gui.live_window import ENDED, NOT_STARTED, LiveView, paint
from sample_data import generate_face

ORANGE = (240, 165, 0)


@pytest.fixture
def look(make_napari_viewer, qtbot):
    """Opens a source, and ends the child process with the test."""
    views = []

    def start(source: Path, frames: int) -> tuple[LiveView, object]:
        viewer = make_napari_viewer()
        views.append(LiveView(viewer, str(source), "face68", "cpu", frames))
        return views[-1], viewer

    yield start
    for view in views:
        view.close()


def test_points_lie_on_the_face_in_every_frame(look, tmp_path: Path, qtbot) -> None:
    faces = [generate_face(seed) for seed in (51, 52)]
    for number, face in enumerate(faces):
        Image.fromarray(face.pixels).save(tmp_path / f"frame_{number}.png")
    _, viewer = look(tmp_path, 2)
    seen = []

    def arrived() -> bool:
        shown = viewer.layers["Camera"].data if "Camera" in viewer.layers else None
        if shown is not None and not any(shown is each for each in seen):
            seen.append(shown)
        return len(seen) == 2

    qtbot.waitUntil(arrived, timeout=60_000)
    for face, shown in zip(faces, seen, strict=True):
        painted = np.argwhere(np.abs(shown.astype(int) - ORANGE).sum(axis=2) < 60)[:, ::-1]
        away = np.linalg.norm(face.points[:, None] - painted[None], axis=2).min(axis=1)
        assert np.median(away) < 6


def test_nothing_but_the_picture_is_drawn_for_every_frame(look, tmp_path: Path, qtbot) -> None:
    _, viewer = look(tmp_path / "missing.mp4", 1)
    viewer.window.show()
    qtbot.waitUntil(lambda: "missing.mp4" in viewer.canvas.overlays.text.text, timeout=60_000)
    docks = viewer.window._qt_window.findChildren(QDockWidget)
    assert docks
    assert not any(dock.isVisible() for dock in docks)


def test_a_source_that_is_not_there_is_told_in_the_window(look, tmp_path: Path, qtbot) -> None:
    _, viewer = look(tmp_path / "missing.mp4", 1)
    qtbot.waitUntil(lambda: "missing.mp4" in viewer.canvas.overlays.text.text, timeout=60_000)
    assert not viewer.layers


def test_a_frame_that_cannot_be_read_is_told_in_the_window(look, tmp_path: Path, qtbot) -> None:
    Image.fromarray(generate_face(51).pixels).save(tmp_path / "frame_0.png")
    (tmp_path / "frame_1.png").write_bytes(b"\x89PNG nothing")
    _, viewer = look(tmp_path, 2)
    text = viewer.canvas.overlays.text
    qtbot.waitUntil(lambda: "frame_1.png" in text.text, timeout=60_000)
    assert text.visible


def test_a_program_that_dies_is_told_in_the_window(look, tmp_path: Path, qtbot) -> None:
    for number in range(3):
        Image.fromarray(generate_face(51).pixels).save(tmp_path / f"frame_{number}.png")
    before = set(psutil.Process().children())
    _, viewer = look(tmp_path, 1)
    qtbot.waitUntil(lambda: "Camera" in viewer.layers, timeout=60_000)
    (child,) = set(psutil.Process().children()) - before
    child.kill()
    text = viewer.canvas.overlays.text
    qtbot.waitUntil(lambda: text.text == ENDED, timeout=60_000)
    assert text.visible


def test_a_program_that_breaks_is_told_in_the_window(look, tmp_path: Path, qtbot, monkeypatch) -> None:
    (tmp_path / "torch.py").write_text("raise RuntimeError('a broken installation')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    _, viewer = look(tmp_path, 1)
    qtbot.waitUntil(lambda: viewer.canvas.overlays.text.text == ENDED, timeout=60_000)


def test_a_program_that_cannot_be_started_is_told_in_the_window(look, tmp_path: Path, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    _, viewer = look(tmp_path, 1)
    qtbot.waitUntil(lambda: viewer.canvas.overlays.text.text == NOT_STARTED)


def test_python_files_beside_the_frames_are_not_run(look, tmp_path: Path, qtbot, monkeypatch) -> None:
    (tmp_path / "numpy.py").write_text("open('was-run', 'w')")
    monkeypatch.chdir(tmp_path)
    _, viewer = look(tmp_path / "missing.mp4", 1)
    qtbot.waitUntil(lambda: "missing.mp4" in viewer.canvas.overlays.text.text, timeout=60_000)
    assert not (tmp_path / "was-run").exists()


def test_words_fit_into_a_narrow_frame() -> None:
    painted = paint(np.full((640, 360, 3), 90, np.uint8), [], "25 frames a second, faces: 1. Not a medical device.")
    columns = np.flatnonzero((painted != 90).any(axis=(0, 2)))
    assert columns[0] > 0
    assert 300 < columns[-1] < 359


@pytest.mark.parametrize("shape", [(480, 640), (480, 640, 3), (1080, 1920, 3)])
def test_painting_leaves_the_frame_as_it_was(shape: tuple[int, ...]) -> None:
    frame = np.full(shape, 90, np.uint8)
    face = {"points": [(200.4, 300.2)], "box": (100, 120, 220, 240)}
    painted = paint(frame, [face], "25 frames a second")
    assert (frame == 90).all()
    assert painted.shape == (*shape[:2], 3)
    assert tuple(painted[300, 200]) == ORANGE
    assert np.abs(painted[120, 200].astype(int) - (255, 236, 90)).max() < 20
    assert painted[:40, :160].max() > 200
