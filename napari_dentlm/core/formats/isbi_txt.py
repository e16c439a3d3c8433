"""Text files of the ISBI 2015 challenge: ``NNN.txt`` with 19 lines ``x,y``, then eight class lines.

Coordinates are taken as they stand: pixels from the top left, whole numbers as pixel centres, 0.1 mm per
pixel. The class lines (ANB, SNB, SNA, ODI, APDI, FHI, FMA, MW) are the challenge's and follow from the
points: they are neither kept nor written. The text knows no states and no unknown scale: see `losses`.
"""

import math
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats.contours import lost_contours, midpoints
from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line, parse_float, read_text
from napari_dentlm.core.formats.rows import LandmarkRow, listed
from napari_dentlm.core.scheme import FILM, load_scheme

MM_PER_PIXEL = 0.1
CALIBRATION = Calibration.dataset(MM_PER_PIXEL)
_READER_PREFIX = "400_"


def read_points(path: PathInput) -> NDArray[np.float64]:
    """Points of one file.

    Returns
    -------
    (19, 2) float64
        x then y, pixels, in the challenge's order.

    Raises
    ------
    SchemaError
        Naming the row, when it is not two numbers or there are fewer than 19.
    """
    lines = read_text(path).splitlines()
    count = len(load_scheme(FILM).keys)
    if len(lines) < count:
        raise SchemaError(f"{len(lines)} lines, but the first {count} hold one point each", path)
    return np.array([_numbers(line, path, row) for row, line in enumerate(lines[:count], start=1)])


def read_isbi_folder(annotations_dir: PathInput) -> dict[str, dict[int, NDArray[np.float64]]]:
    """Points of every reader and film below a folder of reader folders (``senior`` or ``400_senior``, ...).

    Returns
    -------
    dict
        Reader, then film number, to (19, 2) float64, x then y, pixels.

    Raises
    ------
    SchemaError
        When a file is damaged, or there are no numbered files at all.
    """
    readers = _reader_folders(Path(annotations_dir))
    if not readers:
        raise SchemaError("no reader folders with numbered text files in this folder", annotations_dir)
    return {reader: {int(file.stem): read_points(file) for file in files} for reader, files in readers.items()}


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of one file, of a folder of files, or of a folder of reader folders.

    `image` is the number without a file ending, because the text does not name the image; the annotator is
    the name of a folder in the folder of reader folders. A file or folder of files named by itself has one
    only where it is the challenge's own (``senior``, ``junior``): other folders are named after patients.
    """
    path = Path(path)
    if path.is_file():
        return _rows(path, _challenge_reader(path.parent))
    if not path.is_dir():
        raise SchemaError("there is no such file or folder", path)
    files = [(file, _challenge_reader(path)) for file in _numbered_files(path)]
    files += [(file, reader) for reader, own in _reader_folders(path).items() for file in own]
    if not files:
        raise SchemaError("no numbered text files in this folder", path)
    return [row for file, reader in files for row in _rows(file, reader)]


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write one text file per image into the folder `path`, or the only image into the file ``path.txt``.

    Raises
    ------
    SchemaError
        When a point is missing or has another spacing than 0.1 mm, which the format cannot express, or two
        annotations would have one file; nothing is written then. What `losses` names is no error here.
    """
    path = Path(path)
    texts = _texts(midpoints(rows), path)
    if path.suffix.lower() == ".txt":
        if len(texts) != 1:
            raise SchemaError(f"{len(texts)} images do not fit one text file; name a folder", path)
        write_bytes(path, next(iter(texts.values())))
        return
    path.mkdir(parents=True, exist_ok=True)
    for stem, text in texts.items():
        write_bytes(path / f"{stem}.txt", text)


def losses(rows: Iterable[LandmarkRow]) -> list[str]:
    """What of `rows` would be lost or read back as something else, one clause each; empty when nothing would."""
    rows = list(rows)
    predicted = [f"{row.landmark} of {row.image}" for row in rows if row.state is State.PREDICTED]
    unscaled = dict.fromkeys(row.image for row in rows if row.spacing_x_mm is None)
    found = []
    if predicted:
        found.append(f"predicted points come back as placed by a reader ({listed(predicted)})")
    if unscaled:
        found.append(f"an unknown scale comes back as {MM_PER_PIXEL:g} mm per pixel ({listed(list(unscaled))})")
    return found + lost_contours(rows)


def _texts(rows: list[LandmarkRow], path: Path) -> dict[str, bytes]:
    images: dict[tuple[str, int, int, str], dict[str, LandmarkRow]] = {}
    for row in rows:
        if row.scheme != FILM:
            raise SchemaError(f"the ISBI text format holds {FILM}, not {row.scheme}", path)
        if any(mm is not None and not math.isclose(mm, MM_PER_PIXEL) for mm in (row.spacing_x_mm, row.spacing_y_mm)):
            reason = f"the ISBI text format holds films of {MM_PER_PIXEL:g} mm per pixel; {row.image} has another"
            raise SchemaError(reason, path)
        landmarks = images.setdefault((row.image, row.frame, row.instance, row.annotator), {})
        if row.landmark in landmarks:
            raise SchemaError(f"{row.landmark} of {row.image} would stand in the file twice", path)
        landmarks[row.landmark] = row
    texts: dict[str, bytes] = {}
    named: dict[str, str] = {}
    for (image, *_), landmarks in images.items():
        stem = Path(image).stem
        if (other := named.setdefault(stem, image)) != image:
            raise SchemaError(f"{other} and {image} would both be {stem}.txt; convert each from its own table", path)
        if stem in texts:
            raise SchemaError(f"{stem} has more than one annotation; choose one reader", path)
        texts[stem] = _text(stem, landmarks, path)
    return texts


def _text(stem: str, landmarks: dict[str, LandmarkRow], path: Path) -> bytes:
    lines = []
    for key in load_scheme(FILM).keys:
        row = landmarks.get(key)
        if row is None or row.x is None:
            raise SchemaError(f"{stem} has no {key}; the ISBI text format cannot leave a point out", path)
        lines.append(csv_line((row.x, row.y)))
    return csv_bytes(lines)


def _rows(file: Path, annotator: str) -> list[LandmarkRow]:
    points = read_points(file)
    return [
        LandmarkRow(
            image=file.stem,
            spacing_x_mm=CALIBRATION.column_mm,
            spacing_y_mm=CALIBRATION.row_mm,
            spacing_source=CALIBRATION.source,
            scheme=FILM,
            landmark=key,
            x=float(x),
            y=float(y),
            x_mm=float(x) * MM_PER_PIXEL,
            y_mm=float(y) * MM_PER_PIXEL,
            state=State.PLACED,
            origin=f"reader:{annotator}" if annotator else "",
            annotator=annotator,
        )
        for key, (x, y) in zip(load_scheme(FILM).keys, points, strict=True)
    ]


def _numbers(line: str, path: PathInput, row: int) -> tuple[float, float]:
    parts = [part.strip() for part in line.split(",")]
    try:
        x, y = (parse_float(part) for part in parts)
    except ValueError as error:
        raise SchemaError(f"{line!r} is not two numbers x,y", path, row) from error
    if x is None or y is None:
        raise SchemaError(f"{line!r} is not two numbers x,y", path, row)
    return x, y


def _numbered_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.glob("*.txt") if re.fullmatch(r"\d+", file.stem))


def _reader_folders(root: Path) -> dict[str, list[Path]]:
    """Numbered files of each reader, by the reader's name."""
    readers: dict[str, list[Path]] = {}
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()):
        if files := _numbered_files(folder):
            if _reader_name(folder) in readers:
                raise SchemaError(f"there are two folders of the reader {_reader_name(folder)}", root)
            readers[_reader_name(folder)] = files
    return readers


def _challenge_reader(folder: Path) -> str:
    name = _reader_name(folder)
    return name if name in ("senior", "junior") else ""


def _reader_name(folder: Path) -> str:
    return folder.resolve().name.removeprefix(_READER_PREFIX)
