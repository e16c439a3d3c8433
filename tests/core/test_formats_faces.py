"""Formats of face data sets: what is written comes back, and broken files are refused with the reason."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.formats import FORMATS, format_of, ibug_xml, pts, wide_csv, wide_keypoints
from napari_dentlm.core.formats.faces import Face, folder_of, points_by_key, rows_of_faces
from napari_dentlm.core.scheme import load_scheme
from tests.core.format_rows import film_rows

KEYS = load_scheme("ibug68").keys
quick = settings(deadline=None, max_examples=25)
coordinates = st.floats(-1e4, 1e5, allow_nan=False)
sizes = st.floats(0.5, 1e4)
# Names without what XML cannot hold at all; the table and the XML keep any other name.
names = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).map(lambda stem: f"{stem}.jpg")


@st.composite
def complete_faces(draw: st.DrawFn, name: str = "face.jpg", instance: int = 0) -> Face:
    values = draw(st.lists(st.tuples(coordinates, coordinates), min_size=68, max_size=68))
    return Face(name, points_by_key(values), instance=instance)


@st.composite
def photos(draw: st.DrawFn) -> list[Face]:
    """Up to three faces on each of up to two images, some without all of their points."""
    found = []
    for name in draw(st.lists(names, min_size=1, max_size=2, unique=True)):
        width, height = draw(st.integers(1, 9999)), draw(st.integers(1, 9999))
        for instance in range(draw(st.integers(1, 3))):
            kept = draw(st.sets(st.sampled_from(KEYS), min_size=1, max_size=5))
            points = {key: (draw(coordinates), draw(coordinates)) for key in KEYS if key in kept}
            box = (draw(coordinates), draw(coordinates), draw(sizes), draw(sizes))
            found.append(Face(name, points, box, width, height, instance))
    return found


def _grid(name: str = "a.jpg", instance: int = 0) -> Face:
    return Face(name, points_by_key([(float(n), 2.0 * n + 0.25) for n in range(68)]), instance=instance)


def test_a_wide_table_keeps_the_boxes_of_faces(tmp_path: Path):
    rows = rows_of_faces([_grid(), _grid(instance=1)])
    rows = [replace(row, box_x=3.5, box_y=-2.0, box_width=40.0, box_height=50.0 + row.instance) for row in rows]
    wide_csv.write(tmp_path / "a.wide.csv", rows)
    assert wide_csv.read(tmp_path / "a.wide.csv") == rows


@quick
@given(photos())
def test_xml_comes_back(tmp_path_factory: pytest.TempPathFactory, faces: list[Face]):
    path = tmp_path_factory.mktemp("xml") / "faces.xml"
    ibug_xml.write(path, rows_of_faces(faces))
    assert ibug_xml.read_faces(path) == faces


@quick
@given(complete_faces())
def test_pts_comes_back(tmp_path_factory: pytest.TempPathFactory, face: Face):
    path = tmp_path_factory.mktemp("pts") / "face.pts"
    pts.write(path, rows_of_faces([face]))
    (back,) = pts.read_faces(path)
    # One pixel is added and taken away again: what that costs is the last bits of a large number.
    assert np.allclose(back.array, face.array, rtol=0, atol=1e-9)


@quick
@given(complete_faces(), complete_faces(instance=1))
def test_key_point_table_comes_back(tmp_path_factory: pytest.TempPathFactory, one: Face, other: Face):
    path = tmp_path_factory.mktemp("table") / "faces.keypoints.csv"
    wide_keypoints.write(path, rows_of_faces([one, other]))
    assert wide_keypoints.read_faces(path) == [one, other]
    assert format_of(path) is FORMATS["keypoints"]


def test_pts_counts_from_one(tmp_path: Path):
    pts.write(tmp_path / "a.pts", rows_of_faces([_grid()]))
    lines = (tmp_path / "a.pts").read_text().splitlines()
    assert lines[:4] == ["version: 1", "n_points: 68", "{", "1 1.25"]
    assert lines[-1] == "}"


def test_pts_of_a_folder(tmp_path: Path):
    pts.write(tmp_path / "out", rows_of_faces([_grid("b.jpg"), _grid("a.jpg")]))
    assert [face.image for face in pts.read_faces(tmp_path / "out")] == ["a", "b"]
    with pytest.raises(SchemaError, match="two faces named a"):
        pts.write(tmp_path / "out", rows_of_faces([_grid(), _grid(instance=1)]))
    with pytest.raises(SchemaError, match="2 faces do not fit one file"):
        pts.write(tmp_path / "one.pts", rows_of_faces([_grid("b.jpg"), _grid("a.jpg")]))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SchemaError, match=r"no \.pts files"):
        pts.read(tmp_path / "empty")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("n_points: 68", "n_points: 67"), "68 points, 67 stated"),
        (lambda text: text.replace("1 1.25\n", ""), "67 points, 68 stated"),
        (lambda text: text.replace("1 1.25", "1 one"), "'1 one' is not two numbers"),
        (lambda text: text.replace("1 1.25", "1 nan"), "not two numbers"),
        (lambda text: text.replace("}", ""), "not a PTS file"),
    ],
)
def test_a_damaged_pts_is_refused(tmp_path: Path, change, reason: str):
    path = tmp_path / "a.pts"
    pts.write(path, rows_of_faces([_grid()]))
    path.write_text(change(path.read_text()))
    with pytest.raises(SchemaError, match=reason):
        pts.read(path)


XML = """<?xml version='1.0' encoding='ISO-8859-1'?>
<dataset><name>x</name><images>
<image file='a/b.jpg' width='30' height='20'>
<box top='1' left='2' width='10' height='12'><label>p</label>
<part name='00' x='3' y='4.5'/><part name='67' x='5' y='6'/></box>
<box top='5' left='6' width='3' height='4' ignore='1'><part name='00' x='9' y='9'/></box>
<box top='5' left='6' width='3' height='4'/>
</image></images></dataset>"""


def test_xml_of_other_programs(tmp_path: Path):
    path = tmp_path / "a.xml"
    path.write_text(XML)
    (face,) = ibug_xml.read_faces(path)
    assert face == Face("a/b.jpg", {"jaw_1": (3.0, 4.5), "lip_inner_8": (5.0, 6.0)}, (2, 1, 10, 12), 30, 20)
    assert {row.state for row in ibug_xml.read(path)} == {State.PLACED}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("name='67'", "name='68'", "a/b.jpg: the part '68' is none of 00 to 67"),
        ("name='67'", "name='0'", "part 0 stands there twice"),
        ("x='3'", "x='three'", "a/b.jpg"),
        ("x='3' ", "", "a part has no x"),
        ("width='10'", "width='0'", "a box has no size"),
        ("width='30'", "width='-3'", "width is '-3'"),
        ("file='a/b.jpg'", "", "no file"),
        ("<images>", "", "not XML"),
        ("<dataset>", "<!DOCTYPE d [<!ENTITY a 'b'>]><dataset>", "entities"),
    ],
)
def test_damaged_xml_is_refused(tmp_path: Path, old: str, new: str, reason: str):
    path = tmp_path / "a.xml"
    path.write_text(XML.replace(old, new, 1))
    with pytest.raises(SchemaError, match=reason):
        ibug_xml.read(path)


def test_an_image_twice_in_xml_is_refused(tmp_path: Path):
    path = tmp_path / "a.xml"
    image = XML[XML.index("<image ") : XML.index("</images>")]
    path.write_text(XML.replace("</images>", image + "</images>"))
    with pytest.raises(SchemaError, match="stands in the file twice"):
        ibug_xml.read(path)


def test_a_face_without_a_box_gets_a_tight_one(tmp_path: Path):
    ibug_xml.write(tmp_path / "a.xml", rows_of_faces([_grid()]))
    (face,) = ibug_xml.read_faces(tmp_path / "a.xml")
    assert face.box == (0, 0.25, 67, 134)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (",135\n", ",134\n", "row 1: the columns after the first"),
        ("a.jpg,0,", "a.jpg,,", "row 2: a name and 136 numbers"),
        ("a.jpg,0,", "a.jpg,x,", "row 2: not a finite number"),
        ("a.jpg,0,", ",0,", "row 2: a name"),
    ],
)
def test_a_damaged_key_point_table_is_refused(tmp_path: Path, old: str, new: str, reason: str):
    path = tmp_path / "a.keypoints.csv"
    wide_keypoints.write(path, rows_of_faces([_grid()]))
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(SchemaError, match=reason):
        wide_keypoints.read(path)


def test_blank_lines_of_a_key_point_table_are_passed_over(tmp_path: Path):
    path = tmp_path / "a.keypoints.csv"
    wide_keypoints.write(path, rows_of_faces([_grid("a.jpg"), _grid("b.jpg")]))
    path.write_text(path.read_text().replace("b.jpg", "\nb.jpg") + "\n")
    assert [face.image for face in wide_keypoints.read_faces(path)] == ["a.jpg", "b.jpg"]
    path.write_text(path.read_text().replace("b.jpg,0,", "b.jpg,x,"))
    with pytest.raises(SchemaError, match="row 4: not a finite number"):
        wide_keypoints.read_faces(path)


@pytest.mark.parametrize("module", [pts, wide_keypoints])
def test_formats_without_gaps_refuse_a_missing_point(tmp_path: Path, module):
    rows = [row for row in rows_of_faces([_grid()]) if row.landmark != "jaw_2"]
    with pytest.raises(SchemaError, match="has no jaw_2"):
        module.write(tmp_path / "out", rows)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("module", [ibug_xml, pts, wide_keypoints])
def test_only_faces_of_one_reader(tmp_path: Path, module):
    with pytest.raises(SchemaError, match="ibug68, not isbi19"):
        module.write(tmp_path / "out", film_rows())
    rows = rows_of_faces([_grid()])
    with pytest.raises(SchemaError, match="choose one reader"):
        module.write(tmp_path / "out", [*rows, *(replace(row, annotator="ben") for row in rows)])
    with pytest.raises(SchemaError, match="which frame"):
        module.write(tmp_path / "out", [replace(row, frame=1) for row in rows])


def test_what_would_be_lost_is_said():
    first, *rest = rows_of_faces([replace(_grid(), box=(1, 2, 3, 4))])
    assert ibug_xml.losses([first, *rest]) == []
    assert pts.losses([first]) == ["boxes of faces are lost (a.jpg)"]
    said = ibug_xml.losses(
        [
            replace(first, state=State.PREDICTED),
            replace(rest[0], state=State.NOT_VISIBLE, x=None, y=None),
            replace(rest[1], spacing_x_mm=0.1, spacing_y_mm=0.1, spacing_source=SpacingSource.USER),
        ]
    )
    assert [clause.partition(" (")[0] for clause in said] == [
        "points of a model come back as placed by a reader",
        "what is known about points that were not placed is lost",
        "the scale is lost",
    ]


def test_images_lie_beside_the_table_or_in_the_folder_of_its_name(tmp_path: Path):
    table = tmp_path / "training_frames.csv"
    assert folder_of([_grid()], table) == tmp_path
    (tmp_path / "training").mkdir()
    assert folder_of([_grid()], table) == tmp_path / "training"
    (tmp_path / "a.jpg").touch()
    assert folder_of([_grid()], table) == tmp_path


def test_convert_between_face_formats(run_dentlm, tmp_path: Path):
    source = tmp_path / "faces.xml"
    ibug_xml.write(source, rows_of_faces([_grid("a.jpg"), _grid("b.jpg")]))
    code, out, _ = run_dentlm("convert", source, tmp_path / "faces.keypoints.csv")
    assert code == 1
    code, out, _ = run_dentlm("convert", source, tmp_path / "faces.keypoints.csv", "--accept-loss")
    assert (code, "boxes of faces are lost" in out) == (0, True)
    assert run_dentlm("convert", tmp_path / "faces.keypoints.csv", tmp_path / "faces.csv")[0] == 0
    assert run_dentlm("convert", tmp_path / "faces.csv", tmp_path / "folder", "--to", "pts")[0] == 0
    assert run_dentlm("convert", tmp_path / "folder", tmp_path / "again.xml")[0] == 0
    before, after = ibug_xml.read_faces(source), ibug_xml.read_faces(tmp_path / "again.xml")
    assert np.allclose([face.array for face in after], [face.array for face in before])
