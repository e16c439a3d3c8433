"""The wide view for spreadsheets: one row per annotation, columns ``S_x``, ``S_y``, ``S_state`` per landmark.

It is generated from the landmark CSV and holds less: no model points, no expected errors, no provenance, and
of a double contour the midpoint alone (see `losses`).
Positions are pixels, x to the right, y down, whole numbers as pixel centres.
"""

import csv
import io
from collections.abc import Iterable
from typing import Any

from napari_dentlm.core.annotation import State
from napari_dentlm.core.calibration import SpacingSource
from napari_dentlm.core.errors import PathInput, SchemaError
from napari_dentlm.core.files import write_bytes
from napari_dentlm.core.formats.contours import lost_contours, midpoints
from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line, parse_float, read_text, records_below
from napari_dentlm.core.formats.rows import LandmarkRow
from napari_dentlm.core.scheme import FILM, PHOTO, LandmarkScheme, load_scheme

_SHARED = (
    "image",
    "image_id",
    "frame",
    "patient",
    "width",
    "height",
    "spacing_x_mm",
    "spacing_y_mm",
    "spacing_source",
    "scheme",
    "instance",
    "annotator",
)
_PARTS = ("x", "y", "state")
_BOX = ("box_x", "box_y", "box_width", "box_height")
"""Of a face; films have none."""


def columns(scheme: LandmarkScheme) -> tuple[str, ...]:
    """Columns of the wide view of `scheme`."""
    box = _BOX if scheme.name == PHOTO else ()
    return (*_SHARED, *box, *(f"{key}_{part}" for key in scheme.keys for part in _PARTS))


def write(path: PathInput, rows: Iterable[LandmarkRow]) -> None:
    """Write the wide view of `rows`, whole or not at all.

    Raises
    ------
    SchemaError
        When the rows belong to more than one scheme, or a landmark stands there twice.
    """
    groups: dict[tuple[object, ...], dict[str, LandmarkRow]] = {}
    schemes: dict[str, None] = {}
    for row in midpoints(rows):
        schemes[row.scheme] = None
        group = groups.setdefault(tuple(getattr(row, name) for name in _SHARED), {})
        if row.landmark in group:
            raise SchemaError(f"{row.landmark} of {row.image} would stand in the file twice", path)
        group[row.landmark] = row
    if len(schemes) > 1:
        raise SchemaError(f"a wide table holds one scheme, not {', '.join(schemes)}", path)
    scheme = load_scheme(next(iter(schemes), FILM))
    lines = [",".join(columns(scheme))]
    for shared, group in groups.items():
        marks = [getattr(group.get(key), part, None) for key in scheme.keys for part in _PARTS]
        box = [getattr(next(iter(group.values())), name) for name in _BOX if scheme.name == PHOTO]
        lines.append(csv_line([*shared, *box, *marks]))
    write_bytes(path, csv_bytes(lines))


def losses(rows: Iterable[LandmarkRow]) -> list[str]:
    """Contours that a reader placed among `rows`, as a clause; empty when there are none."""
    return lost_contours(rows)


def read(path: PathInput) -> list[LandmarkRow]:
    """Rows of a wide table; a landmark without a state is left out.

    Raises
    ------
    SchemaError
        Naming the row and the reason; nothing is returned then.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = next(reader, [])
        missing = [name for name in _SHARED if name not in header]
        if missing:
            raise SchemaError(f"columns are missing: {', '.join(missing)}", path, 1)
        if len(set(header)) != len(header):
            raise SchemaError("a column stands there twice", path, 1)
        records = list(records_below(reader))
    except csv.Error as error:
        raise SchemaError(f"this is not a CSV: {error}", path, reader.line_num) from error
    rows: list[LandmarkRow] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, record in records:
        try:
            found = _rows(header, record)
        except (ValueError, SchemaError) as error:
            raise SchemaError(str(error), path, number) from error
        for row in found:
            if seen.setdefault(row.identity, number) != number:
                reason = f"{row.landmark} of {row.image} stands in row {seen[row.identity]} already"
                raise SchemaError(reason, path, number)
        rows += found
    return rows


def _rows(header: list[str], values: list[str]) -> list[LandmarkRow]:
    if len(values) != len(header):
        raise ValueError("the number of values is not that of the columns")
    record = dict(zip(header, values, strict=True))
    scheme = load_scheme(record["scheme"])
    unknown = set(record) - set(columns(scheme))
    if unknown:
        raise ValueError(f"unknown columns would be lost: {', '.join(sorted(unknown))}")
    shared = {
        **{name: record[name] for name in ("image", "image_id", "patient", "scheme", "annotator")},
        **{name: int(record[name]) for name in ("frame", "instance")},
        **{name: int(record[name]) if record[name] else None for name in ("width", "height")},
        "spacing_source": SpacingSource(record["spacing_source"]),
        **{name: parse_float(record.get(name, "")) for name in _BOX},
    }
    spacing = parse_float(record["spacing_x_mm"]), parse_float(record["spacing_y_mm"])
    rows = []
    for key in scheme.keys:
        x, y = (parse_float(record.get(f"{key}_{part}", "")) for part in "xy")
        if state := record.get(f"{key}_state"):
            rows.append(_row(shared, spacing, key, State(state), x, y))
        elif x is not None or y is not None:
            raise ValueError(f"{key} has a position, but no {key}_state")
    return rows


def _row(
    shared: dict[str, Any],
    spacing: tuple[float | None, float | None],
    key: str,
    state: State,
    x: float | None,
    y: float | None,
) -> LandmarkRow:
    return LandmarkRow(
        **shared,
        spacing_x_mm=spacing[0],
        spacing_y_mm=spacing[1],
        landmark=key,
        state=state,
        x=x,
        y=y,
        x_mm=x * spacing[0] if x is not None and spacing[0] is not None else None,
        y_mm=y * spacing[1] if y is not None and spacing[1] is not None else None,
        # Nobody but the reader whose annotation it is confirms a point in it.
        confirmed_by=shared["annotator"] if state is State.CONFIRMED else "",
    )
