"""Labelling from the panel, through a real child process with a made-up cascade."""

from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.gui.job_box import words_for
from tests.worker.conftest import FAKE, film

__all__ = ["film"]
WAIT = 60_000


@pytest.fixture
def bench(empty_desk):
    empty_desk.workbench.client.command = list(FAKE)
    return empty_desk


def statuses(desk) -> dict[str, str]:
    return {entry.path.stem: str(entry.status) for entry in desk.session.worklist.entries}


def push(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_label_this_film(bench, film, qtbot):
    path = film("plain")
    bench.session.open([path.parent])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_film)
        assert bench.panel.jobs.running
        assert not bench.panel.jobs.label_all.isEnabled()
    assert not bench.panel.jobs.running
    mark = bench.landmark("S")
    assert (mark.state, mark.position, mark.origin) == (State.PREDICTED, Point(10, 11), "model:fake@0")
    assert statuses(bench) == {"plain": "labelled"}
    assert bench.panel.words.text() == "Done: 1 film labelled."
    assert len(bench.workbench.scene.overlay.layer.data) == 1
    bench.assert_shows_truth()


def test_label_all_goes_on_over_bad_films_and_lists_them(bench, film, qtbot):
    folder = film("plain_1").parent
    for name in ("plain_2", "crash", "refused", "fault"):
        film(name)
    (folder / "damaged.png").write_bytes(b"\x89PNG nothing")
    bench.session.open([folder])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    expected = {"plain_1": "labelled", "plain_2": "labelled", "crash": "failed", "refused": "failed"}
    assert statuses(bench) == expected | {"fault": "failed", "damaged": "failed"}
    assert "without points" in bench.panel.words.text()
    notes = {entry.path.stem: entry.note for entry in bench.session.worklist.entries}
    assert notes["refused"] == "This is no film."
    assert "damaged" in notes["damaged"]


def test_cancel_keeps_what_is_labelled(bench, film, qtbot):
    for number in range(12):
        path = film(f"slow_{number}")
    bench.session.open([path.parent])
    labelling = bench.workbench.labelling
    with qtbot.waitSignal(labelling.advanced, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.cancel)
    assert bench.panel.words.text().startswith("Stopped:")
    # How soon the child stops is tested with the worker; here the window is busy with its first points as well.
    assert 1 <= list(statuses(bench).values()).count("labelled") < 12
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert set(statuses(bench).values()) == {"labelled"}


def test_the_reader_corrects_while_films_are_labelled(bench, film, qtbot):
    for name in ("plain_1", "slow_2", "slow_3"):
        path = film(name)
    bench.session.open([path.parent])
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
        qtbot.waitUntil(lambda: bench.landmark("S").position is not None, timeout=WAIT)
        bench.session.put("S", Point(20, 30))
    assert (bench.landmark("S").state, bench.landmark("S").position) == (State.CORRECTED, Point(20, 30))
    qtbot.waitUntil(lambda: set(statuses(bench).values()) == {"labelled", "in_review"})


def test_a_folder_opened_by_a_relative_path_is_labelled(bench, film, qtbot, monkeypatch, tmp_path):
    folder = film("plain").parent
    monkeypatch.chdir(tmp_path)
    bench.session.open([folder.relative_to(tmp_path)], Path("work"))
    with qtbot.waitSignal(bench.workbench.labelling.ended, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    assert statuses(bench) == {"plain": "labelled"}
    # The folder stays the one that was opened, wherever the program goes.
    monkeypatch.chdir(folder)
    bench.session.put("S", Point(20, 30))
    assert len(list((tmp_path / "work").glob("*.dentlm.jsonl"))) == 1


def test_nothing_is_written_into_a_folder_that_was_closed(bench, film, qtbot, tmp_path):
    for number in range(6):
        path = film(f"slow_{number}")
    other = tmp_path / "other"
    other.mkdir()
    (other / "next.png").write_bytes(film("plain").read_bytes())
    bench.session.open([path.parent])
    labelling = bench.workbench.labelling
    with qtbot.waitSignal(labelling.advanced, timeout=WAIT):
        push(bench.panel.jobs.label_all)
    with qtbot.waitSignal(labelling.ended, timeout=WAIT):
        bench.session.open([other])
        before = sorted(path.parent.iterdir())
    assert sorted(path.parent.iterdir()) == before
    assert statuses(bench) == {"next": "new"}
    assert bench.panel.words.text() == f"Stopped: {_labelled(before)} labelled."


def _labelled(files: list[Path]) -> str:
    count = len([file for file in files if file.suffix == ".jsonl"])
    return "1 film" if count == 1 else f"{count} films"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s left"), (89, "89 s left"), (100, "2 min left"), (3000, "50 min left")]
)
def test_time_left_in_words(seconds, text):
    assert words_for(seconds) == text
