"""The key point CSV of the YouTube Faces course data: one row per face, ``name, 0..135`` = x0, y0, ..., x67, y67.

Coordinates are pixels from the top left, whole numbers as pixel centres. The first column, whose heading is empty,
names the image within the folder of images. The table knows no boxes and no missing points.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable

from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats import faces
from napari_dentlm.core.formats.faces import Face, complete, faces_of_rows, points_by_key, rows_of_faces
from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line, parse_float, read_text, records_below
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import PHOTO, load_scheme


def headings() -> list[str]:
    """Headings of the columns after the first: ``0`` to ``135``."""
    return [str(number) for number in range(2 * len(load_scheme(PHOTO).keys))]


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of a key point table; raises as `read_faces` does."""
    return rows_of_faces(read_faces(path))


def read_faces(path: PathInput) -> list[Face]:
    """Faces of a key point table; a further row of the same image is a further face on it.

    Raises
    ------
    SchemaError
        Naming the row and the reason; nothing is returned then.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    found: list[Face] = []
    instances: Counter[str] = Counter()
    try:
        if next(reader, [])[1:] != headings():
            raise SchemaError("the columns after the first are not 0 to 135", path, 1)
        for number, record in records_below(reader):
            found.append(_face(record, instances, path, number))
    except csv.Error as error:
        raise SchemaError(f"this is not a CSV: {error}", path, reader.line_num) from error
    return found


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write `rows` as a key point table, whole or not at all.

    Raises
    ------
    SchemaError
        When a point is missing, or the rows are of another scheme or of several readers.
    """
    lines = [csv_line(["", *headings()])]
    for face in sorted(faces_of_rows(rows, path), key=lambda face: face.instance):
        lines.append(csv_line([face.image, *complete(face, path).ravel().tolist()]))
    write_bytes(path, csv_bytes(lines))


def losses(rows: Iterable[LandmarkRow]) -> list[str]:
    """What of `rows` would be lost or read back as something else, one clause each."""
    return faces.losses(rows, holds_boxes=False)


def _face(record: list[str], instances: Counter[str], path: PathInput, number: int) -> Face:
    try:
        name, *texts = record
        values = [parse_float(text) for text in texts]
        known = [value for value in values if value is not None]
        if not name or len(known) != len(headings()):
            raise ValueError(f"a name and {len(headings())} numbers are needed")
        pairs = list(zip(known[0::2], known[1::2], strict=True))
    except ValueError as error:
        raise SchemaError(str(error), path, number) from error
    instances[name] += 1
    return Face(name, points_by_key(pairs), instance=instances[name] - 1)
