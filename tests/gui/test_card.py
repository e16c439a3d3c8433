"""The landmark card: what it says about the current landmark, and what it leaves unsaid."""

from dataclasses import replace

import pytest
from qtpy.QtGui import QColor, QPalette

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.scheme import load_scheme
from napari_dentlm.gui.appearance import APPEARANCE
from napari_dentlm.gui.landmark_card import LandmarkCard, facts
from napari_dentlm.gui.landmark_sketch import PLACES
from napari_dentlm.gui.landmark_table import legible
from napari_dentlm.gui.words import Words
from tests.gui.conftest import KEYS, prediction_of

PREDICTED = Landmark(
    "Go",
    State.PREDICTED,
    Point(100, 200),
    origin="model:ceph19@0123456789ab",
    predicted=Point(100, 200),
    expected_error_px=21.0,
)


@pytest.fixture
def card(session, qtbot):
    session.select("Go")
    widget = LandmarkCard(session)
    qtbot.addWidget(widget)
    widget.resize(340, 150)
    widget.show()
    return widget


def test_it_names_defines_and_credits_the_point(card):
    definition = load_scheme().landmark("Go")
    assert (card.key.text, card.name.text) == ("Go", "Gonion")
    assert (card.definition.text, card.note.text) == (definition.definition, definition.note)
    assert card.state.text == f"{APPEARANCE[State.PREDICTED].sign} predicted by test"
    assert card.facts.text == "95 % of points lie within ± 20 px"


def test_it_follows_the_current_landmark_and_the_calibration(card, session):
    session.select("S")
    session.calibrate(Calibration.user(0.1))
    assert (card.key.text, card.facts.text) == ("S", "95 % of points lie within ± 2.0 mm")


def test_a_moved_and_confirmed_point_tells_how_far_it_went(card, session):
    session.nudge(30, 40)
    assert card.state.text.endswith("corrected by anna")
    assert card.facts.text == "50.0 px from the model's point"
    session.confirm()
    session.calibrate(Calibration.user(0.1))
    assert card.state.text.endswith("confirmed by anna")
    assert card.facts.text == "5.0 mm from the model's point"


def test_a_confirmed_point_of_the_model_keeps_its_maker(card, session):
    session.confirm()
    assert card.state.text.endswith("confirmed by anna")
    assert card.facts.text == "Point from test"


def test_it_says_why_to_look_here_until_the_reader_has(card, session):
    prediction = prediction_of(session.film.image.path)
    frame = prediction.frames[0]
    flagged = tuple(replace(mark, flag="large expected error") for mark in frame.landmarks)
    session.take_prediction(replace(prediction, frames=(replace(frame, landmarks=flagged),)))
    assert card.flag.isVisible()
    assert card.flag.text == "⚑ Look here first: large expected error"
    session.confirm()
    assert not card.flag.isVisible()


def test_nothing_is_cut_off_at_its_usual_size(card, session):
    for key in KEYS:
        session.select(key)
        card.layout().activate()
        for part in (card.state, card.definition, card.note, card.facts):
            if part.isVisible():
                assert part.height() >= part.heightForWidth(part.width())
                assert part.geometry().bottom() < card.height()


def test_a_squeezed_text_ends_with_a_whole_line(qtbot):
    words = Words(9, lines=3)
    qtbot.addWidget(words)
    words.say("On the outline of the face between the ear and the chin, on its right side, spaced evenly.")
    line = words.minimumSizeHint().height()
    words.resize(160, line * 3 // 2)
    picture = words.grab().toImage()
    shades = [{picture.pixel(x, y) for x in range(160)} for y in range(picture.height())]
    assert any(len(row) > 1 for row in shades[:line])
    assert all(len(row) == 1 for row in shades[line + 1 :])


def test_without_a_film_it_shows_no_landmark(card, session):
    session.close()
    assert card.name.text == "No landmark to show"
    assert not any(part.isVisible() for part in (card.key, card.state, card.definition, card.facts))


def test_an_unknown_expected_error_is_not_mentioned():
    assert facts(replace(PREDICTED, expected_error_px=None), Calibration.user(0.1)) == []


def test_a_reader_s_own_point_has_no_expected_error():
    moved = replace(PREDICTED, state=State.CORRECTED, position=Point(103, 204), origin="reader:anna")
    assert facts(moved, None) == ["5.0 px from the model's point"]


def test_both_sides_of_a_double_contour_give_the_asymmetry():
    sides = (Point(70, 180), Point(130, 220))
    both = replace(PREDICTED, state=State.PLACED, origin="reader:anna", predicted=None, sides=sides)
    assert facts(both, Calibration.user(0.1)) == ["Contours 7.2 mm apart"]
    assert facts(both, None) == ["Contours 72.1 px apart"]


def test_the_reason_of_a_missing_point_is_said():
    refused = Landmark("Go", State.NOT_ASSESSED, None, reason="no face area was found")
    assert facts(refused, None) == ["no face area was found"]


def test_the_drawing_has_every_landmark_of_the_scheme():
    assert set(PLACES) == set(KEYS)


@pytest.mark.parametrize("paper", ["#23242b", "#ebe7e6", "#000000", "#ffffff"])
@pytest.mark.parametrize("state", list(State))
def test_the_colour_of_a_state_can_be_read_on_any_theme(state, paper):
    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Window, QColor(paper))
    ink = legible(APPEARANCE[state].colour, palette)
    light, dark = sorted((_luminance(ink), _luminance(QColor(paper))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour: QColor) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return linear[0] * 0.2126 + linear[1] * 0.7152 + linear[2] * 0.0722
