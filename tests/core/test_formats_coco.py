"""COCO key points."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import coco
from tests.core.format_rows import film_rows, kept

FILES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@FILES
@given(data=st.data())
def test_coco_gives_back_points_states_and_provenance(data: st.DataObject, tmp_path: Path):
    rows = film_rows("a.jpg") + film_rows("b.jpg", Calibration.none(""))
    for index in data.draw(st.sets(st.integers(0, len(rows) - 1))):
        if rows[index].x is not None:
            rows[index] = replace(rows[index], x=data.draw(st.floats(-9e3, 9e3)), x_mm=None)
    coco.write(tmp_path / "a.json", rows)
    back = coco.read(tmp_path / "a.json")
    assert kept(back, "x_mm", "y_mm") == kept(rows, "x_mm", "y_mm")
    assert back[9].x_mm == pytest.approx(back[9].x * 0.1)


def test_coco_keeps_the_boxes_of_faces(tmp_path: Path):
    rows = [replace(row, box_x=3.5, box_y=-2.0, box_width=40.0, box_height=50.25) for row in film_rows("a.jpg")]
    coco.write(tmp_path / "a.json", rows)
    assert coco.read(tmp_path / "a.json") == rows


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


def test_coco_holds_one_spacing_for_an_image(tmp_path: Path):
    other = [replace(row, annotator="ben", spacing_x_mm=0.2) for row in film_rows(calibration=Calibration.user(0.1))]
    with pytest.raises(SchemaError, match="two spacings"):
        coco.write(tmp_path / "a.json", film_rows(calibration=Calibration.user(0.1)) + other)
    assert not (tmp_path / "a.json").exists()
