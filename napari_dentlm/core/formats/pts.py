"""PTS files: the 68 points of one face, as 300-W, 300-VW and Menpo hand them out.

Coordinates count from 1 (Matlab): the centre of the first pixel is (1, 1), so ours are less by one. The file names
neither its image nor the box of the face.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats import faces
from napari_dentlm.core.formats.faces import Face, complete, faces_of_rows, points_by_key, rows_of_faces
from napari_dentlm.core.formats.landmark_csv import csv_line, parse_float, read_text
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import PHOTO, load_scheme

FIRST = 1.0
"""What the format calls the centre of the first pixel."""
_HEADER = re.compile(r"\s*version:\s*1\s+n_points:\s*(\d+)\s*\{(.*)\}\s*", re.DOTALL)


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of one file, or of all ``.pts`` files of a folder; raises as `read_faces` does."""
    return rows_of_faces(read_faces(path))


def read_faces(path: PathInput) -> list[Face]:
    """Faces of one file, or of all ``.pts`` files of a folder.

    `image` is the file's name without its ending, because the text does not name the image.

    Raises
    ------
    SchemaError
        When a file does not follow the format, or there is none; nothing is returned then.
    """
    path = Path(path)
    if not path.is_dir():
        return [_face(path)]
    files = files_of(path)
    if not files:
        raise SchemaError("no .pts files in this folder", path)
    return [_face(file) for file in files]


def files_of(folder: Path) -> list[Path]:
    """The ``.pts`` files of a folder, by name."""
    return sorted(file for file in folder.glob("*") if file.suffix.lower() == ".pts")


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write one file per image into the folder `path`, or the only face into the file ``path.pts``.

    Raises
    ------
    SchemaError
        When a point is missing, two faces would have one file, or the rows are of another scheme or of several
        readers; nothing is written then.
    """
    path = Path(path)
    texts: dict[str, bytes] = {}
    for face in faces_of_rows(rows, path):
        stem = Path(face.image).stem
        if stem in texts:
            raise SchemaError(f"there are two faces named {stem}, but a file holds one", path)
        texts[stem] = _text(face, path)
    if path.suffix.lower() == ".pts":
        if len(texts) != 1:
            raise SchemaError(f"{len(texts)} faces do not fit one file; name a folder", path)
        write_bytes(path, next(iter(texts.values())))
        return
    path.mkdir(parents=True, exist_ok=True)
    for stem, text in texts.items():
        write_bytes(path / f"{stem}.pts", text)


def losses(rows: Iterable[LandmarkRow]) -> list[str]:
    """What of `rows` would be lost or read back as something else, one clause each."""
    return faces.losses(rows, holds_boxes=False)


def _face(path: Path) -> Face:
    match = _HEADER.fullmatch(read_text(path))
    if match is None:
        raise SchemaError("this is not a PTS file of version 1 with its points in braces", path)
    lines = [line for line in match[2].splitlines() if line.strip()]
    count = len(load_scheme(PHOTO).keys)
    if not int(match[1]) == len(lines) == count:
        raise SchemaError(f"{len(lines)} points, {match[1]} stated; this program reads faces of {count}", path)
    return Face(path.stem, points_by_key([_point(line, path) for line in lines]))


def _point(line: str, path: Path) -> tuple[float, float]:
    try:
        x, y = (parse_float(part) or 0.0 for part in line.split())
    except ValueError as error:
        raise SchemaError(f"{line.strip()!r} is not two numbers x y", path) from error
    return x - FIRST, y - FIRST


def _text(face: Face, path: Path) -> bytes:
    lines = [csv_line([x + FIRST, y + FIRST]).replace(",", " ") for x, y in complete(face, path).tolist()]
    return "\n".join(["version: 1", f"n_points: {len(lines)}", "{", *lines, "}", ""]).encode("ascii")
