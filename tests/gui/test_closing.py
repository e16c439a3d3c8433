"""Closing the window gives everything back."""

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
