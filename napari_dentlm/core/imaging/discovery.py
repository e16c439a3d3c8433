"""Finding image files in folders and on DICOM media."""

import os
import re
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

from napari_dentlm.core.errors import PathInput, UnreadableImageError
from napari_dentlm.core.imaging.damage import DECODER_ERRORS, quiet
from napari_dentlm.core.imaging.source import DICOM_ENDINGS, FOREIGN_ENDINGS, RASTER_ENDINGS

OUTPUT_MARK = ".dentlm."
"""Part of the name of every file that the project writes beside images (sidecars, overlays)."""

_DICOMDIR = "DICOMDIR"
_DIGITS = re.compile(r"(\d+)")


def is_image_file(path: PathInput) -> bool:
    """Tell cheaply whether a file looks like an image: by its ending, else by DICOM's mark.

    Parameters
    ----------
    path
        Any path.

    Returns
    -------
    bool
        False for folders, pipes, unreadable files, DICOMDIR and the project's own outputs. True says nothing
        about the picture being whole.
    """
    path = Path(path)
    if path.name.upper() == _DICOMDIR or OUTPUT_MARK in path.name or not os.path.isfile(path):
        return False
    if path.suffix.lower() in DICOM_ENDINGS | RASTER_ENDINGS | FOREIGN_ENDINGS:
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(132)[128:] == b"DICM"
    except OSError:
        return False


def image_paths(path: PathInput) -> list[Path]:
    """List the image files that a path stands for.

    Parameters
    ----------
    path
        A file (taken as it is), a DICOMDIR (the images that it lists, also missing ones, so that they are
        reported) or a folder (searched with its subfolders).

    Returns
    -------
    list of Path
        In natural order (``2.jpg`` before ``10.jpg``). Of a folder: without hidden files and folders, and
        without the project's own outputs, but with subfolders that cannot be read, so that they are reported.

    Raises
    ------
    UnreadableImageError
        When there is no such path, or a DICOMDIR is damaged.
    """
    path = Path(path)
    if path.is_dir():
        # A folder that cannot be read stands for its images: reading it says what is wrong.
        found = [file for file in _files_below(path) if os.path.isdir(file) or is_image_file(file)]
        return sorted(found, key=lambda file: natural_key(file.relative_to(path)))
    if not path.exists():
        raise UnreadableImageError(path, "there is no such file or folder", "Check the name.")
    return _listed_in(path) if path.name.upper() == _DICOMDIR else [path]


def natural_key(path: Path) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """Key that sorts paths part by part, numbers by value and letters without case."""
    return tuple(
        tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in _pieces(part))
        for part in path.parts
    )


def _pieces(part: str) -> list[str]:
    """Split a name into runs of digits and of other characters."""
    return [piece for piece in _DIGITS.split(part.casefold()) if piece]


def _files_below(root: Path) -> list[Path]:
    """All files below a folder that are not hidden, and the folders that cannot be read; no links to folders."""
    files: list[Path] = []

    def note(error: OSError) -> None:
        files.append(Path(error.filename))

    for folder, subfolders, names in os.walk(root, onerror=note):
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        files += [Path(folder, name) for name in names if not name.startswith(".")]
    return files


def _listed_in(dicomdir: Path) -> list[Path]:
    """The image files that a DICOMDIR lists."""
    try:
        with quiet():
            records = pydicom.dcmread(dicomdir).get("DirectoryRecordSequence", [])
            listed = [_referenced_file(dicomdir.parent, record) for record in records]
    except DECODER_ERRORS as error:
        raise UnreadableImageError(dicomdir, "the DICOMDIR is damaged", "Open its folder instead.") from error
    found = {file for file in listed if file is not None}
    return sorted(found, key=natural_key)


def _referenced_file(root: Path, record: Dataset) -> Path | None:
    """The file of one record; None when it is no image or points outside the DICOMDIR's folder."""
    names = record.get("ReferencedFileID")
    if record.get("DirectoryRecordType") != "IMAGE" or not names:
        return None
    parts = [names] if isinstance(names, str) else [str(name) for name in names]
    if any(part in ("", ".", "..") or "/" in part or "\\" in part for part in parts):
        return None
    path = root
    for part in parts:
        path = _child(path, part)
    return path


def _child(folder: Path, name: str) -> Path:
    """``folder / name``; CDs copied to Linux often have the listed names in small letters."""
    exact = folder / name
    if exact.exists() or not folder.is_dir():
        return exact
    alike = [entry for entry in folder.iterdir() if entry.name.casefold() == name.casefold()]
    return alike[0] if alike else exact
