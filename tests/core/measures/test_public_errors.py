"""Errors that were found in public engines for cephalometric measures: none of them is made here."""

import pytest

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures import measure
from tests.core.measures.tracings import DEFINITIONS, GOLDEN, SCHEME, annotation, mirrored, values


def moved(points=GOLDEN, **moves: tuple[float, float]):
    return {key: (x + moves.get(key, (0, 0))[0], y + moves.get(key, (0, 0))[1]) for key, (x, y) in points.items()}


def test_the_a_b_plane_has_its_sign_from_b_behind_a() -> None:
    # A stands ahead of the facial line in both; only where B lies decides.
    assert values(moved(B=(-60, 0)))["downs.AB_plane"] < -4.6
    assert values(moved(B=(80, 0)))["downs.AB_plane"] > 0


def test_an_anb_of_zero_is_a_value() -> None:
    # B on the line from N to A.
    flat = {**GOLDEN, "B": (1376.552, 1895)}
    (anb,) = measure(annotation(flat), None, ["ANB"])
    assert anb.value == pytest.approx(0, abs=1e-3)
    assert anb.text == "0.0°"
    assert anb.reason == ""
    norm = anb.definition.norm
    assert norm.mean == 2
    assert anb.grade is None


def test_incisors_are_measured_at_the_tip() -> None:
    for key in ("ricketts.L1-APog_mm", "mcnamara.L1-APog", "downs.U1-APog", "steiner.L1-NB_mm"):
        assert values(moved(L1a=(50, 0), U1a=(50, 0)))[key] == values(GOLDEN)[key]
        assert values(moved(L1=(50, 0), U1=(50, 0)))[key] > values(GOLDEN)[key] + 4


@pytest.mark.parametrize("key", ["downs.occlusal_cant", "steiner.SN-OP"])
def test_an_occlusal_plane_that_tips_up_is_not_one_that_tips_down(key: str) -> None:
    down, up = values(moved(OccA=(0, 100)))[key], values(moved(OccA=(0, -200)))[key]
    assert up < values(GOLDEN)[key] < down
    assert values(moved(OccA=(0, -200)))["downs.occlusal_cant"] < 0


def test_a_palatal_plane_that_tips_up_is_negative() -> None:
    assert values(moved(ANS=(0, -100)))["kim.FH-palatal"] < 0


def test_what_stands_beside_downs_norms_is_what_he_measured() -> None:
    golden = values(GOLDEN)
    assert golden["downs.L1-MP"] == pytest.approx(golden["tweed.IMPA"] - 90)
    # An axis perpendicular to the occlusal plane leans by nothing, and one that leans forward is positive.
    level = {**GOLDEN, "OccP": (1000, 1700), "OccA": (1300, 1700)}
    assert values({**level, "L1a": (1400, 1900)})["downs.L1-OP"] == pytest.approx(0)
    assert values({**level, "L1a": (1350, 1900)})["downs.L1-OP"] > 0


def test_the_chin_before_the_n_perpendicular_is_the_bony_one() -> None:
    before = values(GOLDEN)
    assert values(moved(Pogs=(300, 0)))["mcnamara.Pog-Nperp"] == before["mcnamara.Pog-Nperp"]
    assert values(moved(B=(0, 100)))["mcnamara.A-Nperp"] == before["mcnamara.A-Nperp"]
    assert DEFINITIONS["mcnamara.Pog-Nperp"].landmarks == ("N", "Pog", "Po", "Or")


def test_in_front_is_where_the_face_looks() -> None:
    for key in ("mcnamara.A-Nperp", "ricketts.convexity", "steiner.U1-NA_mm", "wits.AO-BO", "isbi.MW"):
        assert values(mirrored(GOLDEN))[key] == pytest.approx(values(GOLDEN)[key])


@pytest.mark.parametrize("calibration", [None, Calibration.none("The file states no spacing.")])
def test_no_millimetres_without_a_calibration(calibration) -> None:
    for each in measure(annotation(), calibration):
        if each.definition.unit == "mm":
            assert each.value is None
            assert each.grade is None
            assert each.text == "–"
            assert each.reason == "no calibration, so no mm"
        else:
            assert each.value == pytest.approx(values(GOLDEN)[each.definition.key])


@pytest.mark.parametrize(
    ("key", "mean", "sd", "low", "high"),
    [
        ("downs.occlusal_cant", 9.3, 3.8, 1.5, 14),
        ("downs.convexity", 0, 5.1, -8.5, 10),
        ("downs.AB_plane", -4.6, 3.7, -9, 0),
        ("downs.mandibular_plane", 21.9, 3.2, 17, 28),
    ],
)
def test_norms_that_others_print_wrong(key: str, mean: float, sd: float, low: float, high: float) -> None:
    norm = DEFINITIONS[key].norm
    assert (norm.mean, norm.sd, norm.low, norm.high) == (mean, sd, low, high)


def test_the_challenges_fma_is_not_the_frankfort_angle() -> None:
    challenge, frankfort = DEFINITIONS["isbi.FMA"], DEFINITIONS["FMA"]
    assert "SN-GoGn" in challenge.name
    assert challenge.analysis == "challenge" != frankfort.analysis
    assert not {"Po", "Or"} & set(challenge.landmarks)
    assert {"Po", "Or"} < set(frankfort.landmarks)


def test_a_face_height_ratio_says_which() -> None:
    ratios = [each for each in DEFINITIONS.values() if "ratio(S-Go, N-Me)" in each.formula.text]
    assert {each.key for each in ratios} == {"S-Go/N-Me", "isbi.FHI"}
    assert all("S-Go/N-Me" in each.name for each in ratios)


def test_lower_face_height_to_pogonion_is_not_offered_for_the_one_to_pm() -> None:
    # Ricketts' angle needs Xi and Pm; neither is among the landmarks, so nothing stands in for it.
    assert not [each for each in DEFINITIONS.values() if {"Xi", "Pm"} & set(each.landmarks)]
    assert not [each for each in DEFINITIONS.values() if each.analysis == "ricketts" and "ANS" in each.landmarks]


def test_the_lips_are_not_swapped() -> None:
    assert SCHEME.keys.index("Ls") < SCHEME.keys.index("Li")
    ahead = values(moved(Ls=(50, 0)))
    assert ahead["soft.B_upper"] > values(GOLDEN)["soft.B_upper"]
    assert ahead["soft.B_lower"] == values(GOLDEN)["soft.B_lower"]
