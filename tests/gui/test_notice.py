"""The notice at the start, and the texts that go with exports."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.notice import MEANING, NOTICE_VERSION, export_notice
from napari_dentlm.core.settings import load_settings, settings_file
from napari_dentlm.gui.notice import NoticeBox


@pytest.fixture
def box(qapp, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("DENTLM_SETTINGS", str(tmp_path / "settings"))

    def make() -> NoticeBox:
        box = NoticeBox()
        qtbot.addWidget(box)
        return box

    return make


def test_the_notice_is_shown_until_it_was_understood(box):
    first = box()
    assert not first.isHidden()
    assert "Not a medical device" in first.words.text()
    assert not box().isHidden()
    first.show()
    QTest.mouseClick(first.understood, Qt.MouseButton.LeftButton)
    assert first.isHidden()
    assert load_settings().notice == NOTICE_VERSION
    assert box().isHidden()


def test_a_choice_that_cannot_be_remembered_counts_for_now(box, tmp_path, qtbot):
    (tmp_path / "settings").write_text("a file where a folder should be")
    first = box()
    first.show()
    with qtbot.waitSignal(first.message) as said:
        QTest.mouseClick(first.understood, Qt.MouseButton.LeftButton)
    assert "cannot be remembered" in said.args[0]
    assert first.isHidden()


def test_damaged_settings_show_it_again(box):
    settings_file().parent.mkdir(parents=True)
    settings_file().write_bytes(b"\xff\x00")
    assert not box().isHidden()


def test_every_state_has_a_meaning():
    assert set(MEANING) == set(State)


def test_a_text_without_points_says_so():
    text = export_notice([])
    assert "0 landmarks" in text
    assert "nobody" in text
