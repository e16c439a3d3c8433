"""Exchange formats: what goes out comes back, and what does not fit is refused whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import (
    FORMATS,
    ExportPurpose,
    coco,
    conflicts,
    format_of,
    isbi_txt,
    landmark_csv,
    wide_csv,
)
from napari_dentlm.core.formats.rows import COLUMNS, SCHEMA, LandmarkRow, rows_of
from napari_dentlm.core.scheme import load_scheme

SCHEME = load_scheme()
KEYS = SCHEME.keys
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
        side=draw(st.sampled_from(["", "left", "right"])),
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


def annotation() -> Annotation:
    marks = [Landmark(key, State.PREDICTED, Point(i + 0.1, 2 * i), origin="model:m@1") for i, key in enumerate(KEYS)]
    marks[9] = Landmark(
        "Go", State.CORRECTED, Point(694.25, 1805), "reader:anna", predicted=Point(690, 1800), expected_error_px=12.5
    )
    marks[0] = Landmark("S", State.NOT_VISIBLE, None, "reader:anna", reason="artefact, \u201ccrossed\u201d")
    return Annotation.of(SCHEME, "ab" * 32, marks, annotator="anna")


def film_rows(image: str = "p1/001.jpg", calibration: Calibration | None = None) -> list[LandmarkRow]:
    calibration = calibration or Calibration.dataset(0.1)
    return rows_of(annotation(), image=image, image_size=(1935, 2400), calibration=calibration, patient="P0")


def test_the_columns_are_the_contract():
    assert ",".join(COLUMNS) == (
        "schema,image,image_id,frame,patient,width,height,spacing_x_mm,spacing_y_mm,spacing_source,scheme,instance,"
        "landmark,side,x,y,x_mm,y_mm,state,origin,confirmed_by,x_predicted,y_predicted,expected_error_px,"
        "expected_error_mm,flag,reason,annotator,updated_utc,box_x,box_y,box_width,box_height"
    )


def test_rows_of_an_annotation(tmp_path: Path):
    rows = film_rows()
    assert [row.landmark for row in rows] == list(KEYS)
    gonion = rows[9]
    assert (gonion.x, gonion.x_predicted, gonion.x_mm) == (694.25, 690, pytest.approx(69.425))
    assert gonion.expected_error_mm == pytest.approx(1.25)
    assert (rows[0].x, rows[0].x_mm, rows[0].state) == (None, None, State.NOT_VISIBLE)
    landmark_csv.write(tmp_path / "a.csv", rows)
    line = (tmp_path / "a.csv").read_text().splitlines()[10]
    assert line.startswith(f"{SCHEMA},p1/001.jpg,{'ab' * 32},0,P0,1935,2400,0.1,0.1,dataset,isbi19,0,Go,,694.25,1805,")


def test_without_a_calibration_there_are_no_millimetres():
    rows = film_rows(calibration=Calibration.none("unknown"))
    assert all(value is None for row in rows for value in (row.x_mm, row.y_mm, row.expected_error_mm))


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
        ({"scheme": "ibug68"}, "no landmark scheme 'ibug68'"),
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


def test_rows_of_another_scheme_than_asked_for_are_refused(tmp_path: Path):
    landmark_csv.write(tmp_path / "a.csv", film_rows())
    other = replace(SCHEME, name="other")
    with pytest.raises(SchemaError, match="row 2: the scheme is 'isbi19', expected 'other'"):
        landmark_csv.read(tmp_path / "a.csv", other)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "row 1: columns are missing"),
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


def test_a_missing_file_is_refused_in_words(tmp_path: Path):
    for each in FORMATS.values():
        with pytest.raises(SchemaError, match="none"):
            each.read(tmp_path / "none.csv")


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


def test_same_image_with_two_sets_of_labels_is_listed_not_merged():
    first, second = film_rows("a.jpg"), film_rows("b.jpg")
    assert conflicts(first + second) == []
    second[5] = replace(second[5], x=0.0)
    assert conflicts(first + second) == ["a.jpg and b.jpg are the same image with different labels."]


def test_predictions_never_train_and_reports_hold_confirmed_points_only():
    rows = film_rows()
    rows[1] = replace(rows[1], state=State.CONFIRMED, confirmed_by="anna")
    rows[2] = replace(rows[2], state=State.PLACED)
    chosen = {purpose: [row.landmark for row in purpose.select(rows)] for purpose in ExportPurpose}
    assert chosen[ExportPurpose.REPORT] == ["N"]
    assert chosen[ExportPurpose.TRAINING] == ["N", "Or", "Go"]
    assert chosen[ExportPurpose.EVERYTHING] == list(KEYS)


def _kept(rows: list[LandmarkRow], *dropped: str) -> list[tuple]:
    names = [name for name in COLUMNS if name not in dropped]
    return [tuple(getattr(row, name) for name in names) for row in rows]


MODEL_COLUMNS = ("x_predicted", "y_predicted", "expected_error_px", "expected_error_mm", "flag", "updated_utc")


@FILES
@given(data=st.data())
def test_coco_gives_back_points_states_and_provenance(data: st.DataObject, tmp_path: Path):
    rows = film_rows("a.jpg") + film_rows("b.jpg", Calibration.none(""))
    for index in data.draw(st.sets(st.integers(0, len(rows) - 1))):
        if rows[index].x is not None:
            rows[index] = replace(rows[index], x=data.draw(st.floats(-9e3, 9e3)), x_mm=None)
    coco.write(tmp_path / "a.json", rows)
    back = coco.read(tmp_path / "a.json")
    assert _kept(back, *MODEL_COLUMNS, "x_mm", "y_mm") == _kept(rows, *MODEL_COLUMNS, "x_mm", "y_mm")
    assert back[9].x_mm == pytest.approx(back[9].x * 0.1)


def test_coco_of_another_program(tmp_path: Path):
    path = tmp_path / "a.json"
    path.write_text(
        '{"images": [{"id": 7, "file_name": "f.png", "width": 9, "height": 8, "license": 1}],'
        '"categories": [{"id": 3, "name": "ceph", "keypoints": ["sPog", "L10", "S"], "skeleton": []}],'
        '"annotations": [{"id": 1, "image_id": 7, "category_id": 3, "keypoints": [1.5, 2, 2, 3, 4, 1, 0, 0, 0]}]}'
    )
    rows = coco.read(path)
    assert [(row.landmark, row.x, row.y, row.state, row.reason) for row in rows] == [
        ("Pogs", 1.5, 2.0, State.PLACED, ""),
        ("Go", 3.0, 4.0, State.PLACED, coco.HIDDEN),
    ]
    coco.write(path, rows)
    again = coco.read(path)
    found = sorted((row.landmark, row.x, row.reason) for row in again)
    assert found == [("Go", 3.0, "hidden"), ("Pogs", 1.5, "")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"keypoints": [1, 2, 2]', '"keypoints": [1, 2]'),
        ('"keypoints": [1, 2, 2]', '"keypoints": [NaN, 2, 2]'),
        ('"keypoints": [1, 2, 2]', '"keypoints": [1, 2, 3]'),
        ('"keypoints": ["Go"]', '"keypoints": ["nose"]'),
        ('"image_id": 1', '"image_id": 2'),
        ('"images"', '"pictures"'),
    ],
)
def test_coco_that_does_not_fit_is_refused(tmp_path: Path, old: str, new: str):
    text = (
        '{"images": [{"id": 1, "file_name": "f.png"}], "categories": [{"id": 1, "name": "c", "keypoints": ["Go"]}],'
        '"annotations": [{"image_id": 1, "category_id": 1, "keypoints": [1, 2, 2]}]}'
    )
    path = tmp_path / "a.json"
    path.write_text(text)
    assert len(coco.read(path)) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(SchemaError, match=r"a\.json"):
        coco.read(path)


def test_the_wide_view_gives_back_points_and_states(tmp_path: Path):
    rows = film_rows("a.jpg") + film_rows("b, c.jpg")
    wide_csv.write(tmp_path / "a.wide.csv", rows)
    assert len((tmp_path / "a.wide.csv").read_text().splitlines()) == 3
    back = wide_csv.read(tmp_path / "a.wide.csv")
    dropped = (*MODEL_COLUMNS, "origin", "confirmed_by", "reason")
    assert _kept(back, *dropped) == _kept(rows, *dropped)


def test_a_wide_table_with_a_bad_row_is_refused(tmp_path: Path):
    path = tmp_path / "a.wide.csv"
    wide_csv.write(path, film_rows())
    path.write_text(path.read_text().replace("694.25", "nan"))
    with pytest.raises(SchemaError, match="row 2"):
        wide_csv.read(path)


def _isbi_file(folder: Path, name: str, offset: float = 0.0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{i + offset:g},{2 * i:g}" for i in range(19)] + ["3", "3", "2", "3", "3", "1", "2", "3"]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


@pytest.mark.parametrize("prefix", ["", "400_"])
def test_isbi_folders_of_two_readers(tmp_path: Path, prefix: str):
    for reader, offset in (("senior", 0.0), ("junior", 0.5)):
        _isbi_file(tmp_path / f"{prefix}{reader}", "001.txt", offset)
        _isbi_file(tmp_path / f"{prefix}{reader}", "150.txt", offset)
    readers = isbi_txt.read_isbi_folder(tmp_path)
    assert {reader: sorted(films) for reader, films in readers.items()} == {"junior": [1, 150], "senior": [1, 150]}
    assert readers["junior"][1].shape == (19, 2)
    assert np.array_equal(readers["junior"][1] - readers["senior"][1], np.tile([0.5, 0], (19, 1)))
    rows = isbi_txt.read(tmp_path)
    assert {row.annotator for row in rows} == {"junior", "senior"}
    assert {(row.spacing_x_mm, row.spacing_source) for row in rows} == {(0.1, SpacingSource.DATASET)}
    assert len(rows) == 4 * 19


def test_isbi_text_comes_back(tmp_path: Path):
    source = _isbi_file(tmp_path, "007.txt", 0.25)
    rows = isbi_txt.read(source)
    isbi_txt.write(tmp_path / "out", rows)
    assert (tmp_path / "out" / "007.txt").read_text() == "".join(source.read_text().splitlines(True)[:19])
    isbi_txt.write(tmp_path / "one.txt", rows)
    assert np.array_equal(isbi_txt.read_points(tmp_path / "one.txt"), isbi_txt.read_points(source))


def test_isbi_text_cannot_leave_a_point_out(tmp_path: Path):
    with pytest.raises(SchemaError, match="001 has no S"):
        isbi_txt.write(tmp_path / "out", film_rows())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["1", "a,b", "1,2,3", "nan,2", ""])
def test_a_damaged_isbi_line_is_named(tmp_path: Path, line: str):
    path = _isbi_file(tmp_path, "001.txt")
    lines = path.read_text().splitlines()
    lines[4] = line
    path.write_text("\n".join(lines))
    with pytest.raises(SchemaError, match=r"001.txt, row 5"):
        isbi_txt.read_points(path)


def test_a_short_isbi_file_is_refused(tmp_path: Path):
    (tmp_path / "001.txt").write_text("1,2\n")
    with pytest.raises(SchemaError, match="1 lines"):
        isbi_txt.read_points(tmp_path / "001.txt")


def test_the_format_of_a_path(tmp_path: Path):
    landmark_csv.write(tmp_path / "long.csv", film_rows())
    wide_csv.write(tmp_path / "table.csv", film_rows())
    names = ["long.csv", "table.csv", "new.csv", "new.wide.csv", "a.json", "001.txt", "", "annotations"]
    found = [format_of(tmp_path / name).name for name in names]
    assert found == ["csv", "wide", "csv", "wide", "coco", "isbi", "isbi", "isbi"]
    with pytest.raises(SchemaError, match=r"\.csv, \.wide\.csv"):
        format_of("points.xlsx")


@pytest.mark.data
def test_every_film_of_the_benchmark_comes_back(data_folder: Path, tmp_path: Path):
    rows = isbi_txt.read(data_folder / "isbi2015" / "annotations")
    assert len(rows) == 2 * 300 * 19
    landmark_csv.write(tmp_path / "all.csv", rows)
    assert landmark_csv.read(tmp_path / "all.csv") == rows


def test_a_number_too_large_to_hold_is_refused():
    with pytest.raises(ValueError, match="finite"):
        landmark_csv.parse_float("1e999")


def test_coco_holds_one_spacing_for_an_image(tmp_path: Path):
    other = [replace(row, annotator="ben", spacing_x_mm=0.2) for row in film_rows(calibration=Calibration.user(0.1))]
    with pytest.raises(SchemaError, match="two spacings"):
        coco.write(tmp_path / "a.json", film_rows(calibration=Calibration.user(0.1)) + other)
    assert not (tmp_path / "a.json").exists()


def test_isbi_text_holds_films_of_its_own_spacing(tmp_path: Path):
    rows = [
        replace(row, spacing_x_mm=0.14, spacing_y_mm=0.14, spacing_source=SpacingSource.USER)
        for row in isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    ]
    with pytest.raises(SchemaError, match=r"0\.1 mm per pixel"):
        isbi_txt.write(tmp_path / "out", rows)


def test_isbi_text_takes_no_landmark_twice(tmp_path: Path):
    rows = isbi_txt.read(_isbi_file(tmp_path, "001.txt"))
    with pytest.raises(SchemaError, match="S of 001 would stand in the file twice"):
        isbi_txt.write(tmp_path / "out", [*rows, replace(rows[0], x=9.0)])


def test_isbi_readers_may_have_any_name(tmp_path: Path):
    for reader in ("anna", "400_ben"):
        _isbi_file(tmp_path / reader, "001.txt")
    assert {row.annotator for row in isbi_txt.read(tmp_path)} == {"anna", "ben"}
    assert set(isbi_txt.read_isbi_folder(tmp_path)) == {"anna", "ben"}
    assert {row.annotator for row in isbi_txt.read(tmp_path / "anna")} == {""}
    _isbi_file(tmp_path / "ben", "001.txt")
    with pytest.raises(SchemaError, match="two folders of the reader ben"):
        isbi_txt.read(tmp_path)


def _wide(tmp_path: Path, change) -> Path:
    path = tmp_path / "a.wide.csv"
    wide_csv.write(path, film_rows("a.jpg") + film_rows("b.jpg"))
    lines = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("\n".join(",".join(line) for line in change(lines)) + "\n")
    return path


def test_a_wide_table_with_a_position_but_no_state_is_refused(tmp_path: Path):
    def without_state(lines: list[list[str]]) -> list[list[str]]:
        place = next(i for i, name in enumerate(lines[0]) if name.endswith("_x") and lines[2][i] and i > 11)
        lines[2][place + 2] = ""
        return lines

    with pytest.raises(SchemaError, match=r"row 3: .* has a position"):
        wide_csv.read(_wide(tmp_path, without_state))


def test_a_wide_table_with_a_row_twice_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match=r"row 4: .* stands in row 2 already"):
        wide_csv.read(_wide(tmp_path, lambda lines: [*lines, lines[1]]))


def test_a_wide_table_with_a_column_twice_is_refused(tmp_path: Path):
    with pytest.raises(SchemaError, match="row 1: a column stands there twice"):
        wide_csv.read(_wide(tmp_path, lambda lines: [[*line, line[0]] for line in lines]))
