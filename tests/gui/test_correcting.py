"""Correcting with real mouse and key events; the journal on the disk is asked afterwards."""

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_dentlm.core.annotation import State
from tests.gui import mouse
from tests.gui.conftest import ORIGIN, predicted_points, prediction_of

Key, Mod = Qt.Key, Qt.KeyboardModifier


def test_dragging_a_point_corrects_it_and_keeps_the_models_point(desk, journal_of):
    goal = desk.drag("Go", (90, -60))
    mark = journal_of().annotation("anna").landmarks["Go"]
    assert mark.state is State.CORRECTED
    assert desk.apart("Go", goal) <= desk.tolerance
    assert mark.predicted == predicted_points()["Go"]
    assert mark.origin == "reader:anna"
    assert desk.session.current == "Go"
    desk.assert_shows_truth()


def test_a_click_selects_and_moves_nothing(desk):
    mouse.click(desk.viewer, desk.place_of("Me"))
    assert desk.session.current == "Me"
    assert desk.landmark("Me").state is State.PREDICTED


def test_dragging_beside_the_points_moves_the_view_only(desk):
    before = desk.session.annotation.points()
    centre = tuple(desk.viewer.scene.camera.center)
    start = mouse.on_canvas(desk.viewer, desk.points, (300, 2200))
    mouse.drag(desk.viewer, start, (start[0] + 40, start[1] - 30))
    assert tuple(desk.viewer.scene.camera.center) != centre
    assert (desk.session.annotation.points() == before).all()


def test_dragging_with_napari_s_select_tool_corrects_as_well(desk):
    desk.points.mode = "select"
    goal = desk.drag("Go", (90, -60))
    mouse.settle(desk.viewer)
    assert desk.landmark("Go").state is State.CORRECTED
    assert desk.apart("Go", goal) <= 2 * desk.tolerance
    assert desk.landmark("Pog").state is State.PREDICTED
    desk.assert_shows_truth()


def test_a_point_cannot_be_dragged_off_the_film(desk):
    desk.viewer.scene.camera.zoom /= 2
    desk.drag("S", (-700, 0))
    assert desk.landmark("S").state is State.PREDICTED
    assert "outside the image" in desk.panel.words.text()
    desk.assert_shows_truth()


def test_a_drag_that_outlives_its_film_moves_nothing(desk, films):
    desk.session.take_prediction(prediction_of(films / "film_7102.jpg", 10.0))
    start = desk.place_of("Go")
    mouse.drag(desk.viewer, start, start + np.array([30, -20]), meanwhile=desk.workbench.next_film)
    assert desk.session.film.image.path.name == "film_7102.jpg"
    assert desk.landmark("Go").state is State.PREDICTED
    desk.assert_shows_truth()
    desk.workbench.previous_film()
    assert desk.landmark("Go").state is State.PREDICTED


@pytest.mark.parametrize(
    ("modifier", "step"), [(Mod.NoModifier, 1.0), (Mod.ShiftModifier, 10.0), (Mod.AltModifier, 0.1)]
)
def test_arrows_nudge(desk, journal_of, modifier, step):
    desk.session.select("A")
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Down):
        desk.press(key, modifier)
    start, mark = predicted_points()["A"], journal_of().annotation("anna").landmarks["A"]
    assert (mark.position.x, mark.position.y) == pytest.approx((start.x + 2 * step, start.y + step))
    desk.assert_shows_truth()


def test_tab_walks_through_the_points(desk):
    desk.session.select("S")
    desk.press(Key.Key_Tab)
    assert desk.session.current == "N"
    desk.press(Key.Key_Tab, Mod.ShiftModifier)
    desk.press(Key.Key_Tab, Mod.ShiftModifier)
    assert desk.session.current == "Ar"


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter, Key.Key_Space])
def test_enter_and_space_confirm_and_go_on(desk, journal_of, key):
    desk.session.select("S")
    desk.press(key)
    mark = journal_of().annotation("anna").landmarks["S"]
    assert (mark.state, mark.confirmed_by, mark.origin) == (State.CONFIRMED, "anna", ORIGIN)
    assert desk.session.current == "N"


def test_confirming_every_point_finishes_the_film(desk, qtbot):
    desk.session.select("S")
    for _ in range(19):
        desk.press(Key.Key_Space)
    qtbot.waitUntil(lambda: desk.session.worklist.entries[desk.session.worklist.current].status == "done")
    assert "settled" in desk.panel.words.text()


@pytest.mark.parametrize(("key", "state"), [(Key.Key_N, State.NOT_VISIBLE), (Key.Key_O, State.OUTSIDE)])
def test_points_are_ruled_out_and_put_back(desk, journal_of, key, state):
    desk.session.select("Po")
    desk.press(key)
    assert journal_of().annotation("anna").landmarks["Po"].state is state
    assert "Po" not in list(desk.points.features["name"])
    desk.press(Key.Key_R)
    assert desk.landmark("Po").position == predicted_points()["Po"]
    desk.assert_shows_truth()


def test_a_click_in_place_mode_puts_the_current_point_there(desk, journal_of):
    desk.session.select("Po")
    desk.press(Key.Key_N)
    desk.press(Key.Key_A)
    assert desk.session.placing
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (1500, 700)))
    mark = journal_of().annotation("anna").landmarks["Po"]
    assert mark.state is State.CORRECTED
    assert mark.position.x == pytest.approx(1500, abs=desk.tolerance)
    assert mark.position.y == pytest.approx(700, abs=desk.tolerance)
    assert not desk.session.placing


def test_an_unlabelled_film_is_placed_by_clicks_alone(desk, films):
    paths = [entry.path for entry in desk.session.worklist.entries]
    desk.session.show(paths.index(films / "film_7102.jpg"))
    desk.press(Key.Key_A)
    for x in (600, 800, 1000):
        mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (x, 900)))
    placed = [mark.key for mark in desk.session.annotation.landmarks.values() if mark.state is State.PLACED]
    assert placed == ["S", "N", "Or"]
    assert (desk.session.current, desk.session.placing) == ("Po", True)
    desk.assert_shows_truth()


def test_a_click_outside_the_image_is_tried_again(desk, films):
    paths = [entry.path for entry in desk.session.worklist.entries]
    desk.session.show(paths.index(films / "film_7102.jpg"))
    desk.viewer.scene.camera.zoom /= 2
    desk.press(Key.Key_A)
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (-200, 900)))
    assert "outside the image" in desk.panel.words.text()
    assert (desk.session.current, desk.session.placing) == ("S", True)
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (600, 900)))
    assert (desk.landmark("S").state, desk.session.current) == (State.PLACED, "N")


def test_a_click_that_outlives_its_film_places_nothing(desk, films):
    paths = [entry.path for entry in desk.session.worklist.entries]
    desk.session.show(paths.index(films / "film_7102.jpg"))
    desk.press(Key.Key_A)
    place = mouse.on_canvas(desk.viewer, desk.points, (600, 900))
    mouse.drag(desk.viewer, place, place, meanwhile=desk.workbench.next_film)
    assert desk.session.film.image.path.name == "film_7103.dcm"
    assert {mark.state for mark in desk.session.annotation.landmarks.values()} == {State.NOT_ASSESSED}


def test_undo_and_redo(desk, journal_of):
    desk.drag("Go", (90, -60))
    moved = desk.landmark("Go").position
    desk.press(Key.Key_Space)
    assert desk.landmark("Go").state is State.CONFIRMED
    desk.press(Key.Key_Z, Mod.ControlModifier)
    assert (desk.landmark("Go").state, desk.landmark("Go").position) == (State.CORRECTED, moved)
    desk.press(Key.Key_U)
    assert desk.landmark("Go").position == predicted_points()["Go"]
    desk.press(Key.Key_Z, Mod.ControlModifier, Mod.ShiftModifier)
    assert journal_of().annotation("anna").landmarks["Go"].position == moved
    desk.assert_shows_truth()


def test_undo_reaches_back_across_closing(desk, films):
    desk.drag("Go", (90, -60))
    index = desk.session.worklist.current
    desk.session.close()
    desk.session.open([films])
    desk.session.show(index)
    desk.press(Key.Key_U)
    assert desk.landmark("Go").state is State.PREDICTED


def test_holding_h_hides_the_marks(desk):
    from qtpy.QtTest import QTest

    QTest.keyPress(mouse.canvas_of(desk.viewer), Key.Key_H)
    assert not desk.points.visible
    QTest.keyRelease(mouse.canvas_of(desk.viewer), Key.Key_H)
    QTest.qWait(300)
    assert desk.points.visible


def test_a_new_prediction_moves_only_what_nobody_touched(desk, films):
    desk.drag("Go", (90, -60))
    moved = desk.landmark("Go").position
    desk.session.take_prediction(prediction_of(films / "film_7101.jpg", 25.0, "model:other@1"))
    assert desk.landmark("Go").position == moved
    assert desk.landmark("Go").predicted == predicted_points(25.0)["Go"]
    assert desk.landmark("S").position == predicted_points(25.0)["S"]
    desk.assert_shows_truth()


def test_readers_do_not_see_each_other(desk):
    desk.drag("Go", (90, -60))
    desk.panel.reader.setText("ben")
    desk.panel.reader.editingFinished.emit()
    assert desk.landmark("Go").state is State.PREDICTED
    desk.assert_shows_truth()
