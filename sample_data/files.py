"""Generated films as files: a grey JPEG or a DICOM film, and the truth beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless, SecondaryCaptureImageStorage, generate_uid

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.calibration import Calibration, SpacingSource
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats import landmark_csv
from napari_dentlm.core.imaging.image import identify
from napari_dentlm.core.scheme import FILM, load_scheme
from sample_data.film import KEYS, SPACING_MM, GeneratedFilm

JPEG_QUALITY = 88
PATIENT = "SAMPLE"
READER = "truth"


def write_films(
    films: Iterable[GeneratedFilm], folder: Path, *, dicom: frozenset[int], mirrored: frozenset[int]
) -> Path:
    """Write films and their truth.csv into a folder.

    Parameters
    ----------
    films : iterable of GeneratedFilm
        What to write.
    folder : Path
        Made when missing.
    dicom, mirrored : frozenset of int
        Seeds that become DICOM files, and seeds that face left.

    Returns
    -------
    Path
        The truth.csv.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[landmark_csv.LandmarkRow] = []
    for film in films:
        shown = mirror(film) if film.seed in mirrored else film
        path = folder / f"film_{film.seed}.{'dcm' if film.seed in dicom else 'jpg'}"
        stored = write_dicom(shown, path) if film.seed in dicom else write_jpeg(shown, path)
        rows += _truth_rows(shown, path, stored)
    truth = folder / "truth.csv"
    landmark_csv.write(truth, rows)
    return truth


def mirror(film: GeneratedFilm) -> GeneratedFilm:
    """Return the film facing left."""
    points = film.points * [-1, 1] + [film.pixels.shape[1] - 1, 0]
    return GeneratedFilm(film.seed, np.ascontiguousarray(film.pixels[:, ::-1]), points, film.spacing_mm)


def write_jpeg(film: GeneratedFilm, path: Path) -> NDArray[np.uint8]:
    """Write a grey JPEG and return its pixels (height, width) as they read back."""
    done, coded = cv2.imencode(".jpg", film.pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise OSError(f"{path.name} could not be coded as JPEG")
    write_bytes(path, coded.tobytes())
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_UNCHANGED), dtype=np.uint8)


def write_dicom(film: GeneratedFilm, path: Path) -> NDArray[np.uint8]:
    """Write a lossless DICOM film with its spacing and return its pixels (height, width)."""
    dataset = _dataset(film)
    dataset.compress(JPEGLSLossless, generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)
    return film.pixels


def _dataset(film: GeneratedFilm) -> Dataset:
    """Return the uncompressed secondary capture of a film; it names no person, place or date."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    study, series, instance = (
        generate_uid(entropy_srcs=["napari-dentlm sample", str(film.seed), part])
        for part in ("study", "series", "instance")
    )
    ds.StudyInstanceUID, ds.SeriesInstanceUID = study, series
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = instance
    ds.PatientID, ds.PatientName = PATIENT, "Sample^Generated"
    ds.PatientBirthDate = ds.PatientSex = ds.StudyDate = ds.StudyTime = ""
    ds.StudyID = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.Modality, ds.ConversionType = "CR", "SYN"
    ds.SeriesNumber, ds.InstanceNumber = 1, film.seed
    ds.ImageComments = "Generated film, no patient"
    ds.PixelSpacing = [film.spacing_mm, film.spacing_mm]
    ds.PixelSpacingCalibrationType = "GEOMETRY"
    ds.PixelSpacingCalibrationDescription = "Generated at this spacing"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = film.pixels.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    # Pixel data has even length by the standard.
    ds.PixelData = film.pixels.tobytes() + b"\0" * (film.pixels.size % 2)
    return ds


def _truth_rows(film: GeneratedFilm, path: Path, stored: NDArray[np.uint8]) -> list[landmark_csv.LandmarkRow]:
    """Return the 19 rows of one film's truth; a hundredth of a pixel is exact enough to read."""
    marks = [
        Landmark(key, State.PLACED, Point(*np.round(point, 2)), origin=f"reader:{READER}")
        for key, point in zip(KEYS, film.points, strict=True)
    ]
    annotation = Annotation.of(load_scheme(FILM), identify(stored), marks, annotator=READER)
    source = SpacingSource.PIXEL_SPACING if path.suffix == ".dcm" else SpacingSource.USER
    calibration = Calibration(SPACING_MM, SPACING_MM, source)
    size = (film.pixels.shape[1], film.pixels.shape[0])
    return landmark_csv.rows_of(
        annotation,
        image=path.name,
        image_size=size,
        calibration=calibration,
        patient=f"{PATIENT}-{film.seed}",
    )
