"""Double contours in the journal: both sides are kept, their midpoint is the landmark."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Landmark, Point, State, midpoint
from napari_dentlm.core.errors import JournalError
from napari_dentlm.core.journal import Journal, verify
from napari_dentlm.core.journal_events import line_hash
from tests.core.journal_setup import SCHEME, opened

LEFT, RIGHT = Point(50, 60), Point(53, 70)
OLD_LINES = (
    (
        '{"dentlm_journal":1,"image_ids":["' + "a" * 64 + '"],"scheme":"isbi19","scheme_version":"1",'
        '"tool":"napari-dentlm 0.1","created_utc":"2026-01-01T00:00:00.000Z"}'
    ),
    (
        '{"seq":1,"utc":"2026-01-01T00:00:01.000Z","actor":"model:m@1","tool":"napari-dentlm 0.1","event":"predict",'
        '"frame":0,"instance":0,"marks":{"Go":{"state":"predicted","x":9.0,"y":18.0,"expected_error_px":9.0}},'
        '"prev":"PREV"}'
    ),
    (
        '{"seq":2,"utc":"2026-01-01T00:00:02.000Z","actor":"reader:anna","tool":"napari-dentlm 0.1","event":"move",'
        '"frame":0,"instance":0,"landmark":"Go","from":{"state":"predicted","x":9.0,"y":18.0,"origin":"model:m@1",'
        '"expected_error_px":9.0},"to":{"state":"corrected","x":5.0,"y":6.0,"origin":"reader:anna"},"nudge":true,'
        '"prev":"PREV"}'
    ),
)
"""A journal from before there were contours; PREV stands for the hash of the line before."""

points = st.builds(Point, st.floats(-1e5, 1e5), st.floats(-1e5, 1e5))


def gonion(journal: Journal, reader: str = "anna") -> Landmark:
    return journal.annotation(reader).landmarks["Go"]


def test_the_midpoint_of_both_contours_is_the_landmark(journal: Journal, sidecar: Path):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    for each in (journal, opened(sidecar)):
        mark = gonion(each)
        assert (mark.state, mark.position, mark.sides) == (State.CORRECTED, Point(51.5, 65), (LEFT, RIGHT))
        assert (mark.origin, mark.predicted, mark.expected_error_px) == ("reader:anna", Point(9, 18), 9)
    line = json.loads(sidecar.read_text().splitlines()[-1])
    assert (line["event"], line["to"]["left"], line["to"]["right"]) == ("place", [50, 60], [53, 70])
    assert gonion(journal, "ben").sides is None


def test_contours_without_a_model_are_placed(sidecar: Path):
    journal = opened(sidecar)
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    assert gonion(journal).state is State.PLACED


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(left=points, right=points)
def test_contours_come_back_exactly(sidecar: Path, left: Point, right: Point):
    sidecar.unlink(missing_ok=True)
    opened(sidecar).place_sides("anna", "Go", left, right)
    again = gonion(opened(sidecar))
    assert (again.sides, again.position) == ((left, right), midpoint(left, right))


def test_only_midpoints_have_contours(journal: Journal, sidecar: Path):
    before = sidecar.read_bytes()
    for key in SCHEME.keys:
        if SCHEME.landmark(key).bilateral:
            continue
        with pytest.raises(JournalError, match=f"{key} is a single point"):
            journal.place_sides("anna", key, LEFT, RIGHT)
    assert sidecar.read_bytes() == before
    for key in ("Go", "Po", "Or", "Ar"):
        journal.place_sides("anna", key, LEFT, RIGHT)


@pytest.mark.parametrize("bulk", [False, True])
def test_confirming_keeps_the_contours(journal: Journal, sidecar: Path, bulk: bool):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    if bulk:
        journal.confirm_all("anna", SCHEME.keys)
    else:
        journal.confirm("anna", "Go")
    mark = gonion(opened(sidecar))
    assert (mark.state, mark.confirmed_by, mark.sides) == (State.CONFIRMED, "anna", (LEFT, RIGHT))


@pytest.mark.parametrize("act", ["move", "place", "rule", "reset"])
def test_another_position_drops_the_contours_and_undo_brings_them_back(journal: Journal, sidecar: Path, act: str):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    if act == "reset":
        journal.reset("anna", "Go")
    elif act == "rule":
        journal.rule("anna", "Go", State.NOT_VISIBLE)
    else:
        getattr(journal, act)("anna", "Go", Point(51, 66))
    assert gonion(journal).sides is None
    line = json.loads(sidecar.read_text().splitlines()[-1])
    assert (line["from"]["left"], line["from"]["right"]) == ([50, 60], [53, 70])
    journal.undo("anna")
    assert gonion(journal).sides == (LEFT, RIGHT)


def test_undo_and_redo_of_contours(journal: Journal, sidecar: Path):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    assert journal.undo("anna").description == "place both contours of Go"
    assert (gonion(journal).state, gonion(journal).sides) == (State.PREDICTED, None)
    assert opened(sidecar).redo("anna").description == "place both contours of Go"
    assert gonion(opened(sidecar)).sides == (LEFT, RIGHT)


def test_a_new_prediction_leaves_the_contours_alone(journal: Journal):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    journal.predict([Landmark("Go", State.PREDICTED, Point(1, 1))], model="model:ceph19@0002", options="")
    assert (gonion(journal).sides, gonion(journal).predicted) == ((LEFT, RIGHT), Point(1, 1))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"right":[53.0,70.0]', '"right":[54.0,70.0]', "not the midpoint"),
        (',"right":[53.0,70.0]', "", "one contour without the other"),
    ],
)
def test_contours_that_do_not_fit_their_landmark_are_a_break(
    journal: Journal, sidecar: Path, old: str, new: str, reason: str
):
    journal.place_sides("anna", "Go", LEFT, RIGHT)
    text = sidecar.read_text()
    assert text.count(old) == 1
    sidecar.write_text(text.replace(old, new))
    again = opened(sidecar)
    assert again.read_only
    assert reason in again.problem
    assert gonion(again).state is State.PREDICTED


def test_a_journal_of_an_earlier_version_is_read_as_ever(sidecar: Path):
    """The very bytes that versions without contours wrote; a change of the format must not touch them."""
    sidecar.write_bytes(b"".join(line + b"\n" for line in _chained(OLD_LINES)))
    assert verify(sidecar) == []
    journal = opened(sidecar)
    assert (gonion(journal).position, gonion(journal).state) == (Point(5, 6), State.CORRECTED)
    assert [event.to_line() for event in journal.events] == sidecar.read_bytes().splitlines()[1:]


def _chained(lines: Iterable[str]) -> list[bytes]:
    found: list[bytes] = []
    for line in lines:
        found.append(line.replace("PREV", line_hash(found[-1]) if found else "").encode())
    return found
