"""Reading DICOM files."""

import io
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, convert_color_space

from napari_dentlm.core.errors import MissingDecoderError, UnreadableImageError
from napari_dentlm.core.imaging.damage import DamageError
from napari_dentlm.core.imaging.dicom_calibration import dicom_calibration
from napari_dentlm.core.imaging.dicom_elements import check_elements
from napari_dentlm.core.imaging.dicom_pixels import (
    MissingCodecError,
    check_pixel_data,
    frame_count,
    stored_frame,
)
from napari_dentlm.core.imaging.dicom_tone import shown_grey
from napari_dentlm.core.imaging.image import Image, identify
from napari_dentlm.core.imaging.tone import single_channel

_MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})


class DicomFrames:
    """The frames of one DICOM file, checked for being whole.

    Parameters
    ----------
    path
        The file.
    data
        Its content.

    Raises
    ------
    DamageError
        When the file is cut short, damaged or holds no picture.
    MissingDecoderError
        When nothing here decodes its transfer syntax.
    """

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        check_elements(data)
        self._dataset = pydicom.dcmread(io.BytesIO(data), force=data[128:132] != b"DICM")
        if self._dataset.file_meta.get("MediaStorageSOPClassUID") == _MEDIA_DIRECTORY:
            raise UnreadableImageError(path, "this is the table of contents of a DICOM medium", "Open its folder.")
        try:
            check_pixel_data(self._dataset)
        except MissingCodecError as error:
            raise MissingDecoderError(path, error.syntax, error.package) from error
        self.count = frame_count(self._dataset)

    def read(self, frame: int) -> Image:
        """Decode one frame.

        Parameters
        ----------
        frame
            0 to ``count - 1``.

        Returns
        -------
        Image
            The frame.

        Raises
        ------
        DamageError
            When the pixels cannot be decoded.
        """
        dataset = self._dataset
        stored, photometric = stored_frame(dataset, frame)
        if photometric in _GREY:
            shown = shown_grey(stored, dataset)
            pixels, window = shown.pixels, shown.window
        else:
            pixels, window = single_channel(_shown_colour(stored, photometric, dataset)), (0.0, 255.0)
        pixels.flags.writeable = False
        return Image(
            path=self._path,
            frame=frame,
            frame_count=self.count,
            image_id=identify(stored),
            pixels=pixels,
            window=window,
            calibration=dicom_calibration(dataset),
            patient_id=str(dataset.get("PatientID") or "") or None,
            modality=str(dataset.get("Modality") or ""),
        )


def _shown_colour(stored: NDArray[np.generic], photometric: str, dataset: Dataset) -> NDArray[np.uint8]:
    """Turn palette, YBR or RGB values into RGB of 8 bit.

    Parameters
    ----------
    stored
        (H, W) palette indices or (H, W, 3) values.
    photometric
        Their photometric interpretation.
    dataset
        The header with the palette.

    Returns
    -------
    NDArray
        (H, W, 3) uint8 RGB.
    """
    if photometric == "PALETTE COLOR":
        colour = apply_color_lut(stored, dataset)[..., :3]
        bits = 8 * colour.dtype.itemsize
    elif photometric.startswith("YBR_FULL"):
        colour, bits = convert_color_space(stored, photometric, "RGB"), 8
    elif photometric == "RGB" and stored.ndim == 3:
        colour, bits = stored, int(dataset.BitsStored)
    else:
        raise DamageError(f"its colours are of the kind '{photometric}', which is not read")
    return np.ascontiguousarray(colour >> max(0, bits - 8), dtype=np.uint8)
