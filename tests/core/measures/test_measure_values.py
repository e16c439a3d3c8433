"""Values of the measures: the golden tracing, and what must hold on every tracing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.measures import Unit, measure
from tests.core.measures.tracings import DEFINITIONS, GOLDEN, annotation, mirrored, rotated, tracings, values

EXPECTED = {
    "SNA": 81.995,
    "SNB": 80.015,
    "ANB": 1.980,
    "FMA": 25.016,
    "SN-GoGn": 27.630,
    "jarabak.SN-GoMe": 30.320,
    "eastman.MMPA": 23.229,
    "kim.FH-palatal": 1.786,
    "downs.facial_angle": 86.359,
    "downs.convexity": 1.952,
    "ricketts.convexity": 0.953,
    "downs.AB_plane": -3.770,
    "downs.Y_axis": 60.698,
    "jarabak.saddle": 122.972,
    "jarabak.articular": 142.391,
    "jarabak.gonial": 124.957,
    "jarabak.sum": 390.320,
    "S-Go/N-Me": 68.845,
    "mcnamara.A-Nperp": -2.734,
    "mcnamara.Pog-Nperp": -7.116,
    "mcnamara.Co-A": 90.139,
    "mcnamara.Co-Gn": 117.091,
    "wits.AO-BO": 2.574,
    "steiner.SN-OP": 9.210,
    "downs.occlusal_cant": 3.905,
    "incisors.U1-SN": 107.326,
    "eastman.U1-Mx": 114.416,
    "tweed.IMPA": 97.862,
    "tweed.FMIA": 57.122,
    "steiner.interincisal": 124.492,
    "steiner.U1-NA_deg": 25.330,
    "steiner.U1-NA_mm": 4.377,
    "steiner.L1-NB_deg": 28.197,
    "steiner.L1-NB_mm": 4.589,
    "steiner.Pog-NB": 2.032,
    "downs.U1-APog": 5.238,
    "ricketts.L1-APog_mm": 2.573,
    "ricketts.E_upper": -2.691,
    "ricketts.E_lower": -1.664,
    "incisors.overjet": 2.468,
    "incisors.overbite": 2.531,
    "kim.ODI": 74.182,
    "kim.APDI": 84.375,
}


@pytest.mark.parametrize("key", EXPECTED)
def test_the_golden_tracing(key: str) -> None:
    assert values(GOLDEN)[key] == pytest.approx(EXPECTED[key], abs=0.001)


def test_the_golden_film() -> None:
    measured = {each.definition.key: each for each in measure(annotation(), Calibration.user(0.1))}
    for key, expected in EXPECTED.items():
        if key in measured:
            assert measured[key].value == pytest.approx(expected, abs=0.001)
    assert len(measured) == 62
    assert measured["S-Go/N-Me"].text == "68.8 %"
    assert measured["SNA"].text == "82.0°"
    assert measured["steiner.U1-NA_mm"].text == "4.4 mm"
    assert measured["isbi.FHI"].text == "0.69"


@given(tracings)
def test_triangles_and_quadrangles_close(points) -> None:
    v = values(points)
    assert v["FMA"] + v["tweed.IMPA"] + v["tweed.FMIA"] == pytest.approx(180)
    assert v["jarabak.sum"] - 360 == pytest.approx(v["jarabak.SN-GoMe"])
    assert v["FMA"] - v["kim.FH-palatal"] == pytest.approx(v["eastman.MMPA"])
    quadrangle = v["eastman.U1-Mx"] + v["tweed.IMPA"] + v["eastman.MMPA"] + v["steiner.interincisal"]
    assert quadrangle == pytest.approx(360)
    assert v["SNA"] - v["SNB"] == pytest.approx(v["ANB"])
    assert v["jarabak.upper_gonial"] + v["jarabak.lower_gonial"] == pytest.approx(v["jarabak.gonial"])


@given(tracings)
def test_a_mirrored_film_has_the_same_measures(points) -> None:
    assert values(mirrored(points)) == pytest.approx(values(points), abs=1e-6)


@given(tracings, st.floats(-180, 180), st.booleans())
def test_a_turned_film_has_the_same_measures(points, degrees: float, mirror: bool) -> None:
    turned = rotated(mirrored(points) if mirror else points, degrees)
    assert values(turned) == pytest.approx(values(points), abs=1e-6)


@given(tracings, st.floats(0.01, 5))
def test_size_changes_lengths_only(points, scale: float) -> None:
    before, after = values(points), values(points, 0.1 * scale)
    for key, definition in DEFINITIONS.items():
        if before[key] is not None:
            factor = scale if definition.unit is Unit.MM else 1
            assert after[key] == pytest.approx(factor * before[key], rel=1e-6, abs=1e-6)


@given(tracings, st.floats(0.05, 0.3), st.floats(0.05, 0.3))
def test_pixels_that_are_not_square(points, row_mm: float, column_mm: float) -> None:
    # The same head on a film whose pixels are higher or wider than 0.1 mm.
    film = {key: (x * 0.1 / column_mm, y * 0.1 / row_mm) for key, (x, y) in points.items()}
    calibration = Calibration(row_mm, column_mm, Calibration.user(1).source)
    expected = values(points)
    for each in measure(annotation(film), calibration):
        assert each.value == pytest.approx(expected[each.definition.key], abs=1e-6)


def test_only_the_calibration_tells_that_pixels_are_not_square() -> None:
    film = {key: (x / 2, y) for key, (x, y) in GOLDEN.items()}
    with_scale = measure(annotation(film), Calibration(0.1, 0.2, Calibration.user(1).source), ["SNA"])[0]
    without = measure(annotation(film), None, ["SNA"])[0]
    assert with_scale.value == pytest.approx(81.995, abs=0.001)
    assert abs(without.value - 81.995) > 3
