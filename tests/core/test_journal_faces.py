"""Several faces of one photo in a journal: numbers, boxes, faces that go and come, and another scheme."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.box import Box
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.formats.annotation_rows import annotation_of, rows_of
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.journal_faces import FoundFace, write_added_face, write_faces
from napari_dentlm.core.review_status import Status, status_of
from napari_dentlm.core.scheme import load_scheme
from tests.core.journal_setup import IDS, predictions

FACES = load_scheme("ibug68")
MODEL = "model:face68@0001"


def face(x: float, y: float = 100.0, side: float = 80.0) -> FoundFace:
    """A face whose points lie on a grid in its box."""
    places = [(x + side * (n % 9) / 9, y + side * (n // 9) / 9) for n in range(68)]
    marks = (Landmark(key, State.PREDICTED, Point(*p), MODEL) for key, p in zip(FACES.keys, places, strict=True))
    return FoundFace(tuple(marks), Box(x, y, side, side))


def refused() -> FoundFace:
    return FoundFace(tuple(Landmark(key, State.NOT_ASSESSED, None, MODEL, reason="no face") for key in FACES.keys))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "photo.jpg.dentlm.jsonl", image_ids=IDS, scheme=FACES)


def reopened(journal: Journal) -> Journal:
    journal.close()
    return Journal.open(journal.path, image_ids=IDS, scheme=FACES)


def look(journal: Journal, *faces: FoundFace) -> list[int]:
    return write_faces(journal, faces, model=MODEL, options="quality=standard")


def test_every_face_has_its_number_its_box_and_its_points(journal: Journal) -> None:
    assert look(journal, face(300, side=120), face(0), face(600)) == [0, 1, 2]
    again = reopened(journal)
    assert again.instances("") == (0, 1, 2)
    assert [again.annotation("", 0, n).box for n in range(3)] == [
        Box(300, 100, 120, 120),
        Box(0, 100, 80, 80),
        Box(600, 100, 80, 80),
    ]
    assert again.annotation("", 0, 2).points()[0] == pytest.approx([600, 100])
    assert verify(journal.path) == []


def test_faces_keep_their_numbers_when_another_one_has_become_the_largest(journal: Journal) -> None:
    look(journal, face(300, side=120), face(0))
    assert look(journal, face(2, side=84), face(302, side=118)) == [1, 0]
    assert journal.annotation("", 0, 1).box == Box(2, 100, 84, 84)


def test_a_new_face_gets_a_number_that_was_never_used(journal: Journal) -> None:
    look(journal, face(300), face(0))
    look(journal, face(300))
    assert journal.instances("") == (0,)
    assert look(journal, face(300), face(900)) == [0, 2]


def test_a_corrected_face_stays_though_the_model_finds_it_no_more(journal: Journal) -> None:
    look(journal, face(300), face(0), face(600))
    journal.move("anna", "eye_left_1", Point(33, 44), instance=1)
    look(journal, face(300))
    again = reopened(journal)
    assert again.instances("anna") == (0, 1)
    mark = again.annotation("anna", 0, 1).landmarks["eye_left_1"]
    assert (mark.state, mark.position) == (State.CORRECTED, Point(33, 44))
    assert again.annotation("anna", 0, 1).landmarks["eye_left_2"].position is not None
    assert again.last_prediction() == (MODEL, "quality=standard")


def test_an_act_on_one_face_leaves_the_others_alone(journal: Journal) -> None:
    look(journal, face(300), face(0))
    before = journal.annotation("anna", 0, 0).points()
    journal.move("anna", "jaw_9", Point(1, 2), instance=1)
    journal.confirm("anna", "jaw_9", instance=1)
    assert np.array_equal(journal.annotation("anna", 0, 0).points(), before)
    assert journal.undo("anna") is not None
    assert journal.annotation("anna", 0, 1).landmarks["jaw_9"].state is State.CORRECTED


def test_a_photo_is_done_when_the_patient_is(journal: Journal) -> None:
    look(journal, face(300), face(0))
    journal.confirm_all("anna", FACES.keys)
    assert status_of(journal.path) is Status.DONE
    journal.confirm("anna", "jaw_1", instance=1)
    assert status_of(journal.path) is Status.IN_REVIEW
    journal.confirm_all("anna", FACES.keys, instance=1)
    assert status_of(journal.path) is Status.DONE


def test_rows_of_a_face_carry_its_box_and_come_back(journal: Journal) -> None:
    look(journal, face(300), face(10.25, side=61.5))
    annotation = journal.annotation("", 0, 1)
    rows = rows_of(
        annotation, image="a.jpg", image_size=(900, 500), calibration=Calibration.none("a photo"), patient=""
    )
    assert {(row.instance, row.box_x, row.box_y, row.box_width, row.box_height) for row in rows} == {
        (1, 10.25, 100.0, 61.5, 61.5)
    }
    assert annotation_of(rows).box == annotation.box


def test_a_refused_film_turns_out_to_be_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    film = load_scheme("isbi19")
    journal = Journal.open(path, image_ids=IDS, scheme=film)
    nothing = [Landmark(key, State.NOT_ASSESSED, None, reason="no film") for key in film.keys]
    journal.predict(nothing, model="model:ceph19@1", options="")
    journal.begin_anew(FACES)
    look(journal, face(300))
    again = Journal.open(path, image_ids=IDS, scheme=film, others=[FACES])
    assert again.scheme is FACES
    assert json.loads(path.read_text().splitlines()[0])["scheme"] == "ibug68"
    assert verify(path) == []


@pytest.mark.parametrize("held", ["a model's points", "a reader's word"])
def test_a_journal_that_holds_something_keeps_its_scheme(tmp_path: Path, held: str) -> None:
    journal = Journal.open(tmp_path / "a.jsonl", image_ids=IDS, scheme=load_scheme("isbi19"))
    if held == "a model's points":
        journal.predict(predictions(), model="model:ceph19@1", options="")
    else:
        journal.exclude("anna", "blurred")
    before = journal.path.read_bytes()
    with pytest.raises(JournalError, match="cannot stand beside"):
        journal.begin_anew(FACES)
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("looked", [False, True], ids=["a new journal", "a refused film"])
def test_a_journal_that_another_program_wrote_to_is_not_begun_anew(tmp_path: Path, looked: bool) -> None:
    path, film = tmp_path / "a.jsonl", load_scheme("isbi19")
    if looked:
        nothing = [Landmark(key, State.NOT_ASSESSED, None, reason="no film") for key in film.keys]
        Journal.open(path, image_ids=IDS, scheme=film).predict(nothing, model="model:ceph19@1", options="")
    old = Journal.open(path, image_ids=IDS, scheme=film)
    Journal.open(path, image_ids=IDS, scheme=film).place("anna", "S", Point(10, 20))
    before = path.read_bytes()
    with pytest.raises(JournalError, match="another program changed these labels"):
        old.begin_anew(FACES)
    assert path.read_bytes() == before


def test_a_refusal_is_of_the_patient_alone(journal: Journal) -> None:
    look(journal, face(300), face(0))
    assert look(journal, refused()) == [0]
    assert journal.instances("") == (0,)
    assert journal.annotation("").landmarks["jaw_1"].reason == "no face"


def add(journal: Journal, added: FoundFace) -> int:
    return write_added_face(journal, added, model=MODEL, options="quality=standard")


def test_an_added_face_stands_beside_the_others_under_a_number_of_its_own(journal: Journal) -> None:
    look(journal, face(300, side=120), face(0))
    assert add(journal, face(600)) == 2
    again = reopened(journal)
    assert [again.annotation("", 0, n).box.x for n in again.instances("")] == [300, 0, 600]


def test_an_added_face_in_the_place_of_a_known_one_keeps_what_a_reader_did(journal: Journal) -> None:
    look(journal, face(300), face(0))
    journal.move("anna", "jaw_9", Point(7, 8), instance=1)
    assert add(journal, face(4)) == 1
    marks = journal.annotation("anna", 0, 1).landmarks
    assert marks["jaw_9"].position == Point(7, 8)
    assert marks["jaw_1"].position == Point(4, 100)


def test_a_box_beside_a_face_whose_points_it_gets_is_a_new_look_at_that_face(journal: Journal) -> None:
    look(journal, face(300), face(0))
    assert add(journal, replace(face(302), box=Box(240, 90, 40, 40))) == 0
    again = reopened(journal)
    assert again.instances("") == (0, 1)
    assert again.annotation("").landmarks["jaw_1"].position == Point(302, 100)
    assert again.annotation("").box.overlap(face(302).box) > 0.6


def test_the_first_face_that_somebody_adds_to_a_refused_photo_is_the_patient(journal: Journal) -> None:
    look(journal, refused())
    assert add(journal, face(50)) == 0
    assert journal.annotation("").landmarks["jaw_1"].state is State.PREDICTED


def test_an_added_face_stays_when_a_later_look_does_not_find_it(journal: Journal) -> None:
    look(journal, face(300))
    assert add(journal, face(600)) == 1
    look(journal, face(300))
    assert journal.annotation("", 0, 1).landmarks["jaw_1"].position == Point(600, 100)
    assert look(journal, face(604), face(300)) == [1, 0]
    assert journal.annotation("", 0, 1).landmarks["jaw_1"].position == Point(604, 100)
    look(journal, face(300))
    assert journal.instances("") == (0,)


@pytest.mark.parametrize("box", [None, Box(604, 100, 80, 80)])
def test_the_only_face_stays_when_a_later_look_refuses_the_photo(journal: Journal, box: Box | None) -> None:
    add(journal, face(600))
    # A detector may see a box in which the points are then too doubtful.
    assert look(journal, replace(refused(), box=box)) == []
    assert journal.annotation("").landmarks["jaw_1"].position == Point(600, 100)


def test_a_box_beside_points_placed_by_hand_is_another_face(journal: Journal) -> None:
    journal.place("anna", "jaw_9", Point(630, 150))
    assert add(journal, face(50)) == 1
    assert journal.annotation("anna").landmarks["jaw_1"].position is None
    assert journal.annotation("anna", 0, 1).landmarks["jaw_9"].touched is False


def test_a_box_around_points_placed_by_hand_fills_in_the_others(journal: Journal) -> None:
    journal.place("anna", "jaw_9", Point(630, 150))
    assert add(journal, face(600)) == 0
    marks = journal.annotation("anna").landmarks
    assert (marks["jaw_9"].position, marks["jaw_1"].position) == (Point(630, 150), Point(600, 100))
