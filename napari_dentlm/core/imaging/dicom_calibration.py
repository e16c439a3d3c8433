"""Millimetres per pixel from a DICOM header, by the rules of DICOM PS3.3.

* PixelSpacing with a PixelSpacingCalibrationType (GEOMETRY or FIDUCIAL) is a length in the patient: it
  counts.
* PixelSpacing that differs from ImagerPixelSpacing or NominalScannedPixelSpacing has been corrected or
  calibrated (section 10.7.1.1 says so): it counts. But a larger one cannot be a length in the patient, who is
  nearer to the tube than the detector: the image was made smaller, and nobody corrected anything.
* PixelSpacing equal to one of them, without a type, is a length on the detector or on the film: it does not.
* PixelSpacing alone: for CT, MR, PET and 3D X-ray volumes it is a length in the patient by definition (Image
  Plane Module): it counts. For projection radiographs and secondary captures "it cannot be determined whether
  or not correction or calibration have been performed" (10.7.1.1): it does not.
* ImagerPixelSpacing counts only divided by a stated magnification of at least 1: the
  EstimatedRadiographicMagnificationFactor, else the distance source-detector over source-patient.
* A spacing that is 0, negative or not a number never counts.

What does not count is offered to the dentist with the reason (`Calibration.offered_mm`).
"""

import math

from pydicom.dataset import Dataset

from napari_dentlm.core.calibration import Calibration, SpacingSource

_CALIBRATION_TYPES = frozenset({"GEOMETRY", "FIDUCIAL"})
_SAME = 2e-3
"""Spacings that differ by less than this share are the same number, rounded differently."""

_VOLUME_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.2",  # CT
        "1.2.840.10008.5.1.4.1.1.4",  # MR
        "1.2.840.10008.5.1.4.1.1.128",  # PET
        "1.2.840.10008.5.1.4.1.1.13.1.1",  # X-ray 3D angiographic
        "1.2.840.10008.5.1.4.1.1.13.1.2",  # X-ray 3D craniofacial
    }
)

Spacing = tuple[float, float]


def dicom_calibration(dataset: Dataset) -> Calibration:
    """Find the calibration that a DICOM header justifies.

    Parameters
    ----------
    dataset
        The header.

    Returns
    -------
    Calibration
        Of source ``pixel_spacing`` or ``imager_spacing_corrected``; or none, with the reason in words and,
        where the header has a positive spacing, with that spacing on offer.
    """
    pixel = _spacing(dataset, "PixelSpacing")
    imager = _spacing(dataset, "ImagerPixelSpacing")
    reference = imager or _spacing(dataset, "NominalScannedPixelSpacing")
    if pixel is not None:
        accepted = _why_pixel_spacing_counts(dataset, pixel, reference)
        if accepted:
            return Calibration(*pixel, SpacingSource.PIXEL_SPACING, accepted)
    magnification, doubt = _magnification(dataset)
    if imager is not None and magnification is not None:
        corrected = imager[0] / magnification, imager[1] / magnification
        reason = f"Detector spacing divided by the stated magnification {magnification:g}."
        return Calibration(*corrected, SpacingSource.IMAGER_SPACING_CORRECTED, reason)
    return Calibration.none(_why_not(dataset, pixel, imager, doubt), offered_mm=pixel or imager or reference)


def _why_pixel_spacing_counts(dataset: Dataset, pixel: Spacing, reference: Spacing | None) -> str:
    """The reason why PixelSpacing is a length in the patient; empty when it is not known to be one."""
    kind = str(dataset.get("PixelSpacingCalibrationType") or "").strip().upper()
    if kind in _CALIBRATION_TYPES:
        return f"Calibrated by the device ({kind})."
    if reference is None:
        is_volume = str(dataset.get("SOPClassUID") or "") in _VOLUME_CLASSES
        return "Pixel size of a volume image." if is_volume else ""
    if _is_same(pixel, reference) or _is_larger(pixel, reference):
        return ""
    return "Corrected by the device: it is smaller than the detector spacing."


def _why_not(dataset: Dataset, pixel: Spacing | None, imager: Spacing | None, doubt: str) -> str:
    """Say in words why there is no calibration."""
    if pixel is None and imager is None:
        stated = [name for name in ("PixelSpacing", "ImagerPixelSpacing") if dataset.get(name) is not None]
        if stated:
            return f"{stated[0]} is not a positive length."
        return "The DICOM file states no calibrated pixel spacing."
    if pixel is None:
        return f"Only the spacing on the detector is stated, {doubt}."
    if imager is None and dataset.get("NominalScannedPixelSpacing") is None:
        return "PixelSpacing is stated, but not whether it holds in the patient or on the detector."
    if any(_is_larger(pixel, each) for each in (imager, _spacing(dataset, "NominalScannedPixelSpacing")) if each):
        return "PixelSpacing is larger than the spacing at which the image was taken: it was made smaller since."
    where = "on the film" if imager is None else "on the detector"
    return f"PixelSpacing is only the spacing {where}, {doubt}."


def _magnification(dataset: Dataset) -> tuple[float | None, str]:
    """The stated magnification; or None and a clause that says what is wrong with it."""
    magnification = _number(dataset.get("EstimatedRadiographicMagnificationFactor"))
    if magnification is None:
        detector = _number(dataset.get("DistanceSourceToDetector"))
        patient = _number(dataset.get("DistanceSourceToPatient"))
        if detector is None or patient is None or patient <= 0:
            return None, "without the magnification"
        magnification = detector / patient
    if magnification < 1:
        # Nearer to the tube than the detector, an object cannot be shown smaller than it is.
        return None, f"and the stated magnification {magnification:g} is impossible"
    return magnification, ""


def _spacing(dataset: Dataset, keyword: str) -> Spacing | None:
    """A (row, column) spacing in mm; None where it is absent, incomplete or not positive."""
    value = dataset.get(keyword)
    if value is None or isinstance(value, str) or not hasattr(value, "__len__") or len(value) != 2:
        return None
    row, column = _number(value[0]), _number(value[1])
    if row is None or column is None or row <= 0 or column <= 0:
        return None
    return row, column


def _number(value: object) -> float | None:
    """A finite number, or None."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _is_same(a: Spacing, b: Spacing) -> bool:
    """Whether two spacings are the same but for rounding."""
    return all(math.isclose(x, y, rel_tol=_SAME) for x, y in zip(a, b, strict=True))


def _is_larger(a: Spacing, b: Spacing) -> bool:
    """Whether a spacing is larger than another one by more than rounding."""
    return any(x > y * (1 + _SAME) for x, y in zip(a, b, strict=True))
