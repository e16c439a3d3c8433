"""Double contours in tables: three rows in the landmark CSV, one midpoint for whoever asks for landmarks."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State, midpoint
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import (
    FORMATS,
    ExportPurpose,
    LandmarkRow,
    annotation_of,
    by_annotation,
    coco,
    isbi_txt,
    landmark_csv,
    midpoints,
    rows_of,
    wide_csv,
)
from tests.core.format_rows import MODEL_COLUMNS, SCHEME, annotation, contour_rows, film_rows, kept

FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

points = st.builds(Point, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
BILATERAL = ("Or", "Po", "Go", "Ar")


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    """Annotations of a reader with landmarks of every kind, some with both contours."""
    marks = []
    for key in draw(st.lists(st.sampled_from(SCHEME.keys), unique=True)):
        state = draw(st.sampled_from(list(State)))
        sides = None
        if key in BILATERAL and state.has_position and draw(st.booleans()):
            sides = draw(points), draw(points)
        position = midpoint(*sides) if sides else draw(points)
        marks.append(
            Landmark(
                key,
                state,
                position if state.has_position else None,
                origin=draw(st.sampled_from(["", "reader:anna", "model:m@1"])),
                confirmed_by="anna" if state is State.CONFIRMED else "",
                predicted=draw(st.none() | points),
                expected_error_px=draw(st.none() | st.floats(0, 99)),
                flag=draw(st.sampled_from(["", "far off"])),
                sides=sides,
            )
        )
    return Annotation.of(SCHEME, "ab" * 32, marks, annotator="anna")


def _rows(of: Annotation) -> list[LandmarkRow]:
    return rows_of(of, image="a.jpg", image_size=(9, 9), calibration=Calibration.user(0.1), patient="P0")


def _go(side: str = "", **change: object) -> list[LandmarkRow]:
    """Rows of a film whose row of that side of gonion is changed."""
    return [replace(row, **change) if (row.landmark, row.side) == ("Go", side) else row for row in contour_rows()]


def test_a_landmark_with_contours_has_three_rows():
    found = [row for row in contour_rows() if row.landmark == "Go"]
    assert [(row.side, row.x, row.y) for row in found] == [
        ("", 694.25, 1805),
        ("left", 690.5, 1800),
        ("right", 698, 1810),
    ]
    assert len({(row.state, row.origin, row.confirmed_by, row.annotator) for row in found}) == 1
    assert found[1].x_mm == pytest.approx(69.05)
    # The model speaks of the midpoint alone.
    assert [(row.x_predicted, row.expected_error_px) for row in found] == [(690, 12.5), (None, None), (None, None)]


@FILES
@given(one=annotations())
def test_an_annotation_comes_back_from_the_csv_and_the_csv_byte_for_byte(one: Annotation, tmp_path: Path):
    path, again = tmp_path / "one.csv", tmp_path / "two.csv"
    landmark_csv.write(path, _rows(one))
    rows = landmark_csv.read(path)
    assert rows == _rows(one)
    assert annotation_of(rows, path) == one
    landmark_csv.write(again, rows)
    assert again.read_bytes() == path.read_bytes()


def test_contours_rounded_by_another_program_move_with_their_landmark(tmp_path: Path):
    landmark_csv.write(tmp_path / "a.csv", _go("left", x=691.0))
    gonion = annotation_of(landmark_csv.read(tmp_path / "a.csv")).landmarks["Go"]
    assert gonion.position == Point(694.25, 1805)
    assert gonion.sides is not None
    assert gonion.sides[0].distance(Point(690.75, 1800)) < 1e-9


def test_rows_of_several_annotations_are_kept_apart():
    other = [replace(row, annotator="ben") for row in contour_rows()]
    groups = by_annotation([*contour_rows(), *other])
    assert [annotation_of(group).annotator for group in groups] == ["anna", "ben"]
    for rows in ([], [*contour_rows(), *other]):
        with pytest.raises(SchemaError, match="not the rows of one annotation"):
            annotation_of(rows)
    with pytest.raises(SchemaError, match="without the row of the landmark"):
        annotation_of([row for row in contour_rows() if row.side])
    with pytest.raises(SchemaError, match=r"a\.csv: p1/001\.jpg: landmark N: confirmed_by"):
        annotation_of([replace(film_rows()[1], state=State.CONFIRMED)], "a.csv")


@pytest.mark.parametrize(
    ("rows", "row", "reason"),
    [
        (
            [row for row in contour_rows() if row.side != "right"],
            12,
            "the left contour of Go of p1/001.jpg stands there",
        ),
        ([row for row in contour_rows() if row.side != "left"], 12, "without the left one"),
        ([row for row in contour_rows() if row.side or row.landmark != "Go"], 11, "without the row of the landmark"),
        (_go("left", x=691.6), 12, "not the midpoint of both within 0.5 px"),
        (_go("right", y=1811.1), 12, "not the midpoint of both within 0.5 px"),
        (_go("right", state=State.PLACED), 13, "differs from the landmark in state"),
        (_go("left", origin="reader:ben", confirmed_by="ben"), 12, "differs from the landmark in origin, confirmed_by"),
        (_go("left", annotator="ben"), 12, "without the row of the landmark"),
        (
            [
                replace(row, landmark="Me") if row.landmark == "Go" else row
                for row in contour_rows()
                if row.landmark != "Me"
            ],
            11,
            "a single point",
        ),
    ],
)
def test_contours_that_do_not_fit_are_refused(tmp_path: Path, rows: list[LandmarkRow], row: int, reason: str):
    target = tmp_path / "out.csv"
    with pytest.raises(SchemaError, match=reason):
        landmark_csv.write(target, rows)
    with pytest.raises(SchemaError, match=reason):
        coco.write(tmp_path / "out.json", rows)
    assert list(tmp_path.iterdir()) == []
    lines = [landmark_csv.csv_line(landmark_csv.COLUMNS)]
    lines += [landmark_csv.csv_line(getattr(each, name) for name in landmark_csv.COLUMNS) for each in rows]
    target.write_bytes(landmark_csv.csv_bytes(lines))
    with pytest.raises(SchemaError, match=reason) as refused:
        landmark_csv.read(target)
    assert refused.value.row == row


def test_a_contour_has_a_position():
    with pytest.raises(ValueError, match="a left contour needs x and y"):
        _go("left", x=None, y=None, state=State.NOT_VISIBLE)


def test_the_midpoints_are_the_landmarks():
    assert midpoints(contour_rows()) == film_rows()


@pytest.mark.parametrize("purpose", list(ExportPurpose))
def test_contours_leave_with_their_landmark_or_not_at_all(purpose: ExportPurpose):
    leaving = [row.side for row in purpose.select(contour_rows()) if row.landmark == "Go"]
    assert leaving == ([] if purpose is ExportPurpose.REPORT else ["", "left", "right"])


def test_coco_carries_the_contours(tmp_path: Path):
    rows = contour_rows("a.jpg") + film_rows("b.jpg")
    coco.write(tmp_path / "a.json", rows)
    back = coco.read(tmp_path / "a.json")
    assert kept(back, *MODEL_COLUMNS, "x_mm", "y_mm") == kept(rows, *MODEL_COLUMNS, "x_mm", "y_mm")
    assert FORMATS["coco"].losses(rows) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [("690.5", "600.5", "not the midpoint"), ('"left"', '"side": "", "left"', ""), ("690.5,", "", "left")],
)
def test_contours_in_coco_are_checked(tmp_path: Path, old: str, new: str, reason: str):
    path = tmp_path / "a.json"
    coco.write(path, contour_rows())
    text = path.read_text()
    found = text.index(old, text.index('"Go": {'))
    path.write_text(text[:found] + new + text[found + len(old) :])
    if reason:
        with pytest.raises(SchemaError, match=reason):
            coco.read(path)
    else:
        # Earlier versions wrote an empty side.
        assert len(coco.read(path)) == 21


def test_tables_without_room_hold_the_midpoint_and_say_what_is_lost(tmp_path: Path):
    rows = contour_rows("001.jpg")
    wide_csv.write(tmp_path / "with.wide.csv", rows)
    wide_csv.write(tmp_path / "without.wide.csv", film_rows("001.jpg"))
    assert (tmp_path / "with.wide.csv").read_bytes() == (tmp_path / "without.wide.csv").read_bytes()
    lost = "left and right contours are lost, their midpoint stays (Go of 001.jpg)"
    assert FORMATS["wide"].losses(rows) == [lost]
    assert lost in FORMATS["isbi"].losses(rows)
    assert FORMATS["wide"].losses(film_rows()) == []


def test_isbi_text_holds_the_midpoint(tmp_path: Path):
    rows = [replace(row, state=State.PLACED) for row in contour_rows("001.jpg") if row.x is not None]
    with pytest.raises(SchemaError, match="has no S"):
        isbi_txt.write(tmp_path / "out", rows)
    sella = replace(rows[0], landmark="S")
    isbi_txt.write(tmp_path / "out", [*rows, sella])
    text = (tmp_path / "out" / "001.txt").read_text().splitlines()
    assert (len(text), text[SCHEME.index("Go")]) == (19, "694.25,1805")


def test_an_annotation_without_contours_has_a_row_for_each_landmark():
    assert annotation_of(film_rows()).landmarks == annotation().landmarks
