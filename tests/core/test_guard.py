"""The guard: quiet on plausible tracings however the film lies, loud on faults, in words that name the point."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import BundleError
from napari_dentlm.core.formats import isbi_txt
from napari_dentlm.core.guard import Doubt, ShapeStatistics, check
from napari_dentlm.core.scheme import LandmarkDef, LandmarkScheme, load_scheme

SCHEME = load_scheme("isbi19")
CARD = Path(__file__).parents[2] / "napari_dentlm" / "cascade" / "models" / "ceph19" / "model.toml"
STATISTICS = ShapeStatistics.from_card(CARD)
SIZE = (2000, 2400)
SCALE = Calibration.user(0.1)
# A tracing made by hand, in mm, facing right; made up, no patient's.
TRACING = {
    "S": (50, 60), "N": (112, 52), "Or": (100, 78), "Po": (30, 78), "A": (112, 108), "B": (108, 144),
    "Pog": (108, 158), "Me": (102, 165), "Gn": (106, 163), "Go": (44, 133), "L1": (115, 126), "U1": (118, 127),
    "Ls": (130, 118), "Li": (127, 138), "Sn": (123, 106), "Pogs": (119, 159), "PNS": (68, 100), "ANS": (114, 101),
    "Ar": (38, 90),
}  # fmt: skip


def points_of(tracing: dict[str, tuple[float, float]]) -> np.ndarray:
    """The tracing in pixels."""
    return np.array([tracing[key] for key in SCHEME.keys], dtype=float) / 0.1


POINTS = points_of(TRACING)


def annotation(points: np.ndarray, keys: tuple[str, ...] = SCHEME.keys) -> Annotation:
    """Annotation with those landmarks of `points` that `keys` names."""
    marks = [Landmark(key, State.PLACED, Point(*points[SCHEME.index(key)])) for key in keys]
    return Annotation.of(SCHEME, "f" * 64, marks, annotator="anna")


def doubts(points: np.ndarray, calibration: Calibration | None = SCALE) -> tuple[Doubt, ...]:
    return check(annotation(points), calibration, SIZE, STATISTICS)


def moved(key: str, dx: float, dy: float) -> np.ndarray:
    """The tracing with one point moved, in mm."""
    points = POINTS.copy()
    points[SCHEME.index(key)] += (dx / 0.1, dy / 0.1)
    return points


def swapped(one: str, other: str) -> np.ndarray:
    points = POINTS.copy()
    rows = [SCHEME.index(one), SCHEME.index(other)]
    points[rows] = points[rows[::-1]]
    return points


def turned(points: np.ndarray, angle: float, factor: float, mirrored: bool) -> np.ndarray:
    """The film turned about the face, enlarged, and looked at from behind."""
    c, s = np.cos(angle), np.sin(angle)
    centre = POINTS.mean(axis=0)
    flip = np.array([-1.0 if mirrored else 1.0, 1.0])
    return ((points - centre) * flip) @ np.array([[c, s], [-s, c]]) * factor + 1e5


def shapes_only(points: np.ndarray) -> set[tuple[str, tuple[str, ...]]]:
    """Doubts that hold wherever the film ends."""
    found = check(annotation(points), None, (10**6, 10**6), STATISTICS)
    return {(doubt.code, doubt.keys) for doubt in found if not doubt.code.startswith("outside_film")}


def test_a_plausible_tracing_gives_no_doubt():
    assert doubts(POINTS) == ()
    assert doubts(POINTS, None) == ()
    assert check(annotation(POINTS), SCALE, SIZE) == ()


faulty = st.one_of(
    st.just(POINTS),
    st.builds(swapped, st.sampled_from(SCHEME.keys), st.sampled_from(SCHEME.keys)),
    st.builds(moved, st.sampled_from(SCHEME.keys), st.integers(-40, 40), st.integers(-40, 40)),
)


@given(faulty, st.floats(-np.pi, np.pi), st.floats(0.3, 3), st.booleans())
def test_turning_mirroring_and_enlarging_the_film_changes_nothing(points, angle, factor, mirrored):
    assert shapes_only(turned(points, angle, factor, mirrored)) == shapes_only(points)


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (("Ls", "Li"), "lips_crossed"),
        (("PNS", "ANS"), "palate_reversed"),
        (("S", "N"), "cranial_base_reversed"),
        (("Po", "Or"), "frankfort_reversed"),
        (("A", "B"), "a_below_b"),
        (("B", "Pog"), "b_below_pogonion"),
        (("Pog", "Me"), "pogonion_below_menton"),
    ],
)
@settings(max_examples=25)
@given(angle=st.floats(-np.pi, np.pi), mirrored=st.booleans())
def test_two_points_that_changed_places_are_found(pair, code, angle, mirrored):
    for statistics in (None, STATISTICS):
        found = check(annotation(turned(swapped(*pair), angle, 1, mirrored)), None, (10**6, 10**6), statistics)
        assert set(pair) == set(next(doubt.keys for doubt in found if doubt.code == code))


def test_sentences_speak_plainly():
    assert doubts(swapped("Ls", "Li"))[0].sentence == "The upper lip (Ls) lies below the lower lip (Li)."
    reversed_palate = {doubt.code: doubt for doubt in doubts(swapped("ANS", "PNS"))}["palate_reversed"]
    assert reversed_palate.sentence == (
        "The posterior nasal spine (PNS) lies in front of the anterior nasal spine (ANS)."
    )


@given(st.sampled_from(SCHEME.keys), st.floats(-np.pi, np.pi))
def test_a_point_30_mm_away_is_found_and_is_where_the_reader_looks_first(key, angle):
    found = doubts(moved(key, 30 * np.cos(angle), 30 * np.sin(angle)))
    assert key in {doubt.keys[0] for doubt in found}


def test_two_stray_points_are_both_named():
    points = moved("Go", -12, 22)
    points[SCHEME.index("Sn")] += (180, -100)
    assert {"Go", "Sn"} <= {doubt.keys[0] for doubt in doubts(points)}


def test_a_face_of_strange_shape_is_found_without_blaming_every_point():
    stretched = (POINTS - POINTS.mean(axis=0)) * (1, 1.6) + POINTS.mean(axis=0)
    found = check(annotation(stretched), None, (4000, 4000), STATISTICS)
    assert [doubt.code for doubt in found] == ["shape_unlike"]
    assert "shape unlike all training films" in found[0].sentence


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [(-0.4, 1000, True), (-0.6, 1000, False), (1999.4, 1000, True), (1999.6, 1000, False), (900, 2400, False)],
)
def test_the_film_ends_half_a_pixel_beyond_the_last_pixel_centre(x, y, inside):
    points = POINTS.copy()
    points[SCHEME.index("Go")] = (x, y)
    found = check(annotation(points, ("Go",)), SCALE, SIZE, STATISTICS)
    assert found == (() if inside else (Doubt("outside_film:Go", ("Go",), "Gonion (Go) lies outside the film."),))


def test_two_points_at_one_place_are_found_but_touching_incisors_are_not():
    points = POINTS.copy()
    points[SCHEME.index("Gn")] = points[SCHEME.index("Me")] + 2
    assert "together:Me-Gn" in {doubt.code for doubt in doubts(points)}
    points = POINTS.copy()
    points[SCHEME.index("L1")] = points[SCHEME.index("U1")] + 4
    assert doubts(points) == ()
    points[SCHEME.index("L1")] = points[SCHEME.index("U1")]
    assert [doubt.code for doubt in doubts(points)] == ["together:L1-U1"]


@pytest.mark.parametrize("factor", [10.0, 2.0, 0.5, 0.1])
def test_a_wrong_scale_is_found_by_the_length_of_the_cranial_base(factor):
    found = doubts(POINTS, Calibration.user(0.1 * factor))
    assert [doubt.code for doubt in found] == ["sn_length"]
    assert f"{62.5 * factor:.0f} mm apart" in found[0].sentence


def test_lengths_follow_each_axis_of_the_calibration():
    squeezed = POINTS * (1.0, 0.5)
    scale = replace(SCALE, row_mm=0.2)
    assert check(annotation(squeezed), scale, SIZE, STATISTICS) == ()
    assert check(annotation(squeezed), SCALE, SIZE, STATISTICS) != ()


@given(st.sets(st.sampled_from(SCHEME.keys)))
def test_landmarks_that_are_not_there_raise_no_doubt(keys):
    kept = tuple(key for key in SCHEME.keys if key in keys)
    assert check(annotation(POINTS, kept), SCALE, SIZE, STATISTICS) == ()


def test_a_point_without_position_does_not_count():
    points = swapped("Ls", "Li")
    ruled = annotation(points).with_landmark(Landmark("Ls", State.NOT_VISIBLE, None))
    assert "lips_crossed" not in {doubt.code for doubt in check(ruled, SCALE, SIZE, STATISTICS)}


@given(faulty)
def test_every_code_is_unique_and_every_doubt_is_one_sentence(points):
    found = doubts(points)
    assert len({doubt.code for doubt in found}) == len(found)
    for doubt in found:
        assert set(doubt.keys) <= set(SCHEME.keys)
        assert doubt.sentence.endswith(".")
        assert not any(end == "." and after == " " for end, after in pairwise(doubt.sentence))


def test_a_scheme_of_other_landmarks_has_no_rules_of_films():
    marks = tuple(LandmarkDef(n, f"p{n}", f"Point {n}", "", "") for n in (1, 2, 3))
    photo = LandmarkScheme("photo", "1", "Photo", marks)
    points = [Landmark(key, State.PLACED, Point(10.0 * n, 20)) for n, key in enumerate(photo.keys)]
    assert check(Annotation.of(photo, "f" * 64, points), None, (200, 200), STATISTICS) == ()
    assert [doubt.code for doubt in check(Annotation.of(photo, "f" * 64, points), None, (15, 30))] == [
        "outside_film:p3"
    ]


def test_a_card_without_shapes_is_refused_in_words(tmp_path: Path):
    card = tmp_path / "mine" / "model.toml"
    with pytest.raises(BundleError, match=r"mine.*cannot be read"):
        ShapeStatistics.from_card(card)
    card.parent.mkdir()
    card.write_text('landmarks = ["S"]\n[normality]\nshape = []\nresidual = 0.0\n', encoding="utf-8")
    with pytest.raises(BundleError, match="nothing usable of shapes"):
        ShapeStatistics.from_card(card)


@pytest.mark.data
def test_readers_of_the_training_films_hardly_ever_see_a_doubt(data_folder: Path):
    readers = isbi_txt.read_isbi_folder(data_folder / "isbi2015" / "annotations")
    found = [
        check(annotation(films[n]), SCALE, (1935, 2400), STATISTICS)
        for films in readers.values()
        for n in range(1, 151)
    ]
    assert np.mean([bool(film) for film in found]) <= 0.02
