"""The worklist: rows, filter, order, exclusion and large folders."""

import ntpath
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QInputDialog

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.folder import PatientFolder
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.review_status import Status
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui import film_list
from napari_dentlm.gui.film_row import weakest_text
from napari_dentlm.gui.looks import PLAIN
from napari_dentlm.gui.worklist import Show, Sort, Worklist
from napari_dentlm.gui.worklist_box import WorklistBox, footer_text
from tests.gui.conftest import prediction_of
from tests.gui.mouse import canvas_of

SCHEME = load_scheme()
KEYS = SCHEME.keys


def write_journal(path: Path, error: float, *, flag: str = "", done: int = 0, exclude: str = "") -> None:
    """A journal beside an image that nobody decodes."""
    sidecar = path.with_name(path.name + ".dentlm.jsonl")
    with Journal.open(sidecar, image_ids=("c" * 64,), scheme=SCHEME) as journal:
        marks = [
            Landmark(
                key,
                State.PREDICTED,
                Point(100 * number, 50 * number),
                expected_error_px=error if key == "Go" else 1.0,
                flag=flag if key == "Po" else "",
            )
            for number, key in enumerate(KEYS)
        ]
        journal.predict(marks, model="model:m@1", options="")
        for key in KEYS[:done]:
            journal.confirm("anna", key)
        if exclude:
            journal.exclude("anna", exclude)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven films in every state; only the new one can be decoded, so that it stays new when its picture is tried."""
    root = tmp_path / "patients"
    for name in ("Anna/1.jpg", "Anna/2.jpg", "Bert/3.jpg", "Bert/4.jpg", "Carl/5.jpg", "Carl/6.jpg", "Carl/7.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"nothing")
    cv2.imwrite(str(root / "Carl/7.jpg"), np.full((40, 30), 90, np.uint8))
    write_journal(root / "Anna/1.jpg", 5.0, done=len(KEYS))
    write_journal(root / "Anna/2.jpg", 10.0)
    write_journal(root / "Bert/3.jpg", 40.0, done=3)
    write_journal(root / "Bert/4.jpg", 3.0, flag="the looks differ")
    write_journal(root / "Carl/5.jpg", 3.0, exclude="Head turned")
    (root / "Carl/6.jpg.dentlm.jsonl").write_text('{"dentlm_journal": 99}\n')
    return root


@pytest.fixture
def box(worklist, folder, qtbot) -> WorklistBox:
    box = WorklistBox(worklist)
    qtbot.addWidget(box)
    box.resize(340, 420)
    box.show()
    worklist.open([folder])
    qtbot.waitUntil(lambda: worklist.unread == 0)
    return box


def names(worklist: Worklist) -> list[str]:
    return [worklist.entries[row].path.stem for row in worklist.shown]


def test_opening_reads_no_journal_before_the_list_is_there(worklist, folder, monkeypatch, qtbot):
    read: list[Path] = []
    summary = PatientFolder.summary
    monkeypatch.setattr(PatientFolder, "summary", lambda self, path, who: read.append(path) or summary(self, path, who))
    worklist.open([folder])
    assert names(worklist) == list("1234567")
    assert not read
    assert worklist.unread == 7
    monkeypatch.setattr(film_list, "FIRST_LOOK_SECONDS", 60)
    assert worklist.entries[worklist.first_unfinished()].path.stem == "2"
    assert [path.stem for path in read] == ["1", "2"]
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert sorted(path.stem for path in read) == list("1234567")


def test_the_first_film_is_not_looked_for_at_any_price(worklist, folder, monkeypatch, qtbot):
    monkeypatch.setattr(film_list, "FIRST_LOOK_SECONDS", 0)
    worklist.open([folder])
    assert worklist.first_unfinished() == 0
    assert worklist.unread == sum(entry.known is None for entry in worklist.entries) == 7
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert worklist.entries[worklist.first_unfinished()].path.stem == "2"


def test_rows_in_sight_are_read_first(worklist, folder, monkeypatch, qtbot):
    read: list[str] = []
    summary = PatientFolder.summary
    monkeypatch.setattr(
        PatientFolder, "summary", lambda self, path, who: read.append(path.stem) or summary(self, path, who)
    )
    worklist.open([folder])
    worklist.read_first([5, 3])
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert read == ["6", "4", "1", "2", "3", "5", "7"]


def test_the_footer_counts(box, worklist):
    counted = {Status.LABELLED: 2, Status.IN_REVIEW: 1, Status.DONE: 1}
    rest = {Status.EXCLUDED: 1, Status.FAILED: 1, Status.NEW: 1}
    assert worklist.counts() == counted | rest
    assert box.footer.text() == "7 films: 1 done, 1 in review, 2 labelled, 1 new, 1 excluded, 1 failed"


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        (Show.ALL, "1234567"),
        (Show.TO_DO, "2347"),
        (Show.FLAGGED, "4"),
        (Show.IN_REVIEW, "3"),
        (Show.DONE, "1"),
        (Show.SET_ASIDE, "56"),
    ],
)
def test_the_filter(box, worklist, show, expected):
    box.show_box.setCurrentText(str(show))
    assert names(worklist) == list(expected)
    assert box.films.model().rowCount() == len(expected)
    assert worklist.entries[0].path.stem == "1"


def test_typing_finds_patients(box, worklist):
    QTest.keyClicks(box.text, "bert ")
    assert names(worklist) == ["3", "4"]
    assert box.text.text() == "bert "
    assert footer_text(worklist).startswith("2 listed of 7 films")


def test_the_most_urgent_film_comes_first(box, worklist):
    box.sort_box.setCurrentText(str(Sort.URGENCY))
    assert names(worklist) == list("4327156")


def test_a_film_of_larger_pixels_is_as_urgent_as_its_error_is_large(worklist, tmp_path, qtbot):
    for name, scale in (("a.jpg", 1.0), ("b.jpg", 0.2)):
        (tmp_path / name).write_bytes(b"nothing")
        with Journal.open(tmp_path / f"{name}.dentlm.jsonl", image_ids=("c" * 64,), scheme=SCHEME) as journal:
            error = (10.0 if name == "a.jpg" else 15.0) * scale
            marks = [
                Landmark(key, State.PREDICTED, Point(90 * n * scale, 50 * n * scale), expected_error_px=error)
                for n, key in enumerate(KEYS)
            ]
            journal.predict(marks, model="model:m@1", options="")
    worklist.open([tmp_path])
    qtbot.waitUntil(lambda: worklist.unread == 0)
    worklist.arrange(sort=Sort.URGENCY)
    assert names(worklist) == ["b", "a"]


def test_turning_over_follows_the_list(box, worklist):
    worklist.arrange(sort=Sort.URGENCY, show=Show.TO_DO)
    visited = []
    while (row := worklist.neighbour(1)) is not None:
        worklist.current = row
        visited.append(worklist.entries[row].path.stem)
    assert visited == list("4327")
    worklist.current = worklist.neighbour(-1)
    assert worklist.entries[worklist.current].path.stem == "2"
    assert box.films.currentIndex().row() == 2


def test_the_film_in_view_does_not_jump_away_when_it_is_done(box, worklist, folder):
    worklist.arrange(show=Show.TO_DO)
    worklist.current = 2
    with Journal.open(
        folder / "Bert/3.jpg.dentlm.jsonl", image_ids=("c" * 64,), scheme=SCHEME, read_only=False
    ) as journal:
        journal.confirm_all("anna", KEYS)
    worklist.refresh(folder / "Bert/3.jpg")
    assert worklist.entries[2].status is Status.DONE
    assert names(worklist) == list("2347")
    assert worklist.neighbour(1) == 3
    worklist.arrange(show=Show.TO_DO)
    assert names(worklist) == list("247")


def test_the_weakest_point_is_told(box, worklist):
    texts = {entry.path.stem: weakest_text(entry) for entry in worklist.entries}
    assert texts == {"1": "", "2": "Go ± 10 px", "3": "Go ± 40 px", "4": "Po ± 1 px ⚑", "5": "", "6": "", "7": ""}
    progress = {e.path.stem: (e.summary.settled, e.summary.total) for e in worklist.entries if e.summary.total}
    assert progress == {"1": (19, 19), "2": (0, 19), "3": (3, 19), "4": (0, 19), "5": (0, 19)}


def test_the_list_tells_how_far_the_reader_at_work_has_come(box, worklist, qtbot):
    worklist.arrange(show=Show.TO_DO)
    worklist.current = 3
    worklist.set_reader("bert")
    assert worklist.unread == 7
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert names(worklist) == list("12347")
    assert (worklist.current, box.films.currentIndex().row()) == (3, 3)
    progress = {entry.path.stem: (entry.summary.settled, entry.status) for entry in worklist.entries}
    assert (progress["1"], progress["3"]) == ((0, Status.LABELLED), (0, Status.LABELLED))
    assert (worklist.entries[4].status, worklist.entries[4].note) == (Status.EXCLUDED, "Head turned (anna)")
    assert "4 labelled, 1 new, 1 excluded, 1 failed" in box.footer.text()
    assert "Also read by anna" in box.films.model().data(box.films.model().index(0, 0), Qt.ItemDataRole.ToolTipRole)
    worklist.set_reader("anna")
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert names(worklist) == list("2347")
    assert "read by" not in box.films.model().data(box.films.model().index(0, 0), Qt.ItemDataRole.ToolTipRole)


def test_a_folder_opened_later_is_that_readers_too(worklist, folder, qtbot):
    worklist.set_reader("bert")
    worklist.open([folder])
    assert worklist.first_unfinished() == 0
    assert worklist.entries[0].status is Status.LABELLED


def test_another_readers_refusal_does_not_stay(worklist, folder, qtbot):
    path = folder / "Carl/7.jpg"
    refused = [Landmark(key, State.NOT_ASSESSED, None, reason="no face area") for key in KEYS]
    with Journal.open(Path(f"{path}.dentlm.jsonl"), image_ids=("c" * 64,), scheme=SCHEME) as journal:
        journal.predict(refused, model="model:m@1", options="")
        journal.place("anna", "Go", Point(1, 1))
    worklist.set_reader("bert")
    worklist.open([folder])
    qtbot.waitUntil(lambda: worklist.unread == 0)
    entry = worklist.entries[6]
    assert (entry.status, entry.note) == (Status.FAILED, "no face area")
    worklist.set_reader("anna")
    assert (entry.status, entry.note) == (Status.IN_REVIEW, "")


def test_the_tooltip_tells_path_progress_and_reason(box):
    model = box.films.model()
    tips = [model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) for row in range(7)]
    assert tips[2].splitlines() == [
        "Bert/3.jpg",
        "◑ in review, 3 of 19 points settled",
        "Also read by anna",
        "Look first at Go ± 40 px",
    ]
    assert "Flagged: the looks differ" in tips[3]
    assert "Head turned" in tips[4]
    assert "newer version" in tips[5]


def test_a_blind_reader_learns_nothing_from_the_list(box, worklist):
    worklist.arrange(sort=Sort.URGENCY)
    worklist.set_blind(True)
    assert names(worklist) == list("2347156")
    model = box.films.model()
    tips = [model.data(model.index(row, 0), Qt.ItemDataRole.ToolTipRole) for row in range(7)]
    assert not any("Look first" in tip or "Flagged" in tip for tip in tips)
    worklist.arrange(show=Show.FLAGGED)
    assert names(worklist) == list("2347")


def test_a_film_that_failed_keeps_its_reason(box, worklist, folder):
    path = folder / "Carl/7.jpg"
    worklist.mark_failed(path, "7.jpg: cut short")
    assert (worklist.entries[6].status, worklist.entries[6].note) == (Status.FAILED, "7.jpg: cut short")
    worklist.refresh(path)
    assert worklist.entries[6].note == "7.jpg: cut short"
    assert "2 failed" in box.footer.text()


def test_the_menu_asks_why_a_film_is_left_out(box, worklist, qtbot):
    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QInputDialog)
        dialog.setTextValue("Head turned")
        dialog.accept()

    actions = {action.text(): action for action in box.films.menu(1).actions()}
    QTimer.singleShot(0, answer)
    with qtbot.waitSignal(box.films.exclusion_requested) as asked:
        actions["Exclude…"].trigger()
    assert asked.args == [1, "Head turned"]
    actions = {action.text(): action for action in box.films.menu(4).actions()}
    with qtbot.waitSignal(box.films.inclusion_requested) as asked:
        actions["Include again"].trigger()
    assert asked.args == [4]


def test_a_click_asks_for_the_row_of_the_folder(box, worklist, qtbot):
    worklist.arrange(sort=Sort.URGENCY)
    place = box.films.visualRect(box.films.model().index(0, 0)).center()
    with qtbot.waitSignal(box.films.film_requested) as asked:
        QTest.mouseClick(box.films.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [3]


def test_predictions_sort_the_list_anew(worklist, films, qtbot):
    worklist.open([films])
    worklist.arrange(sort=Sort.URGENCY)
    qtbot.waitUntil(lambda: worklist.unread == 0)
    assert names(worklist) == ["film_7101", "film_7102", "film_7103"]
    worklist.write_prediction(prediction_of(films / "film_7102.jpg"), None)
    qtbot.waitUntil(lambda: names(worklist)[0] == "film_7102")


# ---- keyboard --------------------------------------------------------------------------------------------------------


def strike(desk, key: Qt.Key) -> None:
    """Press a key as a reader does, without knowing who has the keyboard."""
    QTest.keyClick(QApplication.focusWidget() or desk.panel.window(), key)
    QApplication.processEvents()


def test_the_film_in_view_stays_in_sight_when_the_list_gets_shorter(box, worklist):
    films = box.films
    films.resize(300, 260)
    worklist.current = worklist.shown[4]
    films.resize(300, 150)
    place = films.visualRect(films.currentIndex())
    assert films.viewport().rect().contains(place)
    films.scrollToTop()
    films.resize(300, 140)
    assert films.verticalScrollBar().value() == 0


def test_the_keys_work_after_a_click_in_the_list(desk, qtbot):
    desk.take_keyboard(qtbot)
    films = desk.panel.films
    place = films.visualRect(films.model().index(1, 0)).center()
    QTest.mouseClick(films.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert desk.session.worklist.current == 1
    assert QApplication.focusWidget() in (canvas_of(desk.viewer), desk.panel.window())
    strike(desk, Qt.Key.Key_PageUp)
    assert desk.session.worklist.current == 0
    strike(desk, Qt.Key.Key_Tab)
    before = desk.session.current
    strike(desk, Qt.Key.Key_Return)
    assert desk.landmark(before).state is State.CONFIRMED


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_the_keys_work_again_after_typing(desk, qtbot, key):
    desk.take_keyboard(qtbot)
    text = desk.panel.review.worklist.text
    QTest.mouseClick(text, Qt.MouseButton.LeftButton)
    assert text.hasFocus()
    QTest.keyClicks(text, "71")
    strike(desk, key)
    assert not text.hasFocus()
    assert text.text() == "71"
    strike(desk, Qt.Key.Key_PageDown)
    assert desk.session.worklist.current == 1


# ---- looks -----------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_set_anew(desk):
    layer = next(layer for layer in desk.viewer.layers if layer.name == "Film")
    set_anew: list[str] = []
    for name in ("contrast_limits", "contrast_limits_range", "gamma", "colormap", "data"):
        getattr(layer.events, name).connect(lambda _event, name=name: set_anew.append(name))
    desk.workbench.scene.set_look(replace(PLAIN, gamma=0.5))
    assert set_anew == ["gamma"]
    set_anew.clear()
    desk.workbench.scene.set_look(replace(PLAIN, gamma=0.5, invert=True))
    assert set(set_anew) == {"colormap"}
    set_anew.clear()
    desk.session.show(1)
    assert set_anew == ["data"]


def test_films_of_two_drives_are_refused_in_words(session, films, monkeypatch):
    def as_on_windows(paths: list[Path]) -> str:
        return ntpath.commonpath([f"{drive}:{path}" for drive, path in zip("CD", paths, strict=True)])

    said = []
    session.message.connect(said.append)
    monkeypatch.setattr(os.path, "commonpath", as_on_windows)
    session.open([films / "film_7101.jpg", films / "film_7102.jpg"])
    assert said[-1].startswith("film_7101.jpg and the others lie on different drives.")
    assert not session.worklist.entries
