"""napari's own keys and buttons lose no point."""

import random

import numpy as np
import pytest
from napari.layers import Layer
from qtpy.QtCore import QModelIndex, Qt
from qtpy.QtGui import QOpenGLContext
from qtpy.QtTest import QTest

from benchmarks.stray_sequences import check_aligned, run
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.gui.canvas import KEYS_HELP, MARK, Role, is_ours
from napari_dentlm.gui.shortcuts import SHORTCUTS, STRAY_KEYS
from napari_dentlm.gui.steady import TAKEN_BACK
from tests.gui import mouse
from tests.gui.conftest import predicted_points

Key, Mod = Qt.Key, Qt.KeyboardModifier

STRAYS = [
    (Key.Key_1,),
    (Key.Key_2,),
    (Key.Key_3,),
    (Key.Key_5,),
    (Key.Key_Delete,),
    (Key.Key_Backspace,),
    (Key.Key_C, Mod.ControlModifier),
    (Key.Key_V, Mod.ControlModifier),
    (Key.Key_A, Mod.ControlModifier),
    (Key.Key_Delete, Mod.ControlModifier),
    (Key.Key_Backspace, Mod.ControlModifier),
    (Key.Key_V,),
    (Key.Key_V,),
]


def test_the_status_bar_names_our_keys_and_none_of_naparis(desk):
    for mode in ("select", "pan_zoom", "add"):
        desk.points.mode = mode
        assert desk.viewer.help == KEYS_HELP


@pytest.mark.parametrize("stray", STRAYS, ids=str)
def test_a_stray_key_changes_nothing(desk, stray):
    desk.points.selected_data = {3}
    before = desk.session.annotation
    desk.press(*stray)
    QTest.qWait(20)
    assert desk.session.annotation == before
    assert len(desk.points.data) == 19
    desk.assert_shows_truth()


def test_random_strays_change_nothing(desk):
    before = desk.session.annotation
    dice = random.Random(5)
    for _ in range(60):
        if dice.random() < 0.3:
            desk.points.selected_data = {dice.randrange(len(desk.points.data))}
        desk.press(*dice.choice(STRAYS))
    QTest.qWait(50)
    assert desk.session.annotation == before
    desk.assert_shows_truth()


def test_the_trash_button_is_undone(desk):
    desk.points.selected_data = {2, 5}
    desk.points.remove_selected()
    QTest.qWait(50)
    assert "never deleted" in desk.panel.words.text()
    desk.assert_shows_truth()


def test_points_pasted_behind_our_back_are_undone(desk):
    desk.points.add([[10, 10]])
    QTest.qWait(50)
    desk.assert_shows_truth()


def test_napari_s_add_tool_places_the_current_point(desk):
    desk.session.select("Po")
    desk.workbench.mark_not_visible()
    desk.points.mode = "add"
    desk.points.add([[777, 888]])
    QTest.qWait(50)
    assert (desk.landmark("Po").position.x, desk.landmark("Po").position.y) == (888, 777)
    desk.assert_shows_truth()


def test_selecting_then_placing_renames_no_other_landmark(desk):
    desk.session.select("Po")
    desk.workbench.mark_not_visible()
    desk.points.selected_data = {0}
    desk.session.place(desk.landmark("S").position)
    names = [str(name) for name in desk.points.features["name"]]
    assert sorted(names) == sorted(predicted_points())


def test_the_transform_tool_is_left_at_once(desk):
    desk.points.mode = "transform"
    QTest.qWait(50)
    assert str(desk.points.mode) == "pan_zoom"
    desk.points.affine = np.array([[1, 0, 30], [0, 1, 0], [0, 0, 1]])
    QTest.qWait(50)
    np.testing.assert_array_equal(desk.points.affine.affine_matrix, np.eye(3))


def test_layers_that_were_removed_come_back(desk):
    desk.workbench.scene.show_overlay(tracing=True)
    before = sum(is_ours(layer) for layer in desk.viewer.layers)
    for layer in [layer for layer in desk.viewer.layers if is_ours(layer)]:
        desk.viewer.layers.remove(layer)
    QTest.qWait(100)
    assert sum(is_ours(layer) for layer in desk.viewer.layers) == before
    desk.assert_shows_truth()
    goal = desk.drag("Go", (90, -60))
    assert desk.apart("Go", goal) <= desk.tolerance


def test_a_removed_layer_is_taken_down_in_the_context_of_the_canvas(desk):
    canvas, contexts = mouse.canvas_of(desk.viewer), []
    desk.viewer.layers.events.removed.connect(lambda _event: contexts.append(QOpenGLContext.currentContext()))
    desk.points.visible = False
    QTest.qWait(50)
    desk.viewer.layers.remove(desk.points)
    QTest.qWait(50)
    assert contexts == [canvas.context()]
    contexts.clear()
    desk.viewer.layers.clear()
    assert contexts
    assert set(map(id, contexts)) == {id(canvas.context())}


def test_a_copy_of_our_layer_is_the_users_own(desk):
    copy = Layer.create(*desk.points.as_layer_data_tuple())
    desk.viewer.layers.append(copy)
    copy.translate = (30, 0)
    QTest.qWait(50)
    desk.viewer.layers.remove(copy)
    QTest.qWait(50)
    assert not is_ours(copy)
    assert "put its layers back" not in desk.panel.words.text()
    desk.assert_shows_truth()


def test_keys_work_with_the_film_layer_active(desk):
    desk.viewer.layers.selection.active = desk.viewer.layers[0]
    desk.session.select("S")
    desk.press(Key.Key_Space)
    assert desk.landmark("S").state == "confirmed"
    goal = desk.drag("Go", (90, -60))
    assert desk.apart("Go", goal) <= desk.tolerance


def test_no_key_is_both_a_shortcut_and_stray(desk):
    keys = [key for row in SHORTCUTS for key in row.keys]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & set(STRAY_KEYS)
    for row in SHORTCUTS:
        assert callable(getattr(desk.workbench, row.callback))


def test_the_key_that_inverts_the_film_brings_it_back(desk):
    plain = desk.viewer.layers["Film"].colormap.name
    desk.press(Key.Key_I)
    assert desk.viewer.layers["Film"].colormap.name != plain
    desk.press(Key.Key_I)
    assert desk.viewer.layers["Film"].colormap.name == plain


def _shift_film(desk):
    desk.viewer.layers["Film"].mode = "transform"
    desk.viewer.layers["Film"].affine = np.array([[1, 0, 30], [0, 1, 0], [0, 0, 1]])


def _turn_all(desk):
    desk.press(Key.Key_T, Mod.ControlModifier, Mod.AltModifier)


def _paste_place(desk):
    desk.viewer.layers["Marks"].translate = (0, 40)


def _show_in_space(desk):
    desk.viewer.dims.ndisplay = 3


def _lay_on_side(desk):
    desk.viewer.dims.transpose()


def _part_layers(desk):
    desk.press(Key.Key_G, Mod.ControlModifier)


def _drag_in_the_list(desk):
    view = desk.viewer.window._qt_viewer.layers
    names = [layer.name for layer in desk.viewer.layers]
    # As Qt's drop calls the list's model: Landmarks, the top row, are let go below the film.
    model, source = view.model(), view.model().sourceModel()
    data = source.mimeData([source.index(names.index("Landmarks"))])
    model.dropMimeData(data, Qt.DropAction.MoveAction, model.rowCount(), 0, QModelIndex())
    assert desk.viewer.layers[0].name == "Landmarks"


def _unlock(desk):
    desk.points.locked = False


@pytest.mark.parametrize(
    "way",
    [_drag_in_the_list, _unlock, _shift_film, _turn_all, _paste_place, _show_in_space, _lay_on_side, _part_layers],
)
def test_the_film_stays_flat_and_its_points_on_it(desk, way):
    way(desk)
    QTest.qWait(50)
    check_aligned(desk)
    ours = [layer.metadata[MARK][0] for layer in desk.viewer.layers if is_ours(layer)]
    assert ours == sorted(ours, key=list(Role).index)
    assert all(layer.locked for layer in desk.viewer.layers if is_ours(layer))
    assert desk.panel.words.text() == TAKEN_BACK
    goal = desk.drag("Go", (90, -60))
    assert desk.apart("Go", goal) <= desk.tolerance


def test_after_every_act_of_random_sequences_the_screen_shows_the_journal_and_undo_leads_back(
    empty_desk, films, tmp_path
):
    for seed in range(7):
        acts, failure = run(empty_desk, films, tmp_path / f"work{seed}", seed, length=10)
        assert failure is None
        assert acts == 11


def test_calibrating_is_no_stray_change(desk, qtbot):
    desk.session.calibrate(Calibration.user(0.1))
    with qtbot.assertNotEmitted(desk.workbench.scene.steady.refused, wait=300):
        desk.session.calibrate(Calibration.user(0.2))
    assert tuple(desk.points.scale) == (0.2, 0.2)


def test_layers_that_overflow_the_sliders_of_napari_are_put_back(desk, qtbot):
    ours = list(desk.viewer.layers)
    for layer, factors in zip(ours, ((1e-12, 1, 1), (1, 1e-12, 1)), strict=False):
        with pytest.raises(OverflowError):
            layer.affine = np.diag(factors)
    desk.viewer.layers.move(0, len(ours))
    qtbot.waitUntil(lambda: all(np.array_equal(layer.affine.affine_matrix, np.eye(3)) for layer in ours))
    desk.assert_shows_truth()
