"""The box of the exports: what its buttons ask for, and the questions before something is written over."""

import pytest
from qtpy.QtCore import Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog, QMessageBox

from napari_dentlm.core.formats import ExportPurpose
from napari_dentlm.gui.export import ExportKind
from napari_dentlm.gui.export_box import ExportBox, ask_target

REPORT, _, EVERYTHING = ExportPurpose


@pytest.fixture
def box(qtbot):
    box = ExportBox()
    box.resize(330, box.sizeHint().height())
    qtbot.addWidget(box)
    box.show()
    return box


def test_confirmed_points_as_a_table_are_what_the_button_exports(box, qtbot):
    with qtbot.waitSignal(box.requested) as wish:
        QTest.mouseClick(box.button, Qt.MouseButton.LeftButton)
    assert wish.args == [REPORT, ExportKind.TABLE]
    for widget in (box.purpose, box.kind):
        QTest.keyClick(widget, Qt.Key.Key_End)
    with qtbot.waitSignal(box.requested) as wish:
        QTest.mouseClick(box.button, Qt.MouseButton.LeftButton)
    assert wish.args == [EVERYTHING, ExportKind.ARCHIVE]


def answer(button: str) -> list[str]:
    """Press a button of the question that is asked next; what it says comes back when it was asked."""
    said = []

    def press() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, QMessageBox)
        said.append(question.text())
        [wanted] = [each for each in question.buttons() if each.text().replace("&", "") == button]
        QTest.mouseClick(wanted, Qt.MouseButton.LeftButton)

    QTimer.singleShot(200, press)
    return said


@pytest.mark.parametrize("button", ["Export", "Cancel"])
def test_an_archive_is_asked_about_first(box, tmp_path, monkeypatch, button):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    said = answer(button)
    target = ask_target(ExportKind.ARCHIVE, REPORT, tmp_path, None, box)
    assert "outline of a face" in said[0]
    assert target == (tmp_path / "mine.zip" if button == "Export" else None)


@pytest.mark.parametrize("button", ["Replace", "Cancel"])
@pytest.mark.parametrize(
    ("kind", "typed", "there"),
    [(ExportKind.TABLE, "report", "report.csv"), (ExportKind.FILM_PICTURE, "a.png", "a.dentlm.png")],
)
def test_a_file_that_only_has_the_same_name_with_its_ending_is_asked_about(
    box, tmp_path, monkeypatch, kind, typed, there, button
):
    (tmp_path / there).write_text("mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    said = answer(button)
    target = ask_target(kind, REPORT, tmp_path, None, box)
    assert said == [f"{there} is there already. Replace it?"]
    assert target == (tmp_path / there if button == "Replace" else None)


def test_a_file_that_the_dialog_asked_about_is_not_asked_about_again(box, tmp_path, monkeypatch):
    (tmp_path / "report.csv").write_text("mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report.csv"), ""))
    assert ask_target(ExportKind.TABLE, REPORT, tmp_path, None, box) == tmp_path / "report.csv"


@pytest.mark.parametrize(
    ("kind", "typed", "name"),
    [
        (ExportKind.TABLE, "a", "a.csv"),
        (ExportKind.TABLE, "a.CSV", "a.CSV"),
        (ExportKind.PICTURES, "mine", "mine"),
        (ExportKind.FILM_PICTURE, "film_7101.dentlm.png", "film_7101.dentlm.png"),
        (ExportKind.FILM_PICTURE, "a.png", "a.dentlm.png"),
        (ExportKind.FILM_PICTURE, "J. Doe.dentlm.png", "J. Doe.dentlm.png"),
    ],
)
def test_targets_get_the_ending_of_their_kind(box, tmp_path, monkeypatch, kind, typed, name):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), ""))
    assert ask_target(kind, REPORT, tmp_path, tmp_path / "film_7101.jpg", box) == tmp_path / name


def test_no_answer_is_no_export(box, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert ask_target(ExportKind.TABLE, REPORT, tmp_path, None, box) is None
