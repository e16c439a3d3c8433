"""Text files of the ISBI 2015 challenge: ``NNN.txt`` with 19 lines ``x,y``, then eight class lines.

Coordinates are taken as they stand: pixels from the top left, whole numbers as pixel centres, 0.1 mm per
pixel. The class lines (ANB, SNB, SNA, ODI, APDI, FHI, FMA, MW) are the challenge's and follow from the
points: they are neither kept nor written.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line, parse_float, read_text
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import load_scheme

CALIBRATION = Calibration.dataset(0.1)
_SCHEME = "isbi19"
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
    count = len(load_scheme(_SCHEME).keys)
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
    readers: dict[str, dict[int, NDArray[np.float64]]] = {}
    for folder in sorted(entry for entry in Path(annotations_dir).iterdir() if entry.is_dir()):
        files = _numbered_files(folder)
        if files:
            readers[_reader_name(folder)] = {int(file.stem): read_points(file) for file in files}
    if not readers:
        raise SchemaError("no reader folders with numbered text files in this folder", annotations_dir)
    return readers


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of one file, of a folder of files, or of a folder of reader folders.

    `image` is the number without a file ending, because the text does not name the image; the annotator is
    the reader's folder where it stands in one.
    """
    path = Path(path)
    if path.is_file():
        return _rows(path)
    if not path.is_dir():
        raise SchemaError("there is no such file or folder", path)
    files = _numbered_files(path)
    for folder in sorted(entry for entry in path.iterdir() if entry.is_dir()):
        files += _numbered_files(folder)
    if not files:
        raise SchemaError("no numbered text files in this folder", path)
    return [row for file in files for row in _rows(file)]


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write one text file per image into the folder `path`, or the only image into the file ``path.txt``.

    Raises
    ------
    SchemaError
        When a point is missing, which the format cannot express, or an image has more than one annotation;
        nothing is written then.
    """
    path = Path(path)
    texts = _texts(list(rows), path)
    if path.suffix.lower() == ".txt":
        if len(texts) != 1:
            raise SchemaError(f"{len(texts)} images do not fit one text file; name a folder", path)
        write_bytes(path, next(iter(texts.values())))
        return
    path.mkdir(parents=True, exist_ok=True)
    for stem, text in texts.items():
        write_bytes(path / f"{stem}.txt", text)


def _texts(rows: list[LandmarkRow], path: Path) -> dict[str, bytes]:
    images: dict[tuple[object, ...], dict[str, LandmarkRow]] = {}
    for row in rows:
        if row.scheme != _SCHEME:
            raise SchemaError(f"the ISBI text format holds {_SCHEME}, not {row.scheme}", path)
        images.setdefault((row.image, row.frame, row.instance, row.annotator), {})[row.landmark] = row
    texts: dict[str, bytes] = {}
    for (image, *_), landmarks in images.items():
        stem = Path(str(image)).stem
        if stem in texts:
            raise SchemaError(f"{stem} has more than one annotation; choose one reader", path)
        texts[stem] = _text(stem, landmarks, path)
    return texts


def _text(stem: str, landmarks: dict[str, LandmarkRow], path: Path) -> bytes:
    lines = []
    for key in load_scheme(_SCHEME).keys:
        row = landmarks.get(key)
        if row is None or row.x is None:
            raise SchemaError(f"{stem} has no {key}; the ISBI text format cannot leave a point out", path)
        lines.append(csv_line((row.x, row.y)))
    return csv_bytes(lines)


def _rows(file: Path) -> list[LandmarkRow]:
    annotator = _reader_name(file.parent) if _reader_name(file.parent) in ("senior", "junior") else ""
    points = read_points(file)
    return [
        LandmarkRow(
            image=file.stem,
            spacing_x_mm=CALIBRATION.column_mm,
            spacing_y_mm=CALIBRATION.row_mm,
            spacing_source=CALIBRATION.source,
            scheme=_SCHEME,
            landmark=key,
            x=float(x),
            y=float(y),
            x_mm=float(x) * 0.1,
            y_mm=float(y) * 0.1,
            state=State.PLACED,
            origin=f"reader:{annotator}" if annotator else "",
            annotator=annotator,
        )
        for key, (x, y) in zip(load_scheme(_SCHEME).keys, points, strict=True)
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


def _reader_name(folder: Path) -> str:
    return folder.resolve().name.removeprefix(_READER_PREFIX)
