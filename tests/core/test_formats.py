"""What every exchange format shares: rows, purposes, and which format a path is in."""

from dataclasses import replace
from pathlib import Path

import pytest

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import (
    FORMATS,
    ExportPurpose,
    conflicts,
    format_named,
    format_of,
    landmark_csv,
    wide_csv,
)
from napari_dentlm.core.formats.rows import COLUMNS, SCHEMA
from tests.core.format_rows import KEYS, film_rows


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


def test_a_missing_file_is_refused_in_words(tmp_path: Path):
    for each in FORMATS.values():
        with pytest.raises(SchemaError, match="none"):
            each.read(tmp_path / "none.csv")


def test_same_image_with_two_sets_of_labels_is_listed_not_merged():
    first, second = film_rows("a.jpg"), film_rows("b.jpg")
    assert conflicts(first + second) == []
    second[5] = replace(second[5], x=second[5].x + 1e-6)
    assert conflicts(first + second) == []
    second[5] = replace(second[5], x=0.0)
    assert conflicts(first + second) == ["a.jpg and b.jpg are the same image with different labels."]


def test_a_point_that_only_one_copy_has_is_a_difference():
    first, second = film_rows("a.jpg"), film_rows("b.jpg")
    second[5] = replace(second[5], x=None, y=None, x_mm=None, y_mm=None, state=State.NOT_VISIBLE)
    assert len(conflicts(first + second)) == 1


def test_two_copies_with_other_landmarks_each_are_a_conflict():
    first, second = film_rows("a.jpg"), film_rows("b.jpg")
    assert conflicts(first[:3] + second[3:]) == ["a.jpg and b.jpg are the same image with different labels."]


def test_predictions_never_train_and_reports_hold_confirmed_points_only():
    rows = film_rows()
    rows[1] = replace(rows[1], state=State.CONFIRMED, confirmed_by="anna")
    rows[2] = replace(rows[2], state=State.PLACED)
    chosen = {purpose: [row.landmark for row in purpose.select(rows)] for purpose in ExportPurpose}
    assert chosen[ExportPurpose.REPORT] == ["N"]
    assert chosen[ExportPurpose.TRAINING] == ["N", "Or", "Go"]
    assert chosen[ExportPurpose.EVERYTHING] == list(KEYS)


def test_the_format_of_a_path(tmp_path: Path):
    landmark_csv.write(tmp_path / "long.csv", film_rows())
    wide_csv.write(tmp_path / "table.csv", film_rows())
    names = ["long.csv", "table.csv", "new.csv", "new.wide.csv", "a.json", "001.txt", "", "annotations"]
    found = [format_of(tmp_path / name).name for name in names]
    assert found == ["csv", "wide", "csv", "wide", "coco", "isbi", "isbi", "isbi"]
    for of in (format_of, format_named):
        with pytest.raises(SchemaError, match=r"\.csv, \.wide\.csv"):
            of("points.xlsx")


def test_the_format_that_a_name_asks_for(tmp_path: Path):
    wide_csv.write(tmp_path / "table.csv", film_rows())
    (tmp_path / "faces.v2").mkdir()
    names = ["table.csv", "NEW.CSV", "new.wide.csv", "new.keypoints.csv", "a.json", "001.txt", "a.pts", "", "faces.v2"]
    found = [format_named(tmp_path / name).name for name in names]
    assert found == ["csv", "csv", "wide", "keypoints", "coco", "isbi", "pts", "isbi", "isbi"]
