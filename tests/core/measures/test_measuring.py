"""What a measure says about itself: state, reason, class; and which measures there are."""

import math

import pytest

from napari_dentlm.core.annotation import Landmark, Point, State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import SchemaError
from napari_dentlm.core.measures import STRIP, VERSION, Definition, Unit, effects, load_definitions, measure
from napari_dentlm.core.measures.formula import parse
from tests.core.measures.tracings import DEFINITIONS, GOLDEN, SCHEME, annotation

MM = Calibration.user(0.1)


def one(points, key: str, calibration: Calibration | None = MM):
    return measure(points, calibration, [key])[0]


def test_the_strip_needs_no_scale_and_keeps_its_order() -> None:
    found = measure(annotation(), None, STRIP)
    assert tuple(each.definition.key for each in found) == STRIP
    assert all(each.value is not None for each in found)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (State.NOT_VISIBLE, "Po is not visible"),
        (State.OUTSIDE, "Po lies outside the image"),
        (State.NOT_ASSESSED, "Po has no point"),
    ],
)
def test_a_landmark_without_a_point_leaves_no_value(state: State, reason: str) -> None:
    measured = one(annotation(Po=state), "FMA")
    assert measured.value is None
    assert measured.text == "–"
    assert measured.reason == reason
    assert one(annotation(Po=state), "SNA").value is not None


def test_all_that_is_missing_is_named() -> None:
    measured = one(annotation(Po=State.OUTSIDE, Me=State.NOT_ASSESSED), "FMA")
    assert measured.reason == "Po lies outside the image, Me has no point"


def test_a_measure_is_as_good_as_its_weakest_landmark() -> None:
    points = annotation(A=State.PREDICTED, N=State.CORRECTED)
    sna, snb, sngogn = measure(points, MM, ["SNA", "SNB", "SN-GoGn"])
    assert (sna.state, sna.weakest) == (State.PREDICTED, "A")
    assert (snb.state, snb.weakest) == (State.CORRECTED, "N")
    assert sna.is_draft
    fma = one(points, "FMA")
    assert fma.state is State.CONFIRMED
    assert not fma.is_draft
    assert sngogn.is_draft


def test_the_order_of_weakness_is_that_of_the_annotation() -> None:
    states = [state for state in State if state is not State.CONFIRMED]
    for one_state in states:
        for other in states:
            points = annotation(S=one_state, A=other)
            assert one(points, "SNA").state is points.weakest_state()


def test_of_equally_weak_landmarks_the_least_certain_is_named() -> None:
    points = annotation(state=State.PREDICTED)
    marks = [Landmark(key, State.PREDICTED, Point(*GOLDEN[key]), expected_error_px=5) for key in SCHEME.keys]
    for mark in marks:
        points = points.with_landmark(mark)
    points = points.with_landmark(Landmark("A", State.PREDICTED, Point(*GOLDEN["A"]), expected_error_px=30))
    assert one(points, "SNA").weakest == "A"


def test_points_on_one_another_have_no_angle() -> None:
    measured = one(annotation({**GOLDEN, "Or": GOLDEN["Po"]}), "FMA")
    assert measured.value is None
    assert "lie on one another" in measured.reason
    assert one(annotation({**GOLDEN, "U1": GOLDEN["L1"]}), "isbi.MW").value == 0


def test_a_sign_is_not_guessed_where_the_facing_is_unknown() -> None:
    lips = {key: GOLDEN[key] for key in ("Sn", "Ls", "Pogs", "N", "A", "Pog")}
    measured = one(annotation(lips), "soft.B_upper")
    assert measured.value is None
    assert "faces" in measured.reason
    with_frankfort = lips | {key: GOLDEN[key] for key in ("Po", "Or")}
    assert one(annotation(with_frankfort), "soft.B_upper").value == pytest.approx(4.997, abs=0.001)


def test_the_corrected_anb_only_where_mills_allows_it() -> None:
    allowed = one(annotation(), "eastman.ANB_corrected")
    assert allowed.value == pytest.approx(1.980 - 0.5 * (81.995 - 81), abs=0.001)
    steep = one(annotation({**GOLDEN, "ANS": (1420, 1550)}), "eastman.ANB_corrected")
    assert steep.value is None
    assert "SN-Mx" in steep.reason
    assert "between 5 and 11" in steep.reason


def test_the_z_angle_takes_the_more_prominent_lip() -> None:
    before = one(annotation(), "soft.Z_angle").value
    pouting = one(annotation({**GOLDEN, "Li": (1635, 1740)}), "soft.Z_angle").value
    sunken = one(annotation({**GOLDEN, "Li": (1435, 1740)}), "soft.Z_angle").value
    more_sunken = one(annotation({**GOLDEN, "Li": (1335, 1740)}), "soft.Z_angle").value
    assert pouting < before < sunken
    # Now the upper lip is the more prominent one.
    assert sunken == pytest.approx(more_sunken)


def test_the_challenges_incisor_distance_has_a_sign() -> None:
    ahead = one(annotation(), "isbi.MW")
    behind = one(annotation({**GOLDEN, "U1": (1375, 1760)}), "isbi.MW")
    assert (ahead.value, ahead.grade) == (pytest.approx(3.536, abs=0.001), 1)
    assert (behind.value, behind.grade) == (pytest.approx(-3.536, abs=0.001), 3)


def graded(key: str, value: float) -> int | None:
    return DEFINITIONS[key].grade(value)


@pytest.mark.parametrize(
    ("key", "grades"),
    [
        ("isbi.ANB", {3.2: 1, 5.7: 1, 5.71: 2, 3.19: 3, 0.0: 3, -2.0: 3}),
        ("isbi.SNB", {74.6: 1, 78.7: 1, 74.5: 2, 78.8: 3}),
        ("isbi.SNA", {79.4: 1, 83.2: 1, 83.3: 2, 79.3: 3}),
        ("isbi.ODI", {68.4: 1, 80.5: 1, 80.6: 2, 68.3: 3}),
        ("isbi.APDI", {77.6: 1, 85.2: 1, 77.5: 2, 85.3: 3}),
        ("isbi.FHI", {0.65: 1, 0.75: 1, 0.76: 2, 0.64: 3}),
        ("isbi.FMA", {26.8: 1, 31.4: 1, 31.5: 2, 26.7: 3}),
        ("isbi.MW", {2.0: 1, 4.5: 1, 0.0: 2, -0.1: 3, 1.0: 3, 1.99: 3, 4.51: 4}),
    ],
)
def test_classes_of_the_challenge(key: str, grades: dict[float, int]) -> None:
    assert {value: graded(key, value) for value in grades} == grades


def test_only_the_challenge_has_classes_and_no_norms() -> None:
    for each in DEFINITIONS.values():
        assert bool(each.classes) == (each.analysis == "challenge")
        assert not (each.classes and each.norm)
    assert sum(bool(each.classes) for each in DEFINITIONS.values()) == 8


def test_a_scheme_gets_the_measures_of_its_landmarks() -> None:
    offered = load_definitions(SCHEME)
    assert all(set(each.landmarks) <= set(SCHEME.keys) for each in offered)
    assert {"steiner.SN-OP", "tweed.IMPA"} & {each.key for each in offered} == set()
    analyses = {"steiner", "downs", "tweed", "mcnamara", "ricketts", "jarabak", "eastman", "kim", "soft tissue"}
    assert analyses < {each.analysis for each in offered}
    assert measure(annotation(), MM, ["tweed.IMPA"]) == ()


def test_definitions_say_what_they_are() -> None:
    assert VERSION
    for each in load_definitions():
        assert isinstance(each, Definition)
        assert isinstance(each.unit, Unit)
        assert each.construction.endswith(".")
        assert each.norm is None or each.norm.source
        assert each.norm is None or each.norm.text.strip("*")
    assert len({(each.analysis, each.name) for each in load_definitions()}) == len(load_definitions())


def test_a_measure_that_there_is_not() -> None:
    with pytest.raises(SchemaError, match="SNC"):
        measure(annotation(), MM, ["SNC"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "angle(N-S)",
        "angle(N-S, N-A",
        "angel(N-S, N-A)",
        "90",
        "angle(N-S, N-A) 90",
        "angle(N, A)",
        "ratio(S-Go, N-Me) -",
    ],
)
def test_formulas_with_a_mistake_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


def test_formulas_know_their_lines() -> None:
    formula = parse("40.5 + 0.5 angle(N-S, N-A) - angle(N-S, N-B)")
    assert formula.landmarks == ("N", "S", "A", "B")
    assert formula.lines == (("N", "S"), ("N", "A"), ("N", "B"))
    assert formula.constant == 40.5
    assert [term.factor for term in formula.terms] == [0.5, -1]


def uncertain(radius: float, **states: State):
    points = annotation(**states)
    for key, mark in points.landmarks.items():
        if mark.position is not None:
            points = points.with_landmark(
                Landmark(key, State.PREDICTED, mark.position, "model:m@1", expected_error_px=radius)
            )
    return points


def test_the_effect_of_a_landmark_is_the_largest_change_of_the_strip() -> None:
    radius = 10.0
    found = effects(uncertain(radius), None)
    # B turns SNB, and with it ANB, by the angle under which N sees the radius.
    distance = math.dist(GOLDEN["N"], GOLDEN["B"])
    expected = math.degrees(math.asin(radius / distance)) / DEFINITIONS["ANB"].norm.sd
    assert found["B"] == pytest.approx(expected, rel=0.03)
    assert found["Ls"] == 0
    assert set(found) == set(SCHEME.keys)


def test_effects_grow_with_the_expected_error_and_need_no_particular_scale() -> None:
    small, large = effects(uncertain(5), None), effects(uncertain(20), None)
    for key in ("S", "N", "A", "Go", "Po"):
        assert large[key] > 3 * small[key] > 0
    assert effects(uncertain(5), MM) == pytest.approx(small, abs=1e-9)


def test_without_an_expected_error_or_a_point_there_is_no_effect() -> None:
    assert effects(annotation(), MM) == {}
    without = effects(uncertain(10, Po=State.NOT_VISIBLE), MM)
    assert "Po" not in without
    assert without["Or"] == 0
    assert without["A"] > 0
