"""Boxes of faces: overlap, and which face of an earlier look each face of a new one is."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Point
from napari_dentlm.core.box import Box, matched

places = st.floats(-2000, 2000)
sizes = st.floats(0.5, 2000)
boxes = st.builds(Box, places, places, sizes, sizes)


@given(boxes)
def test_a_box_overlaps_itself_wholly(box: Box) -> None:
    assert box.overlap(box) == pytest.approx(1.0)


@given(boxes, boxes)
def test_overlap_does_not_depend_on_the_order(one: Box, other: Box) -> None:
    assert one.overlap(other) == pytest.approx(other.overlap(one), abs=1e-9)
    assert 0 <= one.overlap(other) <= 1


def test_half_covered_boxes_share_a_third_of_their_union() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 10, 10)) == 0


@given(boxes, st.floats(0, 1), st.floats(0, 1))
def test_a_box_holds_what_lies_between_its_corners(box: Box, across: float, down: float) -> None:
    inside = Point(box.x + across * box.width * 0.999, box.y + down * box.height * 0.999)
    assert box.contains(inside)
    assert not box.contains(Point(box.x - 1, inside.y))


@pytest.mark.parametrize("numbers", [(0, 0, 0, 5), (0, 0, 5, -1), (math.nan, 0, 5, 5), (0, math.inf, 5, 5)])
def test_what_is_no_box_cannot_be_made(numbers: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box(*numbers)


@given(st.lists(boxes, min_size=1, max_size=6), st.randoms())
def test_no_known_face_is_given_twice(found: list[Box], random) -> None:
    known = dict(enumerate(random.sample(found, len(found))))
    numbers = [number for number in matched(known, found) if number is not None]
    assert len(set(numbers)) == len(numbers)


def test_faces_keep_their_numbers_in_another_order() -> None:
    known = {0: Box(0, 0, 10, 10), 3: Box(50, 0, 10, 10)}
    found = [Box(51, 1, 10, 10), Box(200, 0, 10, 10), Box(-1, 0, 10, 10)]
    assert matched(known, found) == [3, None, 0]
