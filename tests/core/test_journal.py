"""The journal: what is written stays, what a reader touched stays theirs, and every break is found."""

import json
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import JournalError, SchemaError
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
IDS = ("a" * 64,)
MODEL = "model:ceph19@0001"


def predictions(shift: float = 0.0) -> list[Landmark]:
    points = enumerate(SCHEME.keys)
    return [Landmark(key, State.PREDICTED, Point(i + shift, 2 * i), expected_error_px=9) for i, key in points]


def opened(path: Path, **how) -> Journal:
    return Journal.open(path, image_ids=how.pop("image_ids", IDS), scheme=SCHEME, **how)


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    return tmp_path / "film.jpg.dentlm.jsonl"


@pytest.fixture
def journal(sidecar: Path) -> Journal:
    journal = opened(sidecar)
    journal.predict(predictions(), model=MODEL, options="standard")
    return journal


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
    assert journal.undo("anna") == "confirm 18 landmarks"
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
    assert journal.undo("anna") == "reset Go"
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
    assert journal.undo("anna") == "move Go"
    assert journal.undo("anna") is None
    assert journal.annotation("ben").landmarks["Go"].position == Point(2, 2)
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED


def test_undo_and_redo_reach_back_across_closings(journal: Journal, sidecar: Path):
    for step in range(5):
        journal.move("anna", "Go", Point(step, 0))
    journal.close()
    for step in (3, 2, 1, 0):
        with opened(sidecar) as again:
            assert again.undo("anna") == "move Go"
            assert again.annotation("anna").landmarks["Go"].position == Point(step, 0)
    with opened(sidecar) as again:
        assert [again.redo("anna") for _ in range(5)] == ["move Go"] * 4 + [None]
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
    assert again.undo("anna") == "move Go"
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
    assert [again.undo("anna") for _ in range(3)] == ["include", "exclude", "calibrate"]
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


@pytest.mark.parametrize("cut", [1, 5, 40, 100])
def test_a_torn_last_line_is_set_aside_and_the_journal_goes_on(journal: Journal, sidecar: Path, cut: int):
    journal.confirm("anna", "S")
    journal.move("anna", "Go", Point(1, 1))
    lines = sidecar.read_bytes().splitlines(keepends=True)
    sidecar.write_bytes(b"".join(lines[:-1]) + lines[-1][: -cut - 1])
    again = opened(sidecar)
    assert not again.read_only
    assert "set aside" in again.remark
    assert opened(sidecar).remark == ""
    assert again.annotation("anna").landmarks["S"].state is State.CONFIRMED
    assert again.annotation("anna").landmarks["Go"].state is State.PREDICTED
    assert sidecar.with_name(sidecar.name + ".torn").read_bytes() == lines[-1][: -cut - 1] + b"\n"
    again.move("anna", "Go", Point(2, 2))
    assert opened(sidecar).annotation("anna").landmarks["Go"].position == Point(2, 2)
    assert verify(sidecar) == []


def test_a_last_line_that_lacks_only_its_end_counts(journal: Journal, sidecar: Path):
    journal.confirm("anna", "S")
    whole = sidecar.read_bytes()
    sidecar.write_bytes(whole[:-1])
    again = opened(sidecar)
    assert again.annotation("anna").landmarks["S"].state is State.CONFIRMED
    assert sidecar.read_bytes() == whole
    again.move("anna", "Go", Point(2, 2))
    assert verify(sidecar) == []


@pytest.mark.parametrize("tail", [b"", b'{"dentlm_jour', b"\0" * 64])
def test_a_journal_torn_at_its_birth_starts_anew(sidecar: Path, tail: bytes):
    sidecar.write_bytes(tail)
    journal = opened(sidecar)
    assert not journal.read_only
    journal.place("anna", "Go", Point(1, 1))
    assert opened(sidecar).annotation("anna").landmarks["Go"].position == Point(1, 1)
    assert verify(sidecar) == []


def test_zeros_after_a_power_cut_are_a_torn_line(journal: Journal, sidecar: Path):
    sidecar.write_bytes(sidecar.read_bytes() + b"\0" * 512)
    assert verify(sidecar) != []
    again = opened(sidecar)
    assert not again.read_only
    assert again.annotation("anna").weakest_state() is State.PREDICTED


def _changed(lines: list[bytes], how: str) -> list[bytes]:
    if how == "edited":
        lines[2] = lines[2].replace(b'"x":50', b'"x":51')
    if how == "removed":
        del lines[2]
    if how == "doubled":
        lines.insert(2, lines[2])
    if how == "swapped":
        lines[2], lines[3] = lines[3], lines[2]
    if how == "garbage":
        lines[2] = b"garbage\n"
    if how == "unknown field":
        lines[-1] = lines[-1].replace(b'"frame"', b'"stage":1,"frame"')
    if how == "unknown landmark":
        lines[-1] = lines[-1].replace(b'"landmark":"S"', b'"landmark":"Xi"')
    if how == "newer version":
        lines[0] = lines[0].replace(b'"dentlm_journal":1', b'"dentlm_journal":2')
    return lines


HOWS = ["edited", "removed", "doubled", "swapped", "garbage", "unknown field", "unknown landmark", "newer version"]


@pytest.mark.parametrize("how", HOWS)
def test_any_other_break_opens_for_reading_with_a_sentence(journal: Journal, sidecar: Path, how: str):
    for x in (50, 60):
        journal.move("anna", "Go", Point(x, 1))
    journal.confirm("anna", "S")
    broken = b"".join(_changed(sidecar.read_bytes().splitlines(keepends=True), how))
    sidecar.write_bytes(broken)
    again = opened(sidecar)
    assert again.read_only
    assert again.problem.startswith(f"{sidecar.name}, line ")
    assert verify(sidecar) == [again.problem]
    with pytest.raises(JournalError):
        again.confirm("anna", "Go")
    assert again.annotation("anna").landmarks["S"].state is not State.CONFIRMED
    assert sidecar.read_bytes() == broken
    assert not sidecar.with_name(sidecar.name + ".torn").exists()


@pytest.mark.parametrize("damage", [b"garbage\n", b"[" * 200_000 + b"\n", b'{"seq":2,"utc":"20\n'])
def test_a_whole_last_line_that_is_damaged_is_no_torn_line(journal: Journal, sidecar: Path, damage: bytes):
    journal.confirm("anna", "S")
    broken = b"".join(sidecar.read_bytes().splitlines(keepends=True)[:-1]) + damage
    sidecar.write_bytes(broken)
    again = opened(sidecar)
    assert again.problem.startswith(f"{sidecar.name}, line 3")
    assert sidecar.read_bytes() == broken
    assert not sidecar.with_name(sidecar.name + ".torn").exists()


def test_labels_of_a_changed_image_are_not_shown(journal: Journal, sidecar: Path):
    again = opened(sidecar, image_ids=("b" * 64,))
    assert again.read_only
    assert "another image" in again.problem
    assert again.annotation("anna").weakest_state() is State.NOT_ASSESSED
    assert again.readers() == ()


def test_a_second_writer_is_refused_and_overwrites_nothing(journal: Journal, sidecar: Path):
    other = opened(sidecar)
    other.move("ben", "Go", Point(2, 2))
    before = sidecar.read_bytes()
    with pytest.raises(JournalError, match="another program"):
        journal.move("anna", "Go", Point(1, 1))
    assert sidecar.read_bytes() == before
    assert journal.annotation("anna").landmarks["Go"].state is State.PREDICTED


def test_two_births_of_one_journal(sidecar: Path):
    one, two = opened(sidecar), opened(sidecar)
    one.place("anna", "Go", Point(1, 1))
    with pytest.raises(JournalError, match="another program"):
        two.place("ben", "Go", Point(2, 2))
    assert opened(sidecar).readers() == ("anna",)


def test_a_full_disk_saves_nothing_and_says_so(journal: Journal, sidecar: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = sidecar.read_bytes()
    monkeypatch.setattr("napari_dentlm.core.journal_file.os.fsync", full)
    with pytest.raises(JournalError, match="not saved"):
        journal.confirm("anna", "S")
    monkeypatch.undo()
    assert sidecar.read_bytes() == before
    assert journal.annotation("anna").landmarks["S"].state is State.PREDICTED
    journal.confirm("anna", "S")
    assert verify(sidecar) == []


def test_a_reader_needs_a_name(journal: Journal):
    with pytest.raises(ValueError, match="name"):
        journal.confirm("", "Go")
