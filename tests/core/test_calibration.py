import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.errors import CalibrationError

spacings = st.floats(1e-3, 10)
coordinates = st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000))


@given(row=spacings, column=spacings, a=coordinates, b=coordinates)
def test_distance_is_a_metric_that_scales_rows_and_columns_apart(row, column, a, b):
    calibration = Calibration(row, column, SpacingSource.RULER)
    distance = calibration.distance_mm(a, b)
    assert distance == calibration.distance_mm(b, a)
    expected = np.hypot((a[0] - b[0]) * column, (a[1] - b[1]) * row)
    assert distance == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert calibration.distance_mm(a, a) == 0


@given(mm=spacings, a=coordinates, b=coordinates, c=coordinates)
def test_triangle_inequality(mm, a, b, c):
    calibration = Calibration.user(mm)
    assert calibration.distance_mm(a, c) <= calibration.distance_mm(a, b) + calibration.distance_mm(b, c) + 1e-6


def test_x_goes_with_the_column_spacing():
    calibration = Calibration(row_mm=0.2, column_mm=0.1, source=SpacingSource.PIXEL_SPACING)
    assert calibration.to_mm([[10, 10], [np.nan, 1]]) == pytest.approx(np.array([[1, 2], [np.nan, 0.2]]), nan_ok=True)


def test_without_a_calibration_millimetres_are_absent_not_zero():
    calibration = Calibration.none("nobody knows", offered_mm=(0.1, 0.1))
    assert not calibration.is_known
    assert calibration.to_mm([[1, 2]]) is None
    assert calibration.distance_mm((0, 0), (1, 1)) is None
    assert calibration.reason == "nobody knows"


def test_sources():
    assert Calibration.user(0.1).source is SpacingSource.USER
    assert Calibration.dataset(0.1).source is SpacingSource.DATASET
    assert Calibration.dataset(0.1).is_known
    assert [str(source) for source in SpacingSource] == [
        "pixel_spacing",
        "imager_spacing_corrected",
        "ruler",
        "user",
        "dataset",
        "none",
    ]


@pytest.mark.parametrize("value", [0, -0.1, np.nan, np.inf])
def test_impossible_spacings_are_refused(value):
    with pytest.raises(CalibrationError, match="positive"):
        Calibration.user(value)
    with pytest.raises(CalibrationError, match="positive"):
        Calibration.none("", offered_mm=(0.1, value))


def test_contradictions_are_refused():
    with pytest.raises(CalibrationError):
        Calibration(0.1, 0.1, SpacingSource.NONE)
    with pytest.raises(CalibrationError):
        Calibration(None, 0.1, SpacingSource.USER)
    with pytest.raises(CalibrationError):
        Calibration(0.1, 0.1, SpacingSource.USER, offered_mm=(0.1, 0.1))
