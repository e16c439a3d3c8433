"""The measures beside the film: each as sure as its weakest point, drafts visibly so."""

import time

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures import STRIP, load_definitions, measure
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.help_sheet import ROWS, HelpSheet, lines_of
from napari_dentlm.gui.measures_strip import MeasuresStrip
from napari_dentlm.gui.measures_tables import CHALLENGE, CLINICAL, MeasuresTables
from napari_dentlm.gui.shortcuts import HIDE_KEY, SHORTCUTS, Shortcut


@pytest.fixture
def strip(session, qtbot):
    return shown(MeasuresStrip(session), qtbot, (324, 40))


@pytest.fixture
def tables(session, qtbot):
    return shown(MeasuresTables(session), qtbot, (340, 500))


def shown(widget, qtbot, size):
    qtbot.addWidget(widget)
    widget.resize(*size)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def confirm(session, *keys: str) -> None:
    for key in keys:
        session.select(key)
        session.confirm()


def rows(page) -> dict[str, list[str]]:
    """Texts of the rows below the headings, by the name of the measure."""
    tree = page.tree
    top = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    found = [item for each in top for item in ([each.child(i) for i in range(each.childCount())] or [each])]
    return {item.text(0): [item.text(column) for column in range(1, 4)] for item in found}


def norm_text(name: str) -> str:
    return next(each.norm.text for each in load_definitions() if each.name == name)


def click_row(page, name: str, qtbot) -> None:
    item = page.tree.findItems(name, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)[0]
    page.tree.scrollToItem(item)
    place = page.tree.visualItemRect(item).center()
    QTest.mouseClick(page.tree.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_strip_shows_what_the_engine_measured(strip, session):
    taken = measure(session.annotation, session.calibration, keys=STRIP)
    assert [strip.cells[key].value_text for key in STRIP] == [each.text for each in taken]
    session.select("A")
    session.nudge(0, 150)
    moved = measure(session.annotation, session.calibration, keys=("SNA",))[0].text
    assert moved != taken[0].text
    assert strip.cells["SNA"].value_text == moved


def test_a_value_is_a_draft_until_all_its_points_are_confirmed(strip, session):
    cell = strip.cells["SNA"]
    assert cell.value_font.italic()
    assert "Draft:" in cell.toolTip()
    confirm(session, "S", "N")
    assert cell.value_font.italic()
    assert "Draft: A is only predicted." in cell.toolTip()
    session.select("A")
    session.nudge(1, 0)
    assert not cell.value_font.italic()
    assert not cell.value_font.bold()
    assert "Draft: A was corrected" in cell.toolTip()
    confirm(session, "A")
    assert cell.value_font.bold()
    assert "All its points are confirmed." in cell.toolTip()
    assert strip.cells["SNB"].value_font.italic()


def test_drafts_are_drawn_in_another_colour_than_confirmed_values(strip, session):
    def contrast(cell):
        picture = cell.grab().toImage()
        greys = [picture.pixelColor(x, y).lightness() for x in range(2, cell.width() - 2) for y in range(18, 34)]
        return max(greys) - min(greys)

    before = contrast(strip.cells["SNA"])
    confirm(session, "S", "N", "A")
    assert contrast(strip.cells["SNA"]) > before + 20


def test_the_tooltip_says_construction_norm_and_source(strip):
    norm = next(each for each in load_definitions() if each.key == "SNA")
    assert norm.construction in strip.cells["SNA"].toolTip()
    assert f"Norm {norm.norm.text} ({norm.norm.source})" in strip.cells["SNA"].toolTip()


def test_a_click_asks_for_the_weakest_point(strip, session, qtbot):
    confirm(session, "S", "N")
    with qtbot.waitSignal(strip.landmark_requested) as asked:
        QTest.mouseClick(strip.cells["SNA"], Qt.MouseButton.LeftButton)
    assert asked.args == ["A"]


def test_a_missing_point_gives_no_number_but_the_reason(strip, session):
    session.select("Po")
    session.rule(State.NOT_VISIBLE)
    assert strip.cells["FMA"].value_text == "–"
    assert "Po is not visible" in strip.cells["FMA"].toolTip()
    session.close()
    assert {cell.value_text for cell in strip.cells.values()} == {"–"}
    QTest.mouseClick(strip.cells["FMA"], Qt.MouseButton.LeftButton)


def test_nothing_in_the_strip_is_cut_off(strip):
    for cell in strip.cells.values():
        assert cell.width() >= cell.sizeHint().width()
        assert cell.geometry().right() < strip.width()
        assert cell.sizeHint().width() >= cell.fontMetrics().horizontalAdvance("88.8")


def test_the_strip_is_recomputed_within_three_milliseconds(strip, session):
    took = []
    for _ in range(30):
        start = time.perf_counter()
        session.annotation_changed.emit()
        took.append(time.perf_counter() - start)
    # The median tells of the machine too, which may be busy.
    assert min(took) < 0.003


def test_clinical_and_challenge_measures_are_never_side_by_side(tables):
    assert [tables.tabText(number) for number in range(tables.count())] == [CLINICAL, CHALLENGE]
    assert (tables.clinical.isVisible(), tables.challenge.isVisible()) == (True, False)
    assert "not a diagnosis" in tables.clinical.note.text()
    tables.setCurrentWidget(tables.challenge)
    assert (tables.clinical.isVisible(), tables.challenge.isVisible()) == (False, True)
    assert "no clinical norms" in tables.challenge.note.text()
    names = {each.name for each in load_definitions() if each.analysis == "challenge"}
    assert set(rows(tables.challenge)) == names


def test_the_table_has_value_norm_and_weakest_point(tables, session):
    confirm(session, "S", "N")
    sna = measure(session.annotation, session.calibration, keys=("SNA",))[0]
    sign = APPEARANCE[State.PREDICTED].sign
    assert rows(tables.clinical)["SNA"][0::2] == [sna.text, f"{sign} A"]
    assert rows(tables.clinical)["Z-angle"][1] == norm_text("Z-angle")


def test_mm_appear_with_a_calibration_only(tables, session):
    values = [texts[0] for texts in rows(tables.clinical).values()]
    assert not any("mm" in value for value in values)
    session.calibrate(Calibration.user(0.1))
    assert rows(tables.clinical)["S-N"][0].endswith(" mm")


def test_the_challenge_shows_its_classes(tables, session):
    tables.setCurrentWidget(tables.challenge)
    taken = measure(session.annotation, session.calibration, keys=("isbi.SNA",))[0]
    grade = next(each for each in taken.definition.classes if each.number == taken.grade)
    assert rows(tables.challenge)["SNA"][1] == f"{grade.number}  {grade.name}"


@pytest.mark.parametrize("name", ["Mandibular plane to FH", "A to N-perpendicular"])
def test_rows_are_as_high_as_their_names_need(tables, qtbot, name):
    def height(wanted: str) -> int:
        return tree.visualItemRect(tree.findItems(wanted, Qt.MatchFlag.MatchExactly | recursive)[0]).height()

    tree, recursive = tables.clinical.tree, Qt.MatchFlag.MatchRecursive
    qtbot.waitUntil(lambda: height(name) > height("SNA"))
    tables.resize(900, 500)
    qtbot.waitUntil(lambda: height(name) == height("SNA"))


def test_a_hidden_table_catches_up_when_it_is_shown(tables, session):
    session.calibrate(Calibration.user(0.1))
    before = rows(tables.clinical)["S-N"]
    tables.hide()
    session.select("S")
    session.nudge(300, 0)
    assert rows(tables.clinical)["S-N"] == before
    tables.show()
    assert rows(tables.clinical)["S-N"] != before


def test_a_click_on_a_row_asks_for_its_weakest_point(tables, session, qtbot):
    confirm(session, "S", "N")
    with qtbot.waitSignal(tables.landmark_requested) as asked:
        click_row(tables.clinical, "SNA", qtbot)
    assert asked.args == ["A"]
    with qtbot.assertNotEmitted(tables.landmark_requested):
        click_row(tables.clinical, "Steiner", qtbot)


def test_every_key_of_the_table_is_on_the_help_sheet():
    lines = [line for group in dict.fromkeys(row.group for row in ROWS) for line in lines_of(ROWS, group)]
    caps = {cap for keys, _ in lines for cap in keys}
    arrows = ("Left", "Right", "Up", "Down")
    plain = [key for row in SHORTCUTS for key in row.keys if key.split("+")[-1] not in arrows]
    names = {"PageUp": "Page Up", "PageDown": "Page Down", "Escape": "Esc"}
    assert {names.get(key, key) for key in (*plain, HIDE_KEY)} <= caps
    assert (["Shift+ ← → ↑ ↓"], "Move the point by 10 pixels") in lines


def test_other_rows_can_be_shown(qtbot):
    sheet = HelpSheet((Shortcut(("Ctrl+G",), "Go home", "Walk", "go_home"),))
    qtbot.addWidget(sheet)
    assert {"Walk", "Ctrl+G", "Go home"} <= {label.text() for label in sheet.findChildren(QLabel)}


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, Qt.Key.Key_Escape])
def test_the_help_sheet_closes_as_it_says(qtbot, key):
    sheet = HelpSheet()
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show()
    QTest.keyClick(sheet, key)
    assert not sheet.isVisible()
