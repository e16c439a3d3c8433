"""What is looked at before points leave or teach a model: the second press, and what the journal keeps."""

from pathlib import Path

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QFileDialog

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.export import ExportKind
from tests.gui.conftest import prediction_of

WAIT = 30_000


class Counter:
    """The panel's export page before a reader, and the save dialog that he answers with `target`."""

    def __init__(self, desk, qtbot, target, monkeypatch) -> None:
        self.desk, self.qtbot, self.target = desk, qtbot, target
        self.asked = 0
        self.first, self.second = (desk.session.worklist.entries[row].path for row in (0, 1))
        pages = desk.panel.pages
        pages.setCurrentIndex([pages.tabText(row) for row in range(pages.count())].index("Export"))
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._answer)

    def _answer(self, *_):
        self.asked += 1
        return str(self.target), ""

    @property
    def words(self) -> str:
        return self.desk.panel.words.text()

    def press(self, button=None) -> None:
        """Press a button and wait until nothing is under way."""
        QTest.mouseClick(button or self.desk.panel.export.button, Qt.MouseButton.LeftButton)
        self.qtbot.waitUntil(lambda: not self.desk.workbench.exporter.running, timeout=WAIT)

    def cancel_soon(self) -> None:
        """Cancel what is under way after its first film, and nothing that follows it."""
        exporter = self.desk.workbench.exporter

        def cancel(*_) -> None:
            exporter.advanced.disconnect(cancel)
            exporter.cancel()

        exporter.advanced.connect(cancel)

    def confirm(self, key: str, place: Point | None = None) -> None:
        """Confirm a point of the film in view, at another place if one is given."""
        session = self.desk.session
        if place is not None:
            session.put(key, place)
        session.select(key)
        session.confirm()

    def doubtful(self, row: int, key: str = "N") -> None:
        """Confirm two points of a film at the same place."""
        session = self.desk.session
        session.show(row)
        if session.annotation.landmarks["S"].position is None:
            session.take_prediction(prediction_of(session.film.image.path))
        self.confirm("S")
        self.confirm(key, session.annotation.landmarks["S"].position)

    def right(self, row: int) -> None:
        """Put the points of a film back to places that two points of a face may have."""
        self.desk.session.show(row)
        self.confirm("N", Point(1300, 450))

    def accepted(self, path) -> frozenset[str]:
        """Doubts of a film that the journal says were accepted."""
        film = self.desk.session.film
        image_ids = prediction_of(path).image_ids if film is None or film.image.path != path else film.image_ids
        sidecar = path.with_name(path.name + ".dentlm.jsonl")
        return Journal.open(sidecar, image_ids=image_ids, scheme=load_scheme(), read_only=True).accepted("anna")


@pytest.fixture
def counter(desk, qtbot, films, monkeypatch, tmp_path):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "settings"))
    return Counter(desk, qtbot, films / "out.csv", monkeypatch)


def test_predictions_that_stay_at_home_are_not_judged(counter):
    counter.confirm("S")
    counter.press()
    assert [row.landmark for row in landmark_csv.read(counter.target)] == ["S"]
    assert counter.accepted(counter.first) == frozenset()


def test_a_doubt_stops_the_export_until_the_button_is_pressed_again(counter):
    counter.doubtful(0)
    counter.press()
    assert not counter.target.exists()
    assert "1 film looks doubtful" in counter.words
    assert counter.desk.panel.failures.header.text() == "1 doubt on 1 film"
    counter.press()
    assert counter.asked == 1
    assert {row.landmark for row in landmark_csv.read(counter.target)} == {"S", "N"}
    assert counter.accepted(counter.first) == {"together:S-N"}
    assert counter.desk.panel.failures.isHidden()


def test_the_film_in_view_can_still_be_changed_after_its_doubt_was_accepted(counter):
    counter.doubtful(0)
    counter.press()
    counter.press()
    counter.confirm("A")
    assert counter.desk.landmark("A").state is State.CONFIRMED
    assert counter.desk.session.film.journal.problem == ""
    counter.desk.workbench.undo()
    counter.desk.workbench.undo()
    assert counter.accepted(counter.first) == frozenset()


def test_a_doubt_of_another_film_is_accepted_in_its_own_journal(counter):
    counter.doubtful(1)
    counter.desk.session.show(0)
    counter.press()
    counter.press()
    assert counter.accepted(counter.second) == {"together:S-N"}
    assert counter.target.exists()


def test_what_was_corrected_meanwhile_is_not_accepted(counter):
    counter.doubtful(0)
    counter.press()
    counter.right(0)
    counter.press()
    assert counter.target.exists()
    assert counter.accepted(counter.first) == frozenset()


def test_a_new_doubt_stops_the_second_press_as_well(counter):
    counter.doubtful(0)
    counter.press()
    counter.doubtful(1)
    counter.press()
    assert not counter.target.exists()
    assert counter.accepted(counter.first) == {"together:S-N"}
    assert counter.accepted(counter.second) == frozenset()
    assert counter.desk.panel.failures.list.count() == 1
    counter.press()
    assert counter.target.exists()
    assert counter.accepted(counter.second) == {"together:S-N"}
    assert counter.asked == 1


def test_another_button_is_no_second_press(counter):
    counter.doubtful(0)
    counter.desk.panel.export.purpose.setCurrentIndex(1)
    counter.press()
    learning = counter.desk.workbench.learning
    counter.desk.panel.learn.requested.emit(False)
    counter.qtbot.waitUntil(lambda: not counter.desk.workbench.exporter.running, timeout=WAIT)
    assert not learning.running
    assert "doubtful" in counter.words
    assert counter.accepted(counter.first) == frozenset()


def test_another_reader_is_no_second_press(counter):
    session = counter.desk.session
    counter.doubtful(0)
    counter.press()
    session.set_reader("bob")
    counter.doubtful(0)
    counter.press()
    assert not counter.target.exists()
    assert session.film.journal.accepted("bob") == frozenset()


def test_a_cancelled_check_leads_to_nothing(counter):
    counter.doubtful(0)
    counter.cancel_soon()
    counter.press()
    assert counter.words == "The check was stopped; nothing was written."
    assert counter.desk.panel.jobs.rows["Export"].bar.format().startswith("Checking")
    # A check that saw only some of the films is no first press.
    counter.press()
    assert "doubtful" in counter.words
    assert counter.asked == 2
    assert not counter.target.exists()


def test_a_check_that_is_stopped_without_a_doubt_does_not_write_or_train(counter, qtbot):
    counter.desk.session.show(1)
    counter.confirm("S", Point(700, 800))
    exporter, learning = counter.desk.workbench.exporter, counter.desk.workbench.learning
    counter.cancel_soon()
    counter.press()
    assert not counter.target.exists()
    counter.cancel_soon()
    counter.desk.panel.learn.requested.emit(False)
    qtbot.waitUntil(lambda: not exporter.running, timeout=WAIT)
    assert not learning.running


def test_a_folder_that_closes_ends_the_check_and_the_warning(counter, films, tmp_path):
    counter.doubtful(0)
    session, exporter = counter.desk.session, counter.desk.workbench.exporter

    def reopen(*_) -> None:
        exporter.advanced.disconnect(reopen)
        session.open([films])

    exporter.advanced.connect(reopen)
    counter.press()
    assert not counter.target.exists()
    counter.press()
    assert "doubtful" in counter.words
    session.open([films])
    assert counter.desk.panel.failures.isHidden()
    counter.press()
    assert "doubtful" in counter.words
    assert not counter.target.exists()


def test_a_picture_of_the_film_in_view_asks_about_that_film_only(counter, films):
    counter.doubtful(1)
    counter.desk.session.show(0)
    counter.confirm("S")
    counter.target = films / "film_7101.dentlm.png"
    seen = []
    counter.desk.workbench.exporter.began.connect(seen.append)
    kinds = counter.desk.panel.export.kind
    kinds.setCurrentIndex(kinds.findData(str(ExportKind.FILM_PICTURE)))
    counter.press()
    assert counter.target.exists()
    assert seen == [1, 1]


def test_who_names_no_target_waits_for_no_check(counter):
    counter.doubtful(0)
    began = []
    counter.desk.workbench.exporter.began.connect(began.append)
    counter.target = ""
    counter.press()
    assert counter.asked == 1
    assert not began


def test_a_click_on_a_doubt_shows_the_film_and_the_point(counter):
    counter.doubtful(1, "Me")
    counter.desk.session.show(0)
    counter.press()
    findings = counter.desk.panel.failures.list
    place = findings.visualItemRect(findings.item(0)).center()
    QTest.mouseClick(findings.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert counter.desk.session.film.image.path == counter.second
    assert counter.desk.session.current in ("S", "Me")


def test_a_button_that_cannot_do_anything_now_says_why(desk, qtbot):
    exporter, panel = desk.workbench.exporter, desk.panel
    desk.session.select("S")
    desk.session.confirm()
    for ask in (
        lambda: panel.learn.requested.emit(False),
        lambda: panel.export.requested.emit(ExportPurpose.REPORT, ExportKind.TABLE),
        lambda: panel.readers.agreement_requested.emit("anna", ""),
    ):
        panel.readers.agreement_requested.emit("anna", "bob")
        assert exporter.running
        panel.say("–")
        ask()
        assert panel.words.text() == "Comparing is under way already. Wait until it is done, or press Cancel."
        qtbot.waitUntil(lambda: not exporter.running, timeout=WAIT)


def test_without_a_folder_retraining_says_so(empty_desk):
    empty_desk.panel.learn.start.click()
    assert empty_desk.panel.words.text() == "Open a patient folder first."


def test_a_doubt_leaves_the_list_when_it_is_said_to_be_right(counter):
    counter.doubtful(0)
    counter.doubtful(1)
    counter.press()
    panel = counter.desk.panel
    assert panel.failures.list.count() == 2
    # The box in the panel looks at all points and says one doubt after the other.
    while counter.desk.workbench.guard.look():
        QTest.mouseClick(panel.guard.accept, Qt.MouseButton.LeftButton)
    assert panel.failures.list.count() == 1
    assert counter.first.name in panel.failures.text()
    counter.desk.press(Qt.Key.Key_U)
    assert counter.words.startswith('Undone: "It is right" about: ')


@pytest.mark.parametrize("inside", [True, False])
def test_the_save_dialog_proposes_the_folder_of_the_last_export_unless_it_was_this_patient_s(
    desk, qtbot, films, tmp_path, monkeypatch, inside
):
    other = tmp_path / "exports"
    other.mkdir()
    counter = Counter(desk, qtbot, (films if inside else other) / "out.csv", monkeypatch)
    proposed = []

    def answer(_parent, _title, start, *_):
        proposed.append(start)
        return str(counter.target), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    counter.confirm("S")
    counter.press()
    counter.press()
    assert [Path(start).parent for start in proposed] == [films, films if inside else other]
