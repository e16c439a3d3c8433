"""What the reader sees: marks, names, lines, looks, and the part of the film in view."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from qtpy.QtCore import Qt

from napari_dentlm.core.annotation import Point, State
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.drawing import Picture
from napari_dentlm.gui.looks import LOOKS, PLAIN, Look
from napari_dentlm.gui.marks_view import GAP_PX, outline
from napari_dentlm.gui.names_view import place_names
from napari_dentlm.gui.overlay_view import Stages
from napari_dentlm.gui.strokes import Strokes, dashed, spared
from napari_dentlm.gui.tracing import planes, smooth, tracing
from tests.gui import mouse
from tests.gui.conftest import KEYS, predicted_points, prediction_of

Key = Qt.Key
SHOWN = [state for state in State if state.has_position]
numbers = st.floats(-500, 500)


def picture(desk) -> np.ndarray:
    """What is on the canvas, (H, W, 3)."""
    mouse.settle(desk.viewer)
    return desk.viewer.screenshot(canvas_only=True, flash=False)[..., :3].astype(int)


def drawn(desk) -> np.ndarray:
    """Where something lies on the film, (H, W) bool."""
    marked = picture(desk)
    desk.workbench.hide_marks(True)
    bare = picture(desk)
    desk.workbench.hide_marks(False)
    return (marked != bare).any(axis=2)


def around(desk, mask: np.ndarray, key: str, radius: int) -> np.ndarray:
    """The part of a picture around a landmark."""
    x, y = np.rint(desk.place_of(key)).astype(int)
    return mask[y - radius : y + radius + 1, x - radius : x + radius + 1]


def bring_to(desk, key: str, state: State) -> None:
    session = desk.session
    session.select(key)
    if state is State.CORRECTED:
        session.nudge(1, 0)
    elif state is State.CONFIRMED:
        session.confirm()
    elif state is State.PLACED:
        session.show(session.worklist.current + 1)
        session.put(key, predicted_points()[key])
    assert desk.landmark(key).state is state


# ---- marks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", SHOWN, ids=str)
@pytest.mark.parametrize("zoom", [0.4, 2.0, 12.0])
def test_no_mark_name_or_line_covers_the_point(desk, state, zoom):
    bring_to(desk, "S", state)
    scene = desk.workbench.scene
    scene.show_errors(True)
    scene.show_overlay(tracing=True, planes=True, stages=True)
    scene.camera.show_point(desk.landmark("S").position, zoom)
    mask = drawn(desk)
    assert mask.any()
    rows, columns = np.nonzero(mask)
    x, y = desk.place_of("S")
    # At a high zoom the whole pixel of the film, else what the eye takes for the point.
    assert np.maximum(np.abs(columns - x), np.abs(rows - y)).min() > max(1.8, zoom / 2)


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.0])
def test_marks_are_as_large_at_every_zoom(desk, zoom):
    desk.session.select("N")
    scene = desk.workbench.scene
    scene.show_names(False)
    scene.show_overlay(window=False)
    scene.camera.show_point(desk.landmark("S").position, zoom)
    rows, columns = np.nonzero(around(desk, drawn(desk), "S", 40))
    assert np.ptp(rows) == pytest.approx(2 * 13.3, abs=2.5)
    assert np.ptp(columns) == pytest.approx(2 * 13.3, abs=2.5)


def test_every_state_has_a_shape_and_a_colour_of_its_own():
    looks = [APPEARANCE[state] for state in SHOWN]
    assert len({look.shape for look in looks}) == len({look.colour for look in looks}) == len(looks)


@pytest.mark.parametrize("state", SHOWN, ids=str)
def test_an_outline_keeps_its_gap(state):
    ends = outline(APPEARANCE[state].shape, GAP_PX, 12.0)
    between = ends[:, :1] + np.linspace(0, 1, 50)[:, None] * (ends[:, 1:] - ends[:, :1])
    assert np.linalg.norm(between, axis=2).min() >= GAP_PX - 1e-9


def test_the_expected_error_of_the_current_point_is_drawn_and_of_all_on_demand(desk):
    scene, session = desk.workbench.scene, desk.session
    session.select("S")
    scene.camera.show_point(desk.landmark("N").position, 2.0)

    def circle_is_there() -> bool:
        return bool(around(desk, drawn(desk), "N", 42)[:4].any())

    assert not circle_is_there()
    scene.show_errors(True)
    assert circle_is_there()
    session.select("N")
    scene.show_errors(False)
    assert circle_is_there()
    session.confirm()
    # What a reader confirmed has no expected error of the model's any more.
    assert not circle_is_there()


def test_both_sides_of_a_double_contour_and_the_coarse_points_are_drawn(desk):
    scene, annotation = desk.workbench.scene, desk.session.annotation
    scene.show_names(False)
    scene.fit_point("Go")
    bare = picture(desk)
    place = desk.landmark("Go").position
    sides = tuple(Point(place.x + dx, place.y + 20 * np.sign(dx)) for dx in (-60, 60))
    coarse = np.full((19, 2), np.nan)
    coarse[list(KEYS).index("Go")] = place.x + 30, place.y - 70
    scene.overlay.show_stages = True
    seen = annotation.with_landmark(replace(annotation.landmarks["Go"], sides=sides))
    image = desk.session.film.image
    size = (image.width, image.height)
    scene.drawing.draw(Picture(seen, "S", size, Stages(None, coarse)), scene.camera.pixel)
    changed = (picture(desk) != bare).any(axis=2)
    for point in (*sides, Point(*coarse[list(KEYS).index("Go")])):
        x, y = np.rint(mouse.on_canvas(desk.viewer, desk.points, (point.x, point.y))).astype(int)
        assert changed[y - 5 : y + 6, x - 5 : x + 6].any()
    assert not around(desk, changed, "Go", 1).any()


def test_another_reader_s_points_are_shown_and_cannot_be_grabbed(desk):
    desk.session.select("Me")
    moved = desk.drag("Go", (120, -90))
    desk.session.set_reader("ben")
    desk.session.select("Me")
    before = drawn(desk).sum()
    desk.session.compare_with("anna")
    assert drawn(desk).sum() > before
    there = mouse.on_canvas(desk.viewer, desk.points, (moved.x, moved.y))
    mouse.drag(desk.viewer, there, there + np.array([30, 10]))
    assert {mark.state for mark in desk.session.annotation.landmarks.values()} == {State.PREDICTED}


def test_a_mark_follows_the_mouse_while_it_is_dragged(desk):
    seen = []
    scene = desk.workbench.scene
    scene.cursor_moved.connect(seen.append)
    vertices = scene.drawing.marks.layer.vertices
    start = vertices.copy()
    steps = []
    there = desk.place_of("Go")
    mouse.drag(desk.viewer, there, there + np.array([40, 0]), meanwhile=lambda: steps.append(vertices.copy()))
    assert not np.array_equal(steps[0], start)
    assert len(seen) >= 3
    assert desk.landmark("Go").state is State.CORRECTED


def test_hiding_the_points_layer_hides_everything_and_showing_it_brings_the_truth(desk):
    layers = [*desk.viewer.layers][1:]
    desk.points.visible = False
    assert not any(layer.visible for layer in layers)
    desk.workbench.nudge(5, 5)
    desk.points.visible = True
    assert all(layer.visible for layer in layers)
    desk.assert_shows_truth()


# ---- strokes -------------------------------------------------------------------------------------------------------


@given(arrays(float, (5, 2, 2), elements=numbers), arrays(float, (3, 2), elements=numbers))
def test_strokes_spare_the_points_and_nothing_else(ends, points):
    gap = np.array([6.0, 6.0])
    left = spared(Strokes.of(ends, "#FFFFFF"), points, gap)
    assert len(left.colours) == len(left.ends)
    inner = left.ends[:, :1] + np.linspace(0.01, 0.99, 20)[:, None] * (left.ends[:, 1:] - left.ends[:, :1])
    if len(left.ends):
        assert np.linalg.norm(inner[:, :, None] - points, axis=3).min() > 5.99
    for start, end in ends:
        along = start + np.linspace(0, 1, 15)[:, None] * (end - start)
        for place in along[np.linalg.norm(along[:, None] - points, axis=2).min(axis=1) > 6.01]:
            assert _distance(place, left.ends) < 1e-6


def _distance(place: np.ndarray, ends: np.ndarray) -> float:
    start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    square = np.maximum((along**2).sum(axis=1), 1e-300)
    part = np.clip(((place - start) * along).sum(axis=1) / square, 0, 1)
    return float(np.linalg.norm(start + part[:, None] * along - place, axis=1).min())


def test_dashes_are_as_long_as_asked_and_stay_on_the_line():
    ends = dashed([(0, 0), (100, 0)], (10, 5))
    np.testing.assert_allclose(ends[:, :, 1], 0)
    np.testing.assert_allclose(ends[:3, :, 0], [(0, 10), (15, 25), (30, 40)])
    assert ends.max() == 100


@given(arrays(float, st.tuples(st.integers(2, 8), st.just(2)), elements=numbers, unique=True))
def test_the_curve_runs_through_its_points(points):
    curve = smooth(points)
    for point in points:
        assert np.linalg.norm(curve - point, axis=1).min() < 0.01


def test_planes_need_both_points_and_reach_beyond_them(desk):
    annotation = desk.session.annotation
    frankfort = {str(line): ends for line, ends in planes(annotation)}["Frankfort, Po-Or"]
    porion, orbitale = predicted_points()["Po"], predicted_points()["Or"]
    assert np.linalg.norm(frankfort[1] - frankfort[0]) > np.hypot(porion.x - orbitale.x, porion.y - orbitale.y)
    without = annotation.with_landmark(replace(annotation.landmarks["Po"], state=State.NOT_VISIBLE, position=None))
    assert "Frankfort, Po-Or" not in {str(line) for line, _ in planes(without)}
    assert len(list(tracing(without))) == len(list(tracing(annotation)))


# ---- names ---------------------------------------------------------------------------------------------------------


@given(arrays(float, st.tuples(st.integers(1, 19), st.just(2)), elements=numbers))
def test_a_name_never_covers_its_own_point(points):
    sizes = np.tile((30.0, 14.0), (len(points), 1))
    centres = place_names(points, np.full(len(points), 12.0), sizes)
    assert (np.abs(centres - points) - sizes / 2).max(axis=1).min() >= 8.0


def test_close_points_get_their_names_on_different_sides():
    points = np.array([(100.0, 100.0), (115.0, 104.0), (104.0, 118.0), (300.0, 300.0)])
    sizes = np.tile((26.0, 13.0), (4, 1))
    centres = place_names(points, np.full(4, 12.0), sizes)
    for one in range(4):
        for other in range(one):
            assert (np.abs(centres[one] - centres[other]) >= sizes[0] - 1e-9).any()


# ---- looks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_a_look_changes_no_pixel_of_the_film(desk, look):
    image = desk.session.film.image
    before = image.pixels.copy()
    plain = picture(desk)
    desk.workbench.scene.set_look(look)
    np.testing.assert_array_equal(image.pixels, before)
    assert (picture(desk) != plain).any() == (look != PLAIN)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_copy_has_the_film_s_shape_and_its_window(depth):
    film = (np.arange(200 * 300).reshape(200, 300) % 2**depth).astype(f"uint{depth}")
    shown, window = Look("x", local_contrast=True, sharpen=1.0).pixels(film, (0, 2**depth - 1))
    assert (shown.shape, shown.dtype, window) == (film.shape, np.uint8, (0.0, 255.0))
    same, as_before = PLAIN.pixels(film, (5.0, 90.0))
    assert same is film
    assert as_before == (5.0, 90.0)


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_brightness_and_contrast_do_what_they_say(brightness, contrast):
    low, high = Look("x", brightness, contrast).limits((1000.0, 3000.0))
    assert high > low
    assert (low + high) / 2 == pytest.approx(2000 - 1000 * brightness)
    assert (high - low) == pytest.approx(2000 * 4**-contrast)


def test_a_look_outside_its_range_is_refused():
    with pytest.raises(ValueError, match="gamma"):
        Look("x", gamma=0.0)
    with pytest.raises(ValueError, match="brightness"):
        Look("x", brightness=1.5)


def test_the_look_stays_while_stepping_through_films(desk):
    desk.workbench.scene.set_look(replace(LOOKS[3], contrast=0.5))
    desk.press(Key.Key_PageDown)
    layer = desk.viewer.layers[0]
    low, high = layer.contrast_limits
    assert str(layer.colormap.name) == "gray_r"
    window = desk.session.film.image.window
    assert high - low == pytest.approx((window[1] - window[0]) / 2)


# ---- view ----------------------------------------------------------------------------------------------------------


def test_fit_point_brings_it_to_the_middle_and_fit_film_shows_all(desk):
    scene = desk.workbench.scene
    scene.fit_point("Go")
    assert scene.zoom_px() == pytest.approx(2.0)
    canvas = mouse.canvas_of(desk.viewer)
    np.testing.assert_allclose(desk.place_of("Go"), (canvas.width() / 2, canvas.height() / 2), atol=2)
    assert "N" not in scene.keys_in_view()
    scene.fit_film()
    assert set(scene.keys_in_view()) == set(predicted_points())


def test_the_home_button_shows_the_film_from_however_far_away(desk):
    viewer, session, drawing = desk.viewer, desk.session, desk.workbench.scene.drawing
    session.take_prediction(prediction_of(session.film.image.path))
    viewer.window.resize(1000, 700)
    mouse.settle(viewer)
    viewer.reset_view()
    fitting = viewer.camera.zoom
    viewer.camera.zoom = fitting / 1000
    for _ in range(5):
        mouse.settle(viewer)
        for layer in (drawing.marks.layer, drawing.names.layer):
            # Turned by a stray key and turned back; napari measures it anew.
            layer.rotate = 30
        viewer.reset_view()
    assert viewer.camera.zoom > fitting / 2


def test_zoom_and_place_are_kept_while_stepping(desk, films):
    desk.session.take_prediction(prediction_of(films / "film_7102.jpg"))
    scene = desk.workbench.scene
    scene.fit_point("S")
    desk.session.select("S")
    before, centre = scene.zoom_px(), np.array(desk.viewer.scene.camera.center[-2:])
    first, size = centre / desk.session.film.image.pixels.shape, desk.session.film.image.pixels.shape
    desk.session.show(1)
    other = desk.session.film.image.pixels.shape
    now = np.array(desk.viewer.scene.camera.center[-2:]) / other
    np.testing.assert_allclose(now, first, atol=1e-6)
    if other == size:
        assert scene.zoom_px() == pytest.approx(before)


def test_tab_moves_the_view_only_when_the_point_is_out_of_sight(desk):
    scene = desk.workbench.scene
    desk.session.select("S")
    desk.press(Key.Key_Tab)
    scene.fit_film()
    centre = desk.viewer.scene.camera.center
    desk.press(Key.Key_Tab)
    assert desk.viewer.scene.camera.center == centre
    scene.fit_point(desk.session.current)
    desk.press(Key.Key_Tab)
    assert desk.session.current in scene.keys_in_view()
    assert scene.zoom_px() == pytest.approx(2.0)


def test_grabbing_a_mark_at_the_border_moves_no_view(desk):
    scene = desk.workbench.scene
    desk.session.select("Me")
    point = desk.landmark("Go").position
    canvas = mouse.canvas_of(desk.viewer)
    scene.camera.show_point(Point(point.x + canvas.width() / 4 - 10, point.y), 2.0)
    centre = desk.viewer.scene.camera.center
    goal = desk.drag("Go", (15, 10))
    assert desk.viewer.scene.camera.center == centre
    assert desk.apart("Go", goal) <= desk.tolerance


def test_the_place_under_the_mouse_is_told(desk, qtbot):
    seen = []
    desk.workbench.scene.cursor_moved.connect(lambda point: seen.append(None if point is None else (point.x, point.y)))
    for xy, expected in (((700, 900), pytest.approx((700, 900), abs=desk.tolerance)), ((-300, 900), None)):
        there = mouse.on_canvas(desk.viewer, desk.points, xy)

        def is_told(there=there, expected=expected) -> bool:
            # Again and again: vispy drops a move that follows another one within 10 ms, and the window sends its own.
            mouse.move(desk.viewer, there)
            return seen[-1:] == [expected]

        qtbot.waitUntil(is_told)
        assert seen[-1] == expected
