"""Closing the window gives everything back."""

import subprocess
import sys
import time

import psutil
from qtpy.QtTest import QTest

from napari_dentlm.core.folder import PatientFolder
from tests.worker.conftest import FAKE, film

__all__ = ["film"]


def test_closing_the_window_gives_the_folder_back_and_ends_the_worker(empty_desk, film, qtbot):
    workbench = empty_desk.workbench
    workbench.client.command = list(FAKE)
    path = film("plain")
    empty_desk.session.open([path.parent])
    with qtbot.waitSignal(workbench.labelling.ended, timeout=60_000):
        workbench.labelling.label_film()
    pid = workbench.client.pid
    assert psutil.pid_exists(pid)
    with PatientFolder.open(path.parent) as second:
        assert second.read_only
    empty_desk.viewer.close()
    QTest.qWait(100)
    with PatientFolder.open(path.parent) as second:
        assert not second.read_only
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        QTest.qWait(50)
    assert not psutil.pid_exists(pid)


def test_nothing_is_lost_when_the_window_just_goes_away(desk, films):
    goal = desk.drag("Go", (90, -60))
    sidecar = desk.session.film.journal.path.read_bytes()
    desk.viewer.close()
    QTest.qWait(50)
    assert goal is not None
    assert sidecar == (films / "film_7101.jpg.dentlm.jsonl").read_bytes()
    assert b'"event":"move"' in sidecar


DELETED_AT_ONCE = """
import sys
from pathlib import Path
import napari
from qtpy.QtCore import QEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from napari_dentlm.gui.launch import launch

def run():
    QTest.qWait(100)
    viewer = napari.current_viewer()
    window = viewer.window._qt_window
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)
    QTest.qWait(100)
    print("END")

napari.run = run
launch(Path(sys.argv[1]))
"""


def test_a_window_that_qt_deletes_at_once_closes_without_a_complaint(films):
    done = subprocess.run(
        [sys.executable, "-c", DELETED_AT_ONCE, str(films)], capture_output=True, text=True, timeout=120, check=True
    )
    assert "END" in done.stdout
    assert "Error" not in done.stdout + done.stderr
