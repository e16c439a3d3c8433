"""Photographs in the workbench: several faces, each chosen with a click or a key and corrected with the mouse."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.formats import ExportPurpose, landmark_csv
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.journal_faces import FoundFace
from napari_dentlm.core.measures import FACE_STRIP, STRIP
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from tests.gui import mouse
from tests.gui.conftest import prediction_of

FACES = load_scheme("ibug68")
ORIGIN = "model:face68@0123456789ab"
BOXES = [Box(480, 250, 300, 300), Box(80, 150, 220, 220), Box(900, 420, 220, 220)]


def face(box: Box) -> FoundFace:
    """A face whose points lie on a grid in its box."""
    marks = []
    for row, key in enumerate(FACES.keys):
        place = Point(box.x + box.width * (row % 9 + 1) / 10, box.y + box.height * (row // 9 + 1) / 9)
        marks.append(Landmark(key, State.PREDICTED, place, ORIGIN, predicted=place, expected_error_px=3.0))
    return FoundFace(tuple(marks), box)


def prediction(path: Path, *boxes: Box) -> FilePrediction:
    first, *others = map(face, boxes)
    frame = FramePrediction(0, first.landmarks, "", None, None, first.box, tuple(others))
    return FilePrediction(path, (read_image(path).image_id,), ORIGIN, "quality=standard", (frame,), "ibug68")


@pytest.fixture
def photo(films: Path) -> Path:
    """A photo in colour beside the films of the patient."""
    path = films / "group.png"
    pixels = np.random.default_rng(3).integers(0, 255, (800, 1200, 3), dtype=np.uint8)
    assert cv2.imwrite(str(path), cv2.GaussianBlur(pixels, (0, 0), 3))
    return path


@pytest.fixture
def group(empty_desk, films: Path, photo: Path):
    """The workbench with a labelled group photo of three in view."""
    session = empty_desk.session
    session.open([films])
    session.take_prediction(prediction(photo, *BOXES))
    session.show_path(photo)
    mouse.settle(empty_desk.viewer)
    empty_desk.viewer.reset_view()
    return empty_desk


@pytest.fixture
def on_disk(photo: Path):
    """The journal of the photo, read from the disk."""
    sidecar = photo.with_name(photo.name + ".dentlm.jsonl")
    return lambda: Journal.open(sidecar, image_ids=[read_image(photo).image_id], scheme=FACES, read_only=True)


def click_on(desk, x: float, y: float) -> None:
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, (x, y)))


def test_between_a_film_with_a_scale_and_a_photo_napari_warns_of_nothing(desk, photo: Path) -> None:
    session = desk.session
    session.calibrate(Calibration.user(0.1))
    session.open([photo.parent])
    warned = len(notification_manager.records)
    for name in (photo.name, "film_7101.jpg", photo.name):
        session.show_path(photo.with_name(name))
        mouse.settle(desk.viewer)
    assert [record.message for record in notification_manager.records][warned:] == []


def test_the_patient_comes_first_and_the_photo_is_shown_in_colour(group) -> None:
    assert group.session.annotation.instance == 0
    assert group.session.annotation.scheme is FACES
    assert group.panel.review.faces.words.text().startswith("Face 1 of 3")
    assert not group.panel.review.faces.isHidden()
    shown = next(layer for layer in group.viewer.layers if layer.__class__.__name__ == "Image").data
    assert shown.shape == (800, 1200, 3)
    group.assert_shows_truth()


def test_a_click_on_another_face_chooses_it_and_the_mouse_corrects_it(group, on_disk) -> None:
    # Between the points of the grid, inside the box of the third face.
    click_on(group, 900 + 220 * 0.95, 420 + 220 * 0.97)
    assert group.session.annotation.instance == 2
    assert group.panel.review.faces.words.text().startswith("Face 3 of 3")
    group.assert_shows_truth()
    goal = group.drag("nose_bridge_4", (13, 9))
    journal = on_disk()
    mark = journal.annotation("anna", 0, 2).landmarks["nose_bridge_4"]
    assert mark.state is State.CORRECTED
    assert group.apart("nose_bridge_4", goal) <= group.tolerance
    for other in (0, 1):
        assert not any(each.touched for each in journal.annotation("anna", 0, other).landmarks.values())


def test_every_face_can_be_corrected_and_confirmed_in_turn(group, on_disk) -> None:
    for number in range(3):
        assert group.session.annotation.instance == number
        group.drag("jaw_9", (20, 16))
        group.session.select("eye_left_1")
        group.press(Qt.Key.Key_Return)
        group.press(Qt.Key.Key_K)
    assert group.session.annotation.instance == 0
    journal = on_disk()
    for number in range(3):
        marks = journal.annotation("anna", 0, number).landmarks
        assert (marks["jaw_9"].state, marks["eye_left_1"].state) == (State.CORRECTED, State.CONFIRMED)


def test_the_buttons_of_the_card_step_through_the_faces(group, qtbot) -> None:
    chooser = group.panel.review.faces
    qtbot.mouseClick(chooser.forward, Qt.MouseButton.LeftButton)
    assert group.session.annotation.instance == 1
    qtbot.mouseClick(chooser.back, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(chooser.back, Qt.MouseButton.LeftButton)
    assert group.session.annotation.instance == 2


def test_a_click_beside_all_faces_changes_nothing(group) -> None:
    click_on(group, 1180, 30)
    assert group.session.annotation.instance == 0


def test_dragging_over_another_face_moves_the_view_only(group) -> None:
    start = mouse.on_canvas(group.viewer, group.points, (900 + 220 * 0.95, 420 + 220 * 0.97))
    mouse.drag(group.viewer, start, (start[0] + 40, start[1] - 25))
    assert group.session.annotation.instance == 0


def test_undo_takes_back_the_last_act_wherever_it_was(group, on_disk) -> None:
    group.press(Qt.Key.Key_K)
    group.drag("jaw_9", (20, 16))
    group.press(Qt.Key.Key_K)
    group.press(Qt.Key.Key_U)
    assert on_disk().annotation("anna", 0, 1).landmarks["jaw_9"].state is State.PREDICTED
    # The reader sees what was taken back.
    assert group.session.annotation.instance == 1
    assert group.session.current == "jaw_9"


def test_a_film_has_no_faces_to_choose(group, films: Path) -> None:
    film = films / "film_7101.jpg"
    group.session.take_prediction(prediction_of(film))
    group.session.show_path(film)
    assert group.panel.review.faces.isHidden()
    assert group.session.annotation.scheme.name == "isbi19"
    group.press(Qt.Key.Key_K)
    assert group.session.annotation.instance == 0
    group.assert_shows_truth()


def test_a_photo_in_colour_offers_the_points_of_a_face_before_it_is_labelled(group, films: Path) -> None:
    path = films / "new.png"
    assert cv2.imwrite(str(path), np.full((300, 300, 3), (40, 90, 200), dtype=np.uint8))
    group.session.open([films])
    group.session.show_path(path)
    assert group.session.annotation.scheme is FACES


def test_a_grey_photo_taken_for_a_film_gets_the_points_of_a_face(group, films: Path) -> None:
    path = films / "grey.png"
    assert cv2.imwrite(str(path), np.random.default_rng(1).integers(0, 255, (800, 1200), dtype=np.uint8))
    group.session.open([films])
    group.session.show_path(path)
    assert group.session.annotation.scheme.name == "isbi19"
    assert group.panel.jobs.label_film.text() == "Label this film"
    assert group.session.take_prediction(prediction(path, *BOXES[:1]))
    assert group.session.annotation.scheme is FACES
    assert group.session.landmark.key in FACES.keys
    assert group.panel.jobs.label_film.text() == "Label this photo"
    group.assert_shows_truth()


def test_a_later_look_that_finds_neither_takes_no_points_away(group, photo: Path) -> None:
    before = group.session.annotation.landmarks
    nothing = tuple(Landmark(key, State.NOT_ASSESSED, None, ORIGIN, reason="neither") for key in load_scheme().keys)
    frame = FramePrediction(0, nothing, "neither", None, None)
    image_ids = (read_image(photo).image_id,)
    assert group.session.take_prediction(FilePrediction(photo, image_ids, ORIGIN, "quality=fast", (frame,)))
    assert group.session.annotation.landmarks == before


def test_points_of_a_file_that_has_changed_are_not_written(group, photo: Path) -> None:
    before = group.session.annotation.landmarks
    found = prediction(photo, BOXES[1])
    assert not group.session.take_prediction(replace(found, image_ids=("0" * 64,)))
    assert "has changed" in group.panel.words.text()
    assert group.session.annotation.landmarks == before


def test_a_face_that_is_gone_leaves_the_patient_in_view(group, photo: Path) -> None:
    group.session.choose_face(2)
    group.session.take_prediction(prediction(photo, *BOXES[:2]))
    assert group.session.annotation.instance == 0
    assert group.panel.review.faces.words.text().startswith("Face 1 of 2")


def test_the_strip_shows_the_measures_of_a_face_and_of_a_film(group, films: Path) -> None:
    strip = group.panel.strip
    assert tuple(strip.cells) == FACE_STRIP
    assert strip.cells["face.eye_tilt"].value_text.endswith("°")
    assert all(not cell.isHidden() for cell in strip.cells.values())
    film = films / "film_7101.jpg"
    group.session.take_prediction(prediction_of(film))
    group.session.show_path(film)
    assert tuple(strip.cells) == STRIP
    assert strip.cells["SNA"].value_text.endswith("°")


def test_the_names_of_the_weakest_points_are_not_cut_off(group, qtbot) -> None:
    pages, tree = group.panel.pages, group.panel.measures.clinical.tree
    pages.setCurrentIndex([pages.tabText(row) for row in range(pages.count())].index("Measures"))
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 0)
    top = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    names = [item.child(row).text(3) for item in top for row in range(item.childCount())]
    assert max(map(len, names)) > 12
    assert tree.columnWidth(3) > max(tree.fontMetrics().horizontalAdvance(name) for name in names)


def test_the_lines_of_the_facial_measures_are_drawn_on_the_photo(group) -> None:
    before = len(group.workbench.scene.overlay.layer.data[0])
    group.panel.view.planes.setChecked(True)
    drawn = group.workbench.scene.overlay.layer.data[0]
    assert len(drawn) >= before
    assert np.abs(drawn).max() > 0


def test_an_export_holds_every_face_that_was_worked_on(group, tmp_path: Path, qtbot) -> None:
    for number in (0, 2):
        group.session.choose_face(number)
        group.drag("jaw_9", (20, 16))
    exporter = group.workbench.exporter
    target = tmp_path / "out.csv"
    with qtbot.waitSignal(exporter.finished, timeout=30000):
        exporter.run(exporter.prepare("anna", ExportPurpose.TRAINING, target))
    rows = landmark_csv.read(target)
    assert {(row.instance, row.landmark, row.box_x) for row in rows} == {(0, "jaw_9", 480.0), (2, "jaw_9", 900.0)}
