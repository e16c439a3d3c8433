"""Facial measures on an invented face of known proportions: thirds, fifths, tilts, the midline."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures import FACE_STRIP, STRIP, load_definitions, measure, strip
from napari_dentlm.core.measures.facial_lines import facial_lines
from napari_dentlm.core.measures.midpoints import MIDPOINTS
from napari_dentlm.core.scheme import load_scheme

FACES = load_scheme("ibug68")
# Fifths of 100, thirds of 150 and 120 below the brows, a chin 12 to the left of the midline at x = 250.
FACE = {
    "jaw_1": (0, 200), "jaw_17": (500, 200), "jaw_9": (262, 420),
    "eye_right_1": (100, 200), "eye_right_4": (200, 200), "eye_left_1": (300, 200), "eye_left_4": (400, 200),
    "brow_right_5": (210, 150), "brow_left_1": (290, 150),
    "nose_bridge_4": (250, 280), "nose_base_1": (205, 290), "nose_base_3": (250, 300), "nose_base_5": (295, 290),
    "lip_outer_1": (190, 340), "lip_outer_7": (310, 340), "lip_outer_4": (253, 330),
    "lip_inner_3": (250, 338), "lip_inner_7": (250, 342),
}  # fmt: skip


def face(points=FACE, **states: State) -> Annotation:
    marks = [Landmark(key, State.PREDICTED, Point(*place)) for key, place in points.items() if key not in states]
    return Annotation.of(FACES, "image", [*marks, *(Landmark(key, state, None) for key, state in states.items())])


def values(annotation: Annotation, calibration: Calibration | None = None) -> dict[str, float | None]:
    keys = [each.key for each in load_definitions(FACES)]
    return {each.definition.key: each.value for each in measure(annotation, calibration, keys)}


def turned(degrees: float):
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return {key: (cos * x - sin * y + 900, sin * x + cos * y + 400) for key, (x, y) in FACE.items()}


def test_the_invented_face() -> None:
    found = values(face())
    assert found["face.thirds"] == pytest.approx(150 / math.hypot(12, 120))
    assert found["face.lower_third"] == pytest.approx(40 / math.hypot(12, 80))
    fifths = ["right_outer", "right_eye", "between", "left_eye", "left_outer"]
    assert [found[f"face.fifth_{name}"] for name in fifths] == pytest.approx([20.0] * 5)
    assert found["face.nose_width"] == pytest.approx(0.9)
    assert [found[f"face.{name}"] for name in ("eye_tilt", "mouth_tilt", "mouth_to_eyes")] == pytest.approx([0, 0, 0])
    assert found["face.midline_nose"] == pytest.approx(0)
    assert found["face.midline_lip"] == pytest.approx(1.0)
    assert found["face.midline_chin"] == pytest.approx(4.0)
    assert found["face.midline_chin_angle"] == pytest.approx(math.degrees(math.atan2(12, 220)))


@given(st.floats(-40, 40))
def test_only_what_is_told_against_the_picture_changes_when_the_head_is_tilted(degrees: float) -> None:
    plain, tilted = values(face()), values(face(turned(degrees)))
    for key, value in tilted.items():
        if value is None:
            assert key == "face.midline_chin_mm"
            continue
        off = degrees if key in ("face.eye_tilt", "face.mouth_tilt") else 0.0
        assert value == pytest.approx(plain[key] + off, abs=1e-6)


@given(st.floats(0.1, 20), st.floats(-500, 500))
def test_size_and_place_change_nothing(scale: float, shift: float) -> None:
    moved = {key: (scale * x + shift, scale * y - shift) for key, (x, y) in FACE.items()}
    for key, value in values(face(moved)).items():
        assert value == pytest.approx(values(face())[key], abs=1e-6)


def test_millimetres_only_with_a_scale() -> None:
    measured = measure(face(), None, ["face.midline_chin_mm"])[0]
    assert (measured.value, measured.reason) == (None, "no calibration, so no mm")
    assert values(face(), Calibration.user(0.5))["face.midline_chin_mm"] == pytest.approx(6.0)


def test_a_missing_landmark_of_a_midpoint_is_named() -> None:
    measured = measure(face(eye_left_4=State.NOT_VISIBLE), None, ["face.eye_tilt"])[0]
    assert (measured.value, measured.reason) == (None, "eye_left_4 is not visible")


def test_every_image_has_its_own_strip() -> None:
    assert strip(FACES) == FACE_STRIP
    assert strip(load_scheme("isbi19")) == STRIP
    assert all(each.value is not None for each in measure(face(), None, FACE_STRIP))


def test_films_are_offered_no_measure_of_faces_nor_faces_one_of_films() -> None:
    film, photo = ({each.key for each in load_definitions(load_scheme(name))} for name in ("isbi19", "ibug68"))
    assert not film & photo
    assert all(key.startswith("face.") for key in photo)


def test_midpoints_are_of_landmarks_of_the_scheme() -> None:
    assert {key for keys in MIDPOINTS.values() for key in keys} <= set(FACES.keys)
    assert not set(MIDPOINTS) & set(FACES.keys)


def test_the_lines_of_the_measures_lie_where_the_points_are() -> None:
    lines = dict(facial_lines(face()))
    assert lines["eye line"].tolist() == [[150, 200], [350, 200]]
    assert lines["midline"][:, 0] == pytest.approx([250, 250])
    assert lines["midline"][0, 1] < 150
    assert lines["midline"][1, 1] > 420
    assert [name for name in lines if name.startswith("fifth")] == [f"fifth {n}" for n in range(1, 7)]
    assert lines["fifth 3"][:, 0] == pytest.approx([200, 200])
    thirds = [lines[f"third {n}"][:, 1] for n in (1, 2, 3)]
    assert thirds == [pytest.approx([y, y]) for y in (150, 300, 420)]


def test_lines_whose_points_are_missing_are_left_out() -> None:
    lines = dict(facial_lines(face(jaw_9=State.OUTSIDE, jaw_1=State.OUTSIDE)))
    assert "third 3" not in lines
    assert "fifth 1" not in lines
    assert "eye line" in lines
    assert dict(facial_lines(Annotation(FACES, "image"))) == {}
