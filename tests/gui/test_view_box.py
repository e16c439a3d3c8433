"""The page of looks: sliders, presets and what is drawn on the film."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.gui.looks import LOOKS
from napari_dentlm.gui.view_box import ViewBox


@pytest.fixture
def box(qtbot):
    box = ViewBox()
    qtbot.addWidget(box)
    box.show()
    return box


def test_the_view_box_fits_into_the_panel(box):
    assert box.minimumSizeHint().width() <= 330


def test_no_word_of_the_key_is_cut_off(box):
    words = box.key.accessibleDescription().split("; ")
    box.resize(330, box.height())
    assert max(box.key.fontMetrics().horizontalAdvance(word) for word in words) < box.key.width() / 2 - 36


def test_choosing_a_look_sets_the_sliders_and_reset_brings_them_back(box, qtbot):
    with qtbot.waitSignal(box.look_changed) as told:
        box.looks.setCurrentText("Soft tissue")
    assert (told.args[0].name, told.args[0].brightness) == ("Soft tissue", LOOKS[2].brightness)
    assert told.args[0].gamma == pytest.approx(0.5, abs=0.01)
    box.contrast.setValue(40)
    assert (box.look.name, box.look.contrast) == ("Soft tissue", 0.4)
    QTest.mouseClick(box.reset, Qt.MouseButton.LeftButton)
    assert box.look.contrast == 0


@pytest.mark.parametrize("name", ["tracing", "planes", "stages", "errors", "names"])
def test_a_check_box_tells_its_wish(box, qtbot, name):
    check = getattr(box, name)
    before = check.isChecked()
    with qtbot.waitSignal(getattr(box, f"{name}_toggled")) as told:
        check.click()
    assert told.args == [not before]
