"""Reviewing: order, bulk confirmation, loop, double contours, ruler, blind reading, guard, and the last place."""

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.measures import effects
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from napari_dentlm.gui.review import Order
from tests.gui import mouse
from tests.gui.conftest import KEYS, ORIGIN, predicted_points, prediction_of

Key, Mod = Qt.Key, Qt.KeyboardModifier


def prediction_with(path, errors: dict[str, float], flags: dict[str, str]) -> FilePrediction:
    plain = prediction_of(path)
    marks = tuple(
        Landmark(
            mark.key,
            State.PREDICTED,
            mark.position,
            origin=ORIGIN,
            expected_error_px=errors.get(mark.key, 20.0),
            flag=flags.get(mark.key, ""),
        )
        for mark in plain.frames[0].landmarks
    )
    frames = (FramePrediction(0, marks, "", None, None),)
    return FilePrediction(path, plain.image_ids, ORIGIN, "quality=standard", frames)


def click_film(desk, x: float, y: float) -> None:
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (x, y)))


def test_flagged_points_come_first_then_the_least_sure(desk, films):
    desk.session.take_prediction(prediction_with(films / "film_7101.jpg", {"B": 60.0, "Ar": 40.0}, {"Po": "look here"}))
    assert desk.session.current == "Po"
    for expected in ("B", "Ar", "S"):
        desk.press(Key.Key_Return)
        assert desk.session.current == expected


def test_the_order_stays_while_points_are_confirmed(desk, films):
    desk.session.take_prediction(prediction_with(films / "film_7101.jpg", {"B": 60.0}, {"Po": "look here"}))
    before = desk.session.review_keys
    desk.press(Key.Key_Return)
    desk.session.put("B", Point(900, 900))
    desk.session.sort_landmarks()
    assert desk.session.review_keys == before


def test_the_order_by_effect_begins_with_what_changes_a_measure(desk, films):
    desk.session.take_prediction(prediction_with(films / "film_7101.jpg", {"Ls": 90.0, "N": 80.0}, {}))
    desk.session.set_order(Order.EFFECT)
    found = effects(desk.session.annotation, desk.session.calibration)
    order = [found.get(key, 0.0) for key in desk.session.review_keys]
    assert order == sorted(order, reverse=True)
    # No measure of the strip rests on the upper lip, however unsure it is.
    assert found.get("Ls", 0.0) == 0.0
    assert max(order) > 0.0


def test_only_points_seen_closely_are_confirmed_at_once(desk, journal_of, films, qtbot):
    desk.session.take_prediction(prediction_with(films / "film_7101.jpg", {}, {"N": "look here"}))
    desk.press(Key.Key_Return, Mod.ControlModifier)
    assert "Nothing to confirm" in desk.panel.words.text() or desk.workbench.guard.doubts
    for doubt in desk.workbench.guard.look():
        desk.session.accept_doubt(doubt.code, doubt.sentence)
    desk.session.select("S")
    desk.press(Key.Key_G)
    near = set(desk.workbench.scene.keys_in_view())
    assert "S" in near
    assert len(near) < 19
    qtbot.waitUntil(lambda: desk.session.seen == near)
    desk.press(Key.Key_Return, Mod.ControlModifier)
    confirmed = {key for key, mark in journal_of().annotation("anna").landmarks.items() if mark.confirmed_by}
    assert confirmed == near - {"N"}
    assert journal_of().events[-1].bulk
    desk.press(Key.Key_U)
    assert not any(mark.confirmed_by for mark in desk.session.annotation.landmarks.values())


def test_the_loop_shows_the_same_point_on_every_film(desk, films):
    desk.session.take_prediction(prediction_of(films / "film_7102.jpg"))
    desk.session.select("Go")
    desk.press(Key.Key_L)
    desk.press(Key.Key_Return)
    assert (desk.session.film.image.path.name, desk.session.current) == ("film_7102.jpg", "Go")
    desk.press(Key.Key_Tab)
    assert (desk.session.film.image.path.name, desk.session.current) == ("film_7103.dcm", "Go")
    desk.press(Key.Key_Tab)
    assert not desk.workbench.looping
    assert "loop is over" in desk.panel.words.text()


def test_both_contours_make_the_point_between_them(desk, journal_of):
    desk.session.select("Go")
    desk.press(Key.Key_D)
    click_film(desk, 700, 1500)
    assert "right contour" in desk.panel.words.text()
    click_film(desk, 760, 1540)
    assert desk.panel.words.text().startswith("Go: both contours have their place")
    mark = journal_of().annotation("anna").landmarks["Go"]
    (left, right) = mark.sides
    assert (mark.position.x, mark.position.y) == pytest.approx(((left.x + right.x) / 2, (left.y + right.y) / 2))
    assert left.x == pytest.approx(700, abs=desk.tolerance)
    assert right.y == pytest.approx(1540, abs=desk.tolerance)
    assert mark.state is State.CORRECTED
    desk.drag("Go", (40, 30))
    assert "its two contours are given up" in desk.panel.words.text()
    assert desk.landmark("Go").sides is None
    desk.press(Key.Key_U)
    assert desk.landmark("Go").sides == mark.sides
    desk.press(Key.Key_U)
    assert desk.landmark("Go").position == predicted_points()["Go"]


def test_a_point_of_one_contour_has_no_sides(desk):
    desk.session.select("N")
    desk.press(Key.Key_D)
    assert "one point" in desk.panel.words.text()
    before = desk.landmark("N")
    click_film(desk, 700, 700)
    assert desk.landmark("N") == before


def test_escape_forgets_the_first_contour(desk):
    desk.session.select("Go")
    desk.press(Key.Key_D)
    click_film(desk, 700, 1500)
    desk.press(Key.Key_Escape)
    click_film(desk, 760, 1540)
    assert desk.landmark("Go").state is State.PREDICTED


def test_a_ruler_calibrates_and_the_journal_says_how(desk, journal_of, qtbot):
    desk.take_keyboard(qtbot)
    box = desk.panel.calibration
    desk.panel.pages.setCurrentIndex(3)
    QTest.mouseClick(box.draw, Qt.MouseButton.LeftButton)
    click_film(desk, 400, 400)
    click_film(desk, 400, 900)
    assert "pixels long" in desk.panel.words.text()
    assert not box.use.isEnabled(), "nobody has said how long it is"
    QTest.mouseClick(box.length.lineEdit(), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: box.length.lineEdit().selectedText() != "")
    QTest.keyClicks(box.length.lineEdit(), "50")
    QTest.mouseClick(box.use, Qt.MouseButton.LeftButton)
    known = journal_of().calibration("anna")
    assert known.source is SpacingSource.RULER
    assert known.row_mm == pytest.approx(0.1, rel=0.02)
    assert "50 mm from" in known.reason
    assert "ruler" in box.source.text()
    assert not box.draw.isChecked()


def test_a_ruler_that_is_too_short_is_refused(desk, journal_of):
    desk.workbench.draw_ruler()
    click_film(desk, 400, 400)
    click_film(desk, 420, 400)
    desk.workbench.tools.use_ruler(10.0)
    assert "too short" in desk.panel.words.text()
    assert journal_of().calibration("anna") is None


def test_a_blind_reader_sees_the_model_only_beside_an_own_point(desk, journal_of):
    desk.panel.readers.blind.setChecked(True)
    assert len(desk.points.data) == 0
    assert desk.session.review_keys == KEYS
    desk.session.select("Go")
    desk.press(Key.Key_Return)
    assert "no point yet" in desk.panel.words.text()
    desk.press(Key.Key_A)
    click_film(desk, 800, 1500)
    mark = journal_of().annotation("anna").landmarks["Go"]
    assert mark.state is State.PLACED
    assert mark.predicted == predicted_points()["Go"]
    assert len(desk.points.data) == 1
    desk.panel.readers.blind.setChecked(False)
    assert len(desk.points.data) == 19


def test_a_second_readers_points_stand_beside(desk):
    desk.drag("Go", (90, -60))
    desk.session.set_reader("ben")
    desk.session.compare_with("anna")
    assert desk.session.compared_annotation.landmarks["Go"].state is State.CORRECTED
    assert desk.landmark("Go").state is State.PREDICTED
    desk.assert_shows_truth()


def test_impossible_geometry_is_said_and_leads_there(desk, qtbot):
    desk.session.put("Ls", desk.landmark("S").position)
    qtbot.waitUntil(lambda: bool(desk.workbench.guard.doubts))
    doubt = desk.workbench.guard.doubts[0]
    assert doubt.sentence in desk.panel.guard.words.text()
    desk.session.select("Me")
    desk.press(Key.Key_Return, Mod.ControlModifier)
    assert desk.session.current == doubt.keys[0]
    assert not any(mark.confirmed_by for mark in desk.session.annotation.landmarks.values())


def test_the_readers_decision_about_a_doubt_is_in_the_journal(desk, journal_of, qtbot):
    desk.session.put("Ls", desk.landmark("S").position)
    qtbot.waitUntil(lambda: bool(desk.workbench.guard.doubts))
    code = desk.workbench.guard.doubts[0].code
    QTest.mouseClick(desk.panel.guard.accept, Qt.MouseButton.LeftButton)
    assert code in journal_of().accepted("anna")
    assert all(doubt.code != code for doubt in desk.workbench.guard.doubts)
    desk.press(Key.Key_U)
    assert code in {doubt.code for doubt in desk.workbench.guard.look()}


def test_a_folder_opens_again_at_the_same_film_and_point(desk, films):
    desk.workbench.next_film()
    desk.session.select("Pog")
    desk.session.close()
    desk.session.open([films])
    assert (desk.session.film.image.path.name, desk.session.current) == ("film_7102.jpg", "Pog")


def test_the_zoom_stays_on_the_next_film_and_its_point_is_in_view(desk, films):
    desk.session.take_prediction(prediction_of(films / "film_7102.jpg"))
    desk.session.select("Go")
    desk.press(Key.Key_G)
    zoom = desk.workbench.scene.zoom_px()
    desk.press(Key.Key_PageDown)
    assert desk.workbench.scene.zoom_px() == pytest.approx(zoom)
    assert desk.session.current in desk.workbench.scene.keys_in_view()


def test_a_point_out_of_sight_is_shown_before_it_is_confirmed(desk):
    desk.session.select("S")
    desk.press(Key.Key_G)
    desk.session.select("Ar")
    desk.viewer.scene.camera.center = (0, 100, 100)
    desk.press(Key.Key_Return)
    assert desk.landmark("Ar").state is State.PREDICTED
    assert "out of sight" in desk.panel.words.text()
    desk.press(Key.Key_Return)
    assert desk.landmark("Ar").state is State.CONFIRMED


def test_points_that_a_new_prediction_moved_were_not_seen(desk, films, qtbot):
    desk.session.select("S")
    desk.press(Key.Key_G)
    qtbot.waitUntil(lambda: "S" in desk.session.seen)
    desk.viewer.reset_view()
    desk.session.take_prediction(prediction_of(films / "film_7101.jpg", 25.0, "model:other@1"))
    assert desk.session.seen == set()


def test_a_name_typed_signs_the_very_next_act(desk, journal_of):
    desk.panel.reader.setText("ben")
    QTest.mouseClick(desk.panel.actions.buttons["mark_not_visible"], Qt.MouseButton.LeftButton)
    assert journal_of().events[-1].reader == "ben"


def test_the_readers_name_is_remembered(desk):
    from napari_dentlm.gui.session import Session

    desk.session.set_reader("Dr. Remembered")
    assert Session().reader == "Dr. Remembered"


def test_what_a_refused_act_said_stays_to_be_read(desk):
    desk.session.select("Go")
    desk.press(Key.Key_D)
    desk.workbench.tools.click(Point(700, 1500))
    desk.workbench.tools.click(Point(-50, 1500))
    assert "outside the image" in desk.panel.words.text()
    assert desk.landmark("Go").state is State.PREDICTED


def test_f1_shows_the_keys(desk, qtbot):
    desk.press(Key.Key_F1)
    qtbot.waitUntil(lambda: desk.workbench.help is not None and desk.workbench.help.isVisible())
    QTest.keyClick(desk.workbench.help, Key.Key_Escape)
    assert not desk.workbench.help.isVisible()


def test_enter_in_the_name_field_confirms_no_point(desk):
    desk.session.select("Po")
    before = desk.session.annotation.landmarks
    desk.panel.reader.setFocus()
    desk.panel.reader.setText("Dr. Enter")
    QTest.keyClick(desk.panel.reader, Key.Key_Return)
    assert "You read as Dr. Enter" in desk.panel.words.text()
    assert not any(mark.touched for mark in desk.session.annotation.landmarks.values())
    desk.session.set_reader("anna")
    assert desk.session.annotation.landmarks == before


def test_nothing_is_confirmed_while_the_marks_are_hidden(desk):
    desk.session.select("Po")
    desk.points.visible = False
    desk.press(Key.Key_Return)
    assert desk.landmark("Po").state is State.PREDICTED
    assert "hidden" in desk.panel.words.text()


def test_undo_shows_the_point_that_it_took_back(desk):
    desk.session.select("Go")
    desk.press(Key.Key_N)
    desk.session.select("S")
    desk.press(Key.Key_U)
    assert desk.session.current == "Go"
