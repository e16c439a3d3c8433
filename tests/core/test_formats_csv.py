"""The landmark CSV: what goes out comes back, and what does not fit is refused whole."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import isbi_txt, landmark_csv
from napari_dentlm.core.formats.rows import COLUMNS, LandmarkRow
from napari_dentlm.core.scheme import load_scheme
from tests.core.format_rows import KEYS, SCHEME, contour_rows, film_rows

FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

numbers = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-6, max_value=1e6)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


boxes = st.just({}) | st.fixed_dictionaries(
    {"box_x": numbers, "box_y": numbers, "box_width": positive, "box_height": positive}
)


@st.composite
def landmark_rows(draw: st.DrawFn) -> LandmarkRow:
    state = draw(st.sampled_from(list(State)))
    placed = state.has_position
    known = draw(st.booleans())
    predicted = draw(st.booleans())
    return LandmarkRow(
        image=draw(texts.filter(bool)),
        image_id=draw(texts),
        frame=draw(st.integers(0, 3)),
        patient=draw(texts),
        width=draw(st.none() | st.integers(1, 9999)),
        height=draw(st.none() | st.integers(1, 9999)),
        spacing_x_mm=draw(positive) if known else None,
        spacing_y_mm=draw(positive) if known else None,
        spacing_source=draw(st.sampled_from(list(SpacingSource)[:-1])) if known else SpacingSource.NONE,
        scheme="isbi19",
        instance=draw(st.integers(0, 2)),
        landmark=draw(st.sampled_from(KEYS)),
        x=draw(numbers) if placed else None,
        y=draw(numbers) if placed else None,
        x_mm=draw(numbers) if placed and known else None,
        y_mm=draw(numbers) if placed and known else None,
        state=state,
        origin=draw(texts),
        confirmed_by=draw(texts),
        x_predicted=draw(numbers) if predicted else None,
        y_predicted=draw(numbers) if predicted else None,
        expected_error_px=draw(st.none() | positive),
        expected_error_mm=draw(st.none() | positive),
        flag=draw(texts),
        reason=draw(texts),
        annotator=draw(texts),
        updated_utc=draw(texts),
        **draw(boxes),
    )


row_lists = st.lists(landmark_rows(), max_size=8, unique_by=lambda row: row.identity)


@FILES
@given(rows=row_lists)
def test_landmark_csv_comes_back_equal_and_byte_for_byte(rows: list[LandmarkRow], tmp_path: Path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    landmark_csv.write(one, rows)
    assert landmark_csv.read(one) == rows
    landmark_csv.write(two, landmark_csv.read(one))
    assert one.read_bytes() == two.read_bytes()
    assert b"nan" not in one.read_bytes().lower() or any("nan" in str(row).lower() for row in rows)


def _broken(tmp_path: Path, change, row: int = 3) -> Path:
    path = tmp_path / "broken.csv"
    landmark_csv.write(path, film_rows())
    lines = path.read_text().splitlines()
    values = dict(zip(COLUMNS, lines[row - 1].split(","), strict=True))
    values.update(change)
    lines[row - 1] = ",".join(values.values())
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"landmark": "Xi"}, "'Xi' is not a landmark"),
        ({"landmark": "L7"}, "'L7' is not a landmark"),
        ({"landmark": "Or"}, "stands in row"),
        ({"x": "nan"}, "x is 'nan'"),
        ({"x": "inf"}, "x is 'inf'"),
        ({"x": "1e999"}, "not a finite number"),
        ({"x": "1_0"}, "x is '1_0'"),
        ({"x": ""}, "both"),
        ({"x": "", "y": ""}, "needs x and y"),
        ({"state": "not_visible"}, "has no x and y"),
        ({"state": "sure"}, "state is 'sure'"),
        ({"scheme": "ibug67"}, "no landmark scheme 'ibug67'"),
        ({"schema": "dentlm-landmarks-2"}, "this version reads"),
        ({"frame": "-1"}, "frame is '-1'"),
        ({"width": "0"}, "positive"),
        ({"spacing_x_mm": "0"}, "spacing"),
        ({"spacing_source": "none"}, "must all be there"),
        ({"image": ""}, "image is empty"),
        ({"side": "top"}, "side"),
        ({"flag": "a,b"}, "34 values for 33 columns"),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_nothing_comes_in(tmp_path: Path, change: dict, reason: str):
    path = _broken(tmp_path, change, row=4 if change.get("landmark") == "Or" else 3)
    if change.get("landmark") == "Or":
        path = _broken(tmp_path, change, row=3)
    with pytest.raises(SchemaError, match=r"broken\.csv, row [34]: ") as refused:
        landmark_csv.read(path)
    assert reason in str(refused.value)


def test_of_films_and_photos_those_come_that_are_asked_for(tmp_path: Path):
    films = film_rows()
    photo = LandmarkRow(image="face.jpg", scheme="ibug68", landmark="jaw_1", x=1.0, y=2.0, state=State.PLACED)
    landmark_csv.write(tmp_path / "a.csv", [photo, *films])
    assert landmark_csv.read(tmp_path / "a.csv", SCHEME) == films
    assert landmark_csv.read(tmp_path / "a.csv", load_scheme("ibug68")) == [photo]


def test_a_table_without_a_row_of_the_scheme_asked_for_is_refused(tmp_path: Path):
    landmark_csv.write(tmp_path / "a.csv", film_rows())
    with pytest.raises(SchemaError, match=r"a\.csv.*its points are of the scheme isbi19, none of ibug68"):
        landmark_csv.read(tmp_path / "a.csv", load_scheme("ibug68"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "row 1: this is no table of points"),
        (",".join(COLUMNS[:-2]).encode(), "row 1: columns are missing: box_width, box_height"),
        (b"image;x;y\n", "semicolons"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ((",".join(COLUMNS) + ",box\n").encode(), "unknown columns would be lost: box"),
        ((",".join(COLUMNS) + ',"\n').encode(), "CSV"),
    ],
)
def test_a_file_that_is_no_landmark_csv_is_refused(tmp_path: Path, data: bytes, reason: str):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(SchemaError, match=reason):
        landmark_csv.read(tmp_path / "a.csv")


def test_spreadsheets_may_add_a_mark_crlf_and_another_order(tmp_path: Path):
    path = tmp_path / "a.csv"
    landmark_csv.write(path, film_rows())
    lines = [line.split(",") for line in path.read_text().splitlines() if '"' not in line]
    turned = "\r\n".join(",".join(reversed(line)) for line in lines)
    path.write_bytes(b"\xef\xbb\xbf" + turned.encode())
    assert landmark_csv.read(path) == film_rows()[1:]


def test_aliases_of_landmarks_are_understood(tmp_path: Path):
    path = _broken(tmp_path, {"landmark": "L02"})
    assert landmark_csv.read(path)[1].landmark == "N"


def test_writing_a_landmark_twice_is_refused_and_leaves_the_old_file(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(SchemaError, match="twice"):
        landmark_csv.write(path, film_rows() * 2)
    assert path.read_text() == "old"


def test_a_number_too_large_to_hold_is_refused():
    with pytest.raises(ValueError, match="finite"):
        landmark_csv.parse_float("1e999")


@pytest.mark.data
def test_every_film_of_the_benchmark_comes_back(data_folder: Path, tmp_path: Path):
    rows = isbi_txt.read(data_folder / "isbi2015" / "annotations")
    assert len(rows) == 2 * 300 * 19
    landmark_csv.write(tmp_path / "all.csv", rows)
    assert landmark_csv.read(tmp_path / "all.csv") == rows


def test_blank_lines_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path):
    path = tmp_path / "a.csv"
    landmark_csv.write(path, film_rows())
    head, first, *rest = path.read_text().splitlines()
    emptied = "," * (len(COLUMNS) - 1)
    path.write_text("\n".join([head, "", first, emptied, *rest, "", ""]) + "\n")
    assert landmark_csv.read(path) == film_rows()
    path.write_text(path.read_text().replace(",Or,", ",Nose,"))
    with pytest.raises(SchemaError, match=r"a\.csv, row 6: 'Nose' is not a landmark"):
        landmark_csv.read(path)


def test_a_contour_that_does_not_fit_is_named_with_its_row_below_a_blank_line(tmp_path: Path):
    path = tmp_path / "a.csv"
    landmark_csv.write(path, contour_rows())
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, "", *(row for row in rows if ",Go,right," not in row)]) + "\n")
    with pytest.raises(SchemaError, match=r"a\.csv, row 13: the left contour of Go .* without the right one"):
        landmark_csv.read(path)
