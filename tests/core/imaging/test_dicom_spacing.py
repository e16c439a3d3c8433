import pytest
from film_files import dataset_of, film, save
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.imaging import read_image
from napari_dentlm.core.imaging.dicom_calibration import dicom_calibration


def header(**elements: object) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    for name, value in elements.items():
        setattr(dataset, name, value)
    return dataset


COUNTS = {
    "typed": ({"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "GEOMETRY"}, (0.2, 0.1), "pixel_spacing"),
    "typed and equal": (
        {"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
        (0.1, 0.1),
        "pixel_spacing",
    ),
    "differs from detector": (
        {"PixelSpacing": [0.09, 0.09], "ImagerPixelSpacing": [0.1, 0.1]},
        (0.09, 0.09),
        "pixel_spacing",
    ),
    "differs from scanner": (
        {"PixelSpacing": [0.09, 0.09], "NominalScannedPixelSpacing": [0.1, 0.1]},
        (0.09, 0.09),
        "pixel_spacing",
    ),
    "detector over factor": (
        {"ImagerPixelSpacing": [0.11, 0.22], "EstimatedRadiographicMagnificationFactor": 1.1},
        (0.1, 0.2),
        "imager_spacing_corrected",
    ),
    "detector over distances": (
        {"ImagerPixelSpacing": [0.11, 0.11], "DistanceSourceToDetector": 1650, "DistanceSourceToPatient": 1500},
        (0.1, 0.1),
        "imager_spacing_corrected",
    ),
    "equal but with factor": (
        {
            "PixelSpacing": [0.11, 0.11],
            "ImagerPixelSpacing": [0.11, 0.11],
            "EstimatedRadiographicMagnificationFactor": 1.1,
        },
        (0.1, 0.1),
        "imager_spacing_corrected",
    ),
    "volume": ({"PixelSpacing": [0.3, 0.3], "SOPClassUID": uid.CTImageStorage}, (0.3, 0.3), "pixel_spacing"),
}

DOES_NOT_COUNT = {
    "nothing": ({}, "states no", None),
    "equal": ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.1, 0.1]}, "only the spacing on the detector", 0.1),
    "equal to the scanner's": (
        {"PixelSpacing": [0.1, 0.1], "NominalScannedPixelSpacing": [0.1, 0.1]},
        "only the spacing on the film",
        0.1,
    ),
    "alone": ({"PixelSpacing": [0.1, 0.1]}, "not whether", 0.1),
    "alone in a secondary capture": (
        {"PixelSpacing": [0.1, 0.1], "SOPClassUID": uid.SecondaryCaptureImageStorage},
        "not whether",
        0.1,
    ),
    "detector only": ({"ImagerPixelSpacing": [0.1, 0.1]}, "without the magnification", 0.1),
    "shrinking": (
        {"ImagerPixelSpacing": [0.1, 0.1], "EstimatedRadiographicMagnificationFactor": 0.5},
        "impossible",
        0.1,
    ),
    "made smaller": (
        {"PixelSpacing": [0.5, 0.5], "ImagerPixelSpacing": [0.1, 0.1]},
        "larger than the spacing at which",
        0.5,
    ),
    "zero": ({"PixelSpacing": [0, 0]}, "not a positive length", None),
    "zero although typed": (
        {"PixelSpacing": [0, 0.1], "PixelSpacingCalibrationType": "GEOMETRY"},
        "not a positive length",
        None,
    ),
    "negative": ({"ImagerPixelSpacing": [-0.1, 0.1]}, "not a positive length", None),
    "one number": ({"PixelSpacing": 0.1}, "not a positive length", None),
}


@pytest.mark.parametrize("case", COUNTS)
def test_spacings_that_count(case):
    elements, spacing, source = COUNTS[case]
    calibration = dicom_calibration(header(**elements))
    assert (calibration.row_mm, calibration.column_mm) == pytest.approx(spacing)
    assert calibration.source == source
    assert calibration.reason


@pytest.mark.parametrize("case", DOES_NOT_COUNT)
def test_spacings_that_do_not_count_are_offered_with_the_reason(case):
    elements, reason, offered = DOES_NOT_COUNT[case]
    calibration = dicom_calibration(header(**elements))
    assert calibration.source is SpacingSource.NONE
    assert reason in calibration.reason
    assert calibration.offered_mm == (None if offered is None else (offered, offered))


@given(
    spacing=st.floats(0.01, 1),
    magnification=st.floats(1, 2),
    a=st.tuples(st.floats(0, 3000), st.floats(0, 3000)),
    b=st.tuples(st.floats(0, 3000), st.floats(0, 3000)),
)
def test_a_magnified_film_measures_smaller(spacing, magnification, a, b):
    dataset = header(
        ImagerPixelSpacing=[f"{spacing:.8g}"] * 2,
        EstimatedRadiographicMagnificationFactor=f"{magnification:.8g}",
    )
    distance = dicom_calibration(dataset).distance_mm(a, b)
    pixels = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5
    assert distance == pytest.approx(pixels * spacing / magnification, rel=1e-6, abs=1e-9)


def test_the_image_carries_the_calibration(tmp_path):
    dataset = dataset_of(film())
    dataset.PixelSpacing = [0.1, 0.1]
    dataset.PixelSpacingCalibrationType = "FIDUCIAL"
    dataset.PixelSpacingCalibrationDescription = "ball"
    image = read_image(save(dataset, tmp_path / "film.dcm"))
    assert image.calibration.distance_mm((0, 0), (30, 40)) == pytest.approx(5)
