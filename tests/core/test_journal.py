"""The journal: what is written stays, and what a reader touched stays theirs."""

import json
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError, SchemaError
from napari_dentlm.core.journal import Journal, verify
from tests.core.journal_setup import IDS, MODEL, SCHEME, opened, predictions


def test_looking_at_a_film_leaves_no_file(sidecar: Path):
    with opened(sidecar) as journal:
        assert journal.annotation("anna").weakest_state() is State.NOT_ASSESSED
        assert journal.undo("anna") is None
    assert not sidecar.exists()


def test_a_line_says_who_did_what_to_which_point(journal: Journal, sidecar: Path):
    journal.move("anna", "Go", Point(50, 60))
    header, _, line = (json.loads(line) for line in sidecar.read_text().splitlines())
    assert (header["dentlm_journal"], header["image_ids"], header["scheme"]) == (1, list(IDS), "isbi19")
    assert (line["seq"], line["actor"], line["event"], line["landmark"]) == (2, "reader:anna", "move", "Go")
    assert (line["from"]["x"], line["to"]["x"]) == (9, 50)
    assert line["utc"].endswith("Z")
    assert len(line["prev"]) == 64
    assert verify(sidecar) == []


def test_a_corrected_point_keeps_the_model_point_beside_it(journal: Journal):
    journal.move("anna", "Go", Point(50, 60))
    gonion = journal.annotation("anna").landmarks["Go"]
    assert (gonion.state, gonion.position, gonion.predicted) == (State.CORRECTED, Point(50, 60), Point(9, 18))
    assert (gonion.origin, gonion.expected_error_px) == ("reader:anna", 9)


def test_a_point_without_a_model_is_placed(sidecar: Path):
    journal = opened(sidecar)
    journal.place("anna", "Go", Point(5, 6))
    journal.move("anna", "Go", Point(7, 8))
    gonion = journal.annotation("anna").landmarks["Go"]
    assert (gonion.state, gonion.position, gonion.predicted) == (State.PLACED, Point(7, 8), None)


def test_confirming_keeps_the_origin(journal: Journal):
    journal.confirm("anna", "S")
    journal.move("anna", "Go", Point(1, 1))
    journal.confirm("anna", "Go")
    marks = journal.annotation("anna").landmarks
    assert [marks[key].state for key in ("S", "Go")] == [State.CONFIRMED, State.CONFIRMED]
    assert (marks["S"].origin, marks["S"].confirmed_by) == (MODEL, "anna")
    assert (marks["Go"].origin, marks["Go"].confirmed_by) == ("reader:anna", "anna")
    journal.move("anna", "S", Point(0, 0))
    assert journal.annotation("anna").landmarks["S"].state is State.CORRECTED


def test_there_is_nothing_to_confirm_without_a_point(sidecar: Path):
    with pytest.raises(JournalError, match="Go has no point"):
        opened(sidecar).confirm("anna", "Go")


def test_bulk_confirmation_is_one_event_that_says_so(journal: Journal, sidecar: Path):
    journal.rule("anna", "S", State.OUTSIDE)
    journal.confirm_all("anna", SCHEME.keys)
    assert journal.annotation("anna").landmarks["S"].state is State.OUTSIDE
    assert journal.annotation("anna").weakest_state() is State.OUTSIDE
    line = json.loads(sidecar.read_text().splitlines()[-1])
    assert (line["event"], line["bulk"], len(line["marks"])) == ("confirm", True, 18)
    assert journal.undo("anna").description == "confirm 18 landmarks"
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED


def test_rulings_have_a_reason_and_no_position(journal: Journal):
    journal.rule("anna", "Po", State.NOT_VISIBLE, "ear rod")
    porion = journal.annotation("anna").landmarks["Po"]
    assert (porion.state, porion.position, porion.reason) == (State.NOT_VISIBLE, None, "ear rod")
    assert porion.predicted == Point(3, 6)
    with pytest.raises(ValueError, match="not_visible or outside"):
        journal.rule("anna", "Po", State.CONFIRMED)


def test_reset_brings_the_model_point_back_and_is_an_event(journal: Journal, sidecar: Path):
    journal.move("anna", "Go", Point(1, 1))
    journal.reset("anna", "Go")
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED
    assert json.loads(sidecar.read_text().splitlines()[-1])["event"] == "reset"
    assert journal.undo("anna").description == "reset Go"
    assert journal.annotation("anna").landmarks["Go"].position == Point(1, 1)


def test_a_new_model_moves_untouched_points_only(journal: Journal):
    journal.move("anna", "Go", Point(50, 60))
    journal.confirm("anna", "S")
    journal.rule("anna", "Po", State.OUTSIDE)
    journal.predict(predictions(shift=0.5), model="model:ceph19@0002", options="best")
    marks = journal.annotation("anna").landmarks
    assert (marks["Go"].position, marks["Go"].predicted) == (Point(50, 60), Point(9.5, 18))
    assert (marks["S"].position, marks["S"].origin) == (Point(0, 0), MODEL)
    assert marks["Po"].state is State.OUTSIDE
    assert (marks["N"].position, marks["N"].origin) == (Point(1.5, 2), "model:ceph19@0002")
    assert journal.last_prediction() == ("model:ceph19@0002", "best")
    assert journal.annotation("").landmarks["Go"].position == Point(9.5, 18)


def test_a_model_of_one_landmark_leaves_the_others_alone(journal: Journal):
    one = Landmark("Go", State.PREDICTED, Point(1, 1))
    journal.predict([one], model="model:gonion@0003", options="")
    marks = journal.annotation("").landmarks
    assert (marks["Go"].origin, marks["S"].origin) == ("model:gonion@0003", MODEL)


def test_a_refusal_carries_its_reason(sidecar: Path):
    journal = opened(sidecar)
    refused = [Landmark(key, State.NOT_ASSESSED, None, reason="no face area") for key in SCHEME.keys]
    journal.predict(refused, model=MODEL, options="")
    gonion = journal.annotation("anna").landmarks["Go"]
    assert (gonion.state, gonion.reason) == (State.NOT_ASSESSED, "no face area")


def test_a_refusal_leaves_the_point_beside_a_touched_one(journal: Journal, sidecar: Path):
    journal.confirm("anna", "S")
    first = journal.annotation("anna").landmarks["S"].predicted
    assert first is not None
    refused = [Landmark(key, State.NOT_ASSESSED, None, reason="no face area") for key in SCHEME.keys]
    journal.predict(refused, model=MODEL, options="fast")
    for each in (journal, opened(sidecar)):
        marks = each.annotation("anna").landmarks
        assert (marks["S"].state, marks["S"].predicted, marks["S"].expected_error_px) == (State.CONFIRMED, first, 9)
        assert marks["Go"].state is State.NOT_ASSESSED
    journal.place("anna", "Go", Point(1, 2))
    assert journal.annotation("anna").landmarks["Go"].predicted is None
    journal.reset("anna", "S")
    assert journal.annotation("anna").landmarks["S"].state is State.NOT_ASSESSED


def test_a_model_cannot_claim_what_only_readers_do(journal: Journal):
    with pytest.raises(ValueError, match="only readers"):
        journal.predict([Landmark("Go", State.PLACED, Point(1, 1))], model=MODEL, options="")
    with pytest.raises(ValueError, match="model:"):
        journal.predict(predictions(), model="reader:anna", options="")
    with pytest.raises(SchemaError, match="Xi"):
        journal.predict([Landmark("Xi", State.PREDICTED, Point(1, 1))], model=MODEL, options="")


def test_readers_do_not_see_or_undo_each_other(journal: Journal):
    journal.move("anna", "Go", Point(1, 1))
    journal.move("ben", "Go", Point(2, 2))
    assert journal.readers() == ("anna", "ben")
    assert journal.undo("anna").description == "move Go"
    assert journal.undo("anna") is None
    assert journal.annotation("ben").landmarks["Go"].position == Point(2, 2)
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED


def test_undo_and_redo_reach_back_across_closings(journal: Journal, sidecar: Path):
    for step in range(5):
        journal.move("anna", "Go", Point(step, 0))
    journal.close()
    for step in (3, 2, 1, 0):
        with opened(sidecar) as again:
            assert again.undo("anna").description == "move Go"
            assert again.annotation("anna").landmarks["Go"].position == Point(step, 0)
    with opened(sidecar) as again:
        assert [again.redo("anna").description for _ in range(4)] == ["move Go"] * 4
        assert again.redo("anna") is None
        assert again.annotation("anna").landmarks["Go"].position == Point(4, 0)


def test_a_new_act_ends_redo(journal: Journal):
    journal.move("anna", "Go", Point(1, 1))
    journal.undo("anna")
    journal.confirm("anna", "S")
    assert journal.redo("anna") is None


def test_redo_never_confirms_a_point_that_was_not_seen(journal: Journal):
    journal.confirm("anna", "Go")
    journal.undo("anna")
    journal.predict(predictions(shift=100), model="model:ceph19@0002", options="")
    journal.redo("anna")
    assert journal.annotation("anna").landmarks["Go"].position == Point(9, 18)


def test_a_run_of_nudges_is_one_step_and_loses_nothing(
    journal: Journal, sidecar: Path, monkeypatch: pytest.MonkeyPatch
):
    clock = iter(f"2026-01-01T00:00:{second:06.3f}Z" for second in (1.0, 1.2, 1.4, 1.9, 2.0))
    monkeypatch.setattr("napari_dentlm.core.journal_log.utc_now", lambda: next(clock))
    for step in (1, 2, 3, 4):
        journal.move("anna", "Go", Point(9 + step, 18), nudge=True)
    assert len(sidecar.read_text().splitlines()) == 2 + 4
    journal.undo("anna")
    assert journal.annotation("anna").landmarks["Go"].position == Point(12, 18)
    monkeypatch.undo()
    again = opened(sidecar)
    assert again.undo("anna").description == "move Go"
    assert again.annotation("anna").landmarks["Go"].state is State.PREDICTED
    again.redo("anna")
    assert again.annotation("anna").landmarks["Go"].position == Point(12, 18)


def test_calibration_and_exclusion_are_a_readers_and_can_be_undone(journal: Journal, sidecar: Path):
    journal.calibrate("anna", Calibration.user(0.12))
    journal.exclude("anna", "turned head")
    again = opened(sidecar)
    assert again.calibration("anna") == Calibration.user(0.12)
    assert again.calibration("ben") is None
    assert again.exclusion("anna") == "turned head"
    again.include("anna")
    assert again.exclusion("anna") is None
    assert [again.undo("anna").description for _ in range(3)] == ["include", "exclude", "calibrate"]
    assert again.calibration("anna") is None


def test_every_frame_has_its_own_annotation(sidecar: Path):
    journal = opened(sidecar, image_ids=("f0", "f1"))
    journal.place("anna", "Go", Point(1, 1), frame=1)
    assert journal.annotation("anna", frame=0).landmarks["Go"].state is State.NOT_ASSESSED
    assert journal.annotation("anna", frame=1).landmarks["Go"].position == Point(1, 1)
    assert journal.annotation("anna", frame=1).image_id == "f1"
    with pytest.raises(ValueError, match="frame 2"):
        journal.predict(predictions(), model=MODEL, options="", frame=2)


def test_a_closed_or_read_only_journal_takes_nothing(journal: Journal, sidecar: Path):
    before = sidecar.read_bytes()
    journal.close()
    reading = opened(sidecar, read_only=True)
    for each in (journal, reading):
        assert each.read_only
        assert each.problem
        with pytest.raises(JournalError, match="Nothing was saved"):
            each.move("anna", "Go", Point(1, 1))
    assert sidecar.read_bytes() == before


def test_a_reader_needs_a_name(journal: Journal):
    with pytest.raises(ValueError, match="name"):
        journal.confirm("", "Go")
