"""A face that the model did not find: two clicks around it, and the real worker gives it points of its own."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_dentlm.core.annotation import Landmark, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.journal import Journal
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.predictions import FilePrediction, FramePrediction
from napari_dentlm.gui.tools import FILM_HAS_NO_FACES
from sample_data import generate_group
from tests.gui import mouse
from tests.gui.conftest import prediction_of
from tests.gui.test_faces import FACES, prediction

WAIT = 120_000
GROUP = generate_group(5, 3)


@pytest.fixture
def photo(films: Path) -> Path:
    """A photo of three drawn faces."""
    path = films / "group.png"
    assert cv2.imwrite(str(path), cv2.cvtColor(GROUP.pixels, cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture
def desk(empty_desk, films: Path, photo: Path):
    """The workbench with that photo in view, without points."""
    empty_desk.session.open([films])
    empty_desk.session.show_path(photo)
    mouse.settle(empty_desk.viewer)
    empty_desk.viewer.reset_view()
    return empty_desk


def box_of(number: int) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the box around the points of a drawn face."""
    points = GROUP.points[number]
    return points.min(axis=0), points.max(axis=0)


def click(desk, place: np.ndarray) -> None:
    mouse.click(desk.viewer, mouse.on_canvas(desk.viewer, desk.points, tuple(place)))


def draw_box(desk, qtbot, number: int) -> None:
    """Press B and click on two corners; back when the worker has answered."""
    desk.press(Qt.Key.Key_B)
    low, high = box_of(number)
    click(desk, low)
    assert "below its chin" in desk.panel.words.text()
    with qtbot.waitSignal(desk.workbench.labelling.ended, timeout=WAIT):
        click(desk, high)


def error(desk, number: int) -> float:
    """Mean distance from the drawn points, in percent of that of the eyes."""
    true = GROUP.points[number]
    marks = desk.session.annotation.landmarks.values()
    found = np.array([(mark.position.x, mark.position.y) for mark in marks])
    return 100 * np.linalg.norm(found - true, axis=1).mean() / np.linalg.norm(true[45] - true[36])


def test_two_clicks_give_a_face_its_points_beside_the_others(desk, photo: Path, qtbot) -> None:
    chooser = desk.panel.review.faces
    draw_box(desk, qtbot, 0)
    assert (desk.session.annotation.instance, error(desk, 0) < 6) == (0, True)
    assert chooser.isHidden()
    draw_box(desk, qtbot, 2)
    assert (desk.session.annotation.instance, error(desk, 2) < 6) == (1, True)
    assert chooser.words.text().startswith("Face 2 of 2")
    desk.assert_shows_truth()
    sidecar = photo.with_name(photo.name + ".dentlm.jsonl")
    journal = Journal.open(sidecar, image_ids=[read_image(photo).image_id], scheme=FACES, read_only=True)
    low, high = box_of(2)
    box = journal.annotation("", 0, 1).box
    assert np.abs(np.array([box.x, box.y, box.x + box.width, box.y + box.height]) - [*low, *high]).max() < 5
    assert journal.annotation("", 0, 0).landmarks["jaw_9"].state is State.PREDICTED


def test_a_box_around_a_known_face_is_a_new_look_at_it(desk, photo: Path, qtbot) -> None:
    draw_box(desk, qtbot, 0)
    desk.drag("jaw_9", (12, 10))
    draw_box(desk, qtbot, 0)
    assert desk.session.face_numbers == (0,)
    assert desk.landmark("jaw_9").state is State.CORRECTED


def test_a_box_without_a_face_leaves_all_as_it_was(desk, qtbot) -> None:
    draw_box(desk, qtbot, 0)
    before = desk.session.annotation.landmarks
    desk.press(Qt.Key.Key_B)
    click(desk, np.array([2.0, 2.0]))
    with qtbot.waitSignal(desk.workbench.labelling.ended, timeout=WAIT):
        click(desk, np.array([42.0, 40.0]))
    assert "nothing was changed" in desk.panel.words.text()
    assert not desk.workbench.labelling.failures
    assert desk.session.face_numbers == (0,)
    assert desk.session.annotation.landmarks == before


def test_a_film_with_points_gets_no_box(desk, films: Path) -> None:
    film = films / "film_7101.jpg"
    desk.session.take_prediction(prediction_of(film))
    desk.session.show_path(film)
    desk.press(Qt.Key.Key_B)
    assert desk.panel.words.text() == FILM_HAS_NO_FACES


def test_a_tiny_box_waits_for_a_better_corner_and_escape_ends(desk) -> None:
    desk.press(Qt.Key.Key_B)
    low, _ = box_of(0)
    click(desk, low)
    click(desk, low + 3)
    assert "too small" in desk.panel.words.text()
    desk.press(Qt.Key.Key_Escape)
    assert desk.workbench.tools.marks == ()
    assert not desk.workbench.labelling.running


def test_a_blind_reader_learns_nothing_of_a_film_that_has_points(desk, films: Path) -> None:
    film = films / "film_7101.jpg"
    desk.session.take_prediction(prediction_of(film))
    desk.session.show_path(film)
    desk.session.set_blind(True)
    assert desk.panel.review.faces.isHidden()
    desk.press(Qt.Key.Key_B)
    assert desk.panel.words.text() == FILM_HAS_NO_FACES


def test_what_shows_neither_film_nor_face_offers_the_box(desk, photo: Path, qtbot) -> None:
    nothing = tuple(Landmark(key, State.NOT_ASSESSED, None, "m", reason="neither") for key in load_scheme().keys)
    refusal = FramePrediction(0, nothing, "neither", None, None)
    image_ids = (read_image(photo).image_id,)
    desk.session.take_prediction(FilePrediction(photo, image_ids, "model:ceph19@0", "quality=standard", (refusal,)))
    assert desk.panel.review.faces.words.text().startswith("No points")
    qtbot.mouseClick(desk.panel.review.faces.add, Qt.MouseButton.LeftButton)
    assert "eyebrows" in desk.panel.words.text()


def test_known_faces_stay_whoever_found_them(desk, photo: Path, qtbot) -> None:
    low, high = box_of(1)
    assert desk.session.take_prediction(prediction(photo, Box(*low, *(high - low))))
    draw_box(desk, qtbot, 0)
    assert desk.session.face_numbers == (0, 1)
    assert desk.session.annotation.instance == 1
