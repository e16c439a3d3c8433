"""Every error a user can meet.

``str(error)`` is one or two plain sentences: to which file, what happened, what to do. Only the file's name
is in the text, because the folders above it often carry a patient's name; the full path is in ``error.path``.
"""

import errno
from os import PathLike
from pathlib import Path

PathInput = str | PathLike[str]
"""A path as callers may give it."""

NO_RIGHT = (errno.EACCES, errno.EPERM, errno.EROFS)
"""What the system says where a file may not be read or written."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
"""What the system says where nothing more can be written."""


class DentLMError(Exception):
    """Base of all errors that are meant for the user's eyes."""


class UnreadableImageError(DentLMError):
    """A file that should be an image cannot be read, or cannot be read whole.

    Parameters
    ----------
    path
        The file.
    found
        What was found, as a clause without a full stop.
    advice
        What to do, as a sentence.
    """

    def __init__(self, path: PathInput, found: str, advice: str = "Export or copy the image again.") -> None:
        # The arguments go to Exception unchanged, so that the error survives pickling between processes.
        super().__init__(path, found, advice)
        self.path = Path(path)
        self.found = found
        self.advice = advice

    def __str__(self) -> str:
        """The file's name, what was found, what to do."""
        return f"{self.path.name}: {self.found}. {self.advice}"


class MissingDecoderError(UnreadableImageError):
    """The DICOM transfer syntax of a file has no decoder here.

    Parameters
    ----------
    path
        The file.
    syntax
        Name of the transfer syntax.
    package
        The Python package that decodes it; empty when none is known.
    """

    def __init__(self, path: PathInput, syntax: str, package: str = "") -> None:
        advice = f"Run: pip install {package}" if package else "Export the image uncompressed."
        super().__init__(path, f"no decoder for the DICOM transfer syntax {syntax}", advice)
        self.args = (path, syntax, package)
        self.syntax = syntax
        self.package = package


class SchemaError(DentLMError):
    """Data do not follow their format or scheme.

    Parameters
    ----------
    reason
        What is wrong, as a sentence or clause.
    path
        The file, where there is one.
    row
        Row number in the file as a spreadsheet shows it, counted from 1.
    """

    def __init__(self, reason: str, path: PathInput | None = None, row: int | None = None) -> None:
        super().__init__(reason, path, row)
        self.reason = reason
        self.path = None if path is None else Path(path)
        self.row = row

    def __str__(self) -> str:
        """The file's name, the row, the reason."""
        places = [] if self.path is None else [self.path.name]
        if self.row is not None:
            places.append(f"row {self.row}")
        return f"{', '.join(places)}: {self.reason}" if places else self.reason


class UnknownFormatError(SchemaError):
    """No exchange format has the ending of this file."""


class JournalError(DentLMError):
    """A sidecar cannot be read or written."""


class BundleError(DentLMError):
    """A bundle is missing, damaged, or of an unknown version or scheme."""


class CalibrationError(DentLMError):
    """A spacing that is not a positive length."""


class TrainingError(DentLMError):
    """Training cannot start or go on."""


def sentence_of(error: Exception, path: PathInput | None = None) -> str:
    """What an error says to a user: an error of the system in words, with the file's name and none of its folders.

    Parameters
    ----------
    error
        The error; its own text counts when it is not the system's.
    path
        The file; by default the one that the system names.
    """
    if not isinstance(error, OSError):
        return str(error)
    named = path if path is not None else error.filename
    name = Path(named).name if isinstance(named, str | PathLike) else ""
    meaning = _meaning(error)
    return f"{name}: {meaning}" if name else meaning[0].upper() + meaning[1:]


def _meaning(error: OSError) -> str:
    if error.errno in DISK_FULL:
        return "the disk is full. Free some space, then try again."
    if error.errno in NO_RIGHT:
        return "you have no right to open or change it. Ask for that right, or work on a copy on this computer."
    if error.errno == errno.ENOENT:
        return "it is not there any more. Look whether its disk or network folder is connected."
    reason = error.strerror or type(error).__name__
    return f"the system refused it ({reason}). Check the disk or the network, then try again."
