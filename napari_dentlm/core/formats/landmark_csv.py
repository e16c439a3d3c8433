"""The landmark CSV: one row per landmark, UTF-8, LF; reading it and writing it gives the same bytes.

Floats are the shortest text that reads back equal. Reading is all or nothing: the first row that does not fit
is named with its number and the reason, and nothing is returned. See `LandmarkRow` for the columns. A landmark
whose contours a reader placed has three rows: the midpoint, which is the landmark, and the sides left and right.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats.annotation_rows import rows_of
from napari_dentlm.core.formats.contours import check_contours
from napari_dentlm.core.formats.rows import COLUMNS, FLOAT_COLUMNS, INT_COLUMNS, SCHEMA, LandmarkRow, conflicts
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme

__all__ = ["COLUMNS", "SCHEMA", "LandmarkRow", "conflicts", "read", "rows_of", "to_bytes", "write"]

_FEW = 8
"""Columns that somebody may have taken out; a file that lacks more was never such a table."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read(path: PathInput, scheme: LandmarkScheme | None = None) -> list[LandmarkRow]:
    """Rows of a landmark CSV, with landmark aliases replaced by keys.

    Parameters
    ----------
    path
        The file. Columns may stand in any order; a byte order mark and CRLF are accepted.
    scheme
        Only its rows come back: the table of a folder with films and photographs holds points of both. Without it,
        all rows.

    Raises
    ------
    SchemaError
        Naming the file, the row as a spreadsheet counts it, and the reason; or when all rows are of other schemes.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows: list[LandmarkRow] = []
    seen: dict[tuple[object, ...], int] = {}
    try:
        header = _checked_header(next(reader, []), path)
        for number, record in records_below(reader):
            row = _parsed(header, record, path, number)
            if row.identity in seen:
                reason = f"{row.landmark} of {row.image} stands in row {seen[row.identity]} already"
                raise SchemaError(reason, path, number)
            seen[row.identity] = number
            rows.append(row)
    except csv.Error as error:
        raise SchemaError(f"this is not a CSV: {error}", path, reader.line_num) from error
    check_contours(rows, path, list(seen.values()))
    return rows if scheme is None else _of_scheme(rows, scheme, path)


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write `rows` as a landmark CSV, whole or not at all; raises as `to_bytes` does."""
    write_bytes(path, to_bytes(rows, path))


def to_bytes(rows: Iterable[LandmarkRow], path: PathInput = "landmarks.csv") -> bytes:
    """Content of a landmark CSV that holds `rows`.

    Parameters
    ----------
    rows
        What to write.
    path
        The file, for messages.

    Raises
    ------
    SchemaError
        When two rows are about the same landmark of the same annotation, or contours do not fit their landmark.
    """
    rows = list(rows)
    check_contours(rows, path)
    seen: set[tuple[object, ...]] = set()
    lines = [",".join(COLUMNS)]
    for row in rows:
        if row.identity in seen:
            raise SchemaError(f"{row.landmark} of {row.image} would stand in the file twice", path)
        seen.add(row.identity)
        lines.append(csv_line(getattr(row, column) for column in COLUMNS))
    return csv_bytes(lines)


def read_text(path: PathInput) -> str:
    """Text of a UTF-8 file without its byte order mark, line ends untouched; SchemaError when it is not."""
    try:
        return read_bytes(path).decode("utf-8", "surrogatepass").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SchemaError("this is not UTF-8 text. Save it as 'CSV UTF-8'", path) from error


def read_bytes(path: PathInput) -> bytes:
    """Content of a file; SchemaError when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise SchemaError(f"the file cannot be read ({error.strerror})", path) from error


def records_below(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Number, as a spreadsheet counts it, and values of every row of a CSV reader that has read its header.

    Blank rows are passed over: editors and spreadsheets leave them behind.
    """
    return ((number, record) for number, record in enumerate(reader, start=2) if any(record))


def csv_bytes(lines: Iterable[str]) -> bytes:
    """Lines as UTF-8 with LF; file names that are not Unicode (possible on Linux) survive the round trip."""
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def csv_line(values: Iterable[object]) -> str:
    """One CSV line of `values`; None is empty.

    The csv module of some supported Python versions leaves a lone carriage return unquoted, and then cannot
    read it.
    """
    return ",".join(_quoted(_text(value)) for value in values)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(float(value)).removesuffix(".0")
    return str(value)


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _checked_header(header: list[str], path: PathInput) -> list[str]:
    missing = [column for column in COLUMNS if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if len(header) == 1 and ";" in header[0]:
        raise SchemaError("the columns are separated by semicolons; save the file with commas", path, 1)
    if len(missing) > _FEW:
        reason = f"this is no table of points: it lacks {len(missing)} of its columns, such as {missing[0]}"
        raise SchemaError(reason, path, 1)
    if missing:
        raise SchemaError(f"columns are missing: {', '.join(missing)}", path, 1)
    if unknown:
        raise SchemaError(f"unknown columns would be lost: {', '.join(unknown)}", path, 1)
    if len(set(header)) != len(header):
        raise SchemaError("a column stands there twice", path, 1)
    return header


def _of_scheme(rows: list[LandmarkRow], scheme: LandmarkScheme, path: PathInput) -> list[LandmarkRow]:
    own = [row for row in rows if row.scheme == scheme.name]
    if rows and not own:
        raise SchemaError(f"its points are of the scheme {rows[0].scheme}, none of {scheme.name}", path)
    return own


def _parsed(header: list[str], record: list[str], path: PathInput, number: int) -> LandmarkRow:
    try:
        if len(record) != len(header):
            raise ValueError(f"{len(record)} values for {len(header)} columns")
        values = dict(_values(header, record))
        values["landmark"] = load_scheme(values["scheme"]).resolve(values["landmark"])
        return LandmarkRow(**values)
    except (ValueError, SchemaError) as error:
        raise SchemaError(str(error), path, number) from error


def _values(header: list[str], record: list[str]) -> Iterator[tuple[str, Any]]:
    for column, text in zip(header, record, strict=True):
        try:
            yield column, _PARSERS.get(column, str)(text)
        except ValueError as error:
            raise ValueError(f"{column} is {text!r}: {error}") from error


def parse_float(text: str) -> float | None:
    """Number in `text`, None when empty; ValueError for anything else, NaN and infinity too."""
    if not text:
        return None
    # A number such as 1e999 is well written, but too large.
    if not _NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
        raise ValueError("not a finite number")
    return value


def _parse_int(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise ValueError("not a whole number, 0 or more")
    return int(text)


def _parse_needed_int(text: str) -> int:
    value = _parse_int(text)
    if value is None:
        raise ValueError("a number is needed")
    return value


_PARSERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(FLOAT_COLUMNS, parse_float),
    **dict.fromkeys(INT_COLUMNS, _parse_int),
    "frame": _parse_needed_int,
    "instance": _parse_needed_int,
    "state": State,
    "spacing_source": SpacingSource,
}
