"""``dentlm measure``: cephalometric measures of the points of a table."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_dentlm.cli.paths import check_target
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.errors import DentLMError, SchemaError
from napari_dentlm.core.relative_path import relative_path

if TYPE_CHECKING:
    from napari_dentlm.core.calibration import Calibration
    from napari_dentlm.core.formats import LandmarkRow
    from napari_dentlm.core.measures import Measured

CHALLENGE = "challenge"
COLUMNS = (
    "image",
    "image_id",
    "frame",
    "instance",
    "patient",
    "annotator",
    "measure",
    "name",
    "analysis",
    "definitions_version",
    "value",
    "unit",
    "spacing_source",
    "grade",
    "weakest",
    "state",
    "reason",
)
_UNCHECKED = "* a norm as it is commonly taught; its numbers were not checked against the first publication"


@dataclass(frozen=True, slots=True)
class _Film:
    """The measures of one annotation, and a row that tells whose it is."""

    row: "LandmarkRow"
    calibration: "Calibration"
    measures: "tuple[Measured, ...]"


def measure(
    table: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            metavar="CSV",
            help="Table of points, as 'dentlm label' writes it, or any other file that 'dentlm convert' reads.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, metavar="CSV", help="Write one row per measure here. It is written anew."),
    ] = None,
    analysis: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only this analysis, such as steiner; may be given more than once. Default: all but 'challenge', "
            "the eight of the ISBI challenge with its own classes.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, for programs.")] = False,
) -> None:
    """Compute angles, distances and ratios, with their norms and the state of the weakest point.

    A measure is a draft until all its points are confirmed. Millimetres need a scale in the table; without it,
    angles and ratios take pixels as square. Where there is no value, the reason stands in its place. For research
    and teaching; not a medical device.
    """
    from napari_dentlm.core.formats import format_of
    from napari_dentlm.core.measures import load_definitions

    definitions = load_definitions()
    known = tuple(dict.fromkeys(each.analysis for each in definitions))
    for name in analysis or ():
        if name not in known:
            raise typer.BadParameter(f"'{name}' is not one of {', '.join(known)}", param_hint="--analysis")
    if out is not None:
        check_target(out, "--out")
        _check_replaceable(out)
    wanted = analysis or [name for name in known if name != CHALLENGE]
    rows = format_of(table).read(table)
    films = list(_films(rows, table, [each.key for each in definitions if each.analysis in wanted]))
    if not films:
        raise SchemaError("there are no points in this table", table)
    if as_json:
        typer.echo(json.dumps([_as_dict(film) for film in films], indent=2, allow_nan=False))
    elif out is None:
        typer.echo("\n".join(_text(films)))
    if out is not None:
        _write(out, films, table, rows)
        images = len({(film.row.image, film.row.frame) for film in films})
        typer.echo(f"Measures of {counted(images, 'image')} written to {out}", err=as_json)


def _check_replaceable(out: Path) -> None:
    """Refuse to write over anything but an older table of measures, such as the points of readers."""
    header = ",".join(COLUMNS).encode()
    if not out.exists():
        return
    try:
        with out.open("rb") as stream:
            found = stream.read(len(header))
    except OSError as error:
        raise DentLMError(f"{out}: this cannot be read ({error.strerror}). Choose another --out.") from error
    if found != header:
        raise DentLMError(f"{out.name} is no table of measures. It is not written over: choose another --out.")


def _films(rows: "Iterable[LandmarkRow]", table: Path, keys: list[str]) -> Iterator[_Film]:
    """Measure each annotation of the table."""
    from napari_dentlm.core.calibration import Calibration
    from napari_dentlm.core.formats import annotation_of, by_annotation
    from napari_dentlm.core.measures import measure as measured

    for group in by_annotation(rows):
        row = group[0]
        if any((each.spacing_x_mm, each.spacing_y_mm) != (row.spacing_x_mm, row.spacing_y_mm) for each in group):
            raise SchemaError(f"the points of {row.image} have more than one spacing", table)
        calibration = Calibration(row.spacing_y_mm, row.spacing_x_mm, row.spacing_source)
        yield _Film(row, calibration, measured(annotation_of(group, table), calibration, keys))


def _text(films: list[_Film]) -> Iterator[str]:
    """One table a film, and what their marks mean."""
    from napari_dentlm.core.notice import FOOTER

    for film in films:
        yield from (*_film_lines(film), "")
    norms = [each.definition.norm for film in films for each in film.measures]
    if any(norm is not None and not norm.checked for norm in norms):
        yield _UNCHECKED
    yield FOOTER


def _film_lines(film: _Film) -> Iterator[str]:
    frame = f", frame {film.row.frame}" if film.row.frame else ""
    yield f"{film.row.image}{frame}, {film.row.annotator or 'points of the model'}, {_scale(film.calibration)}"
    drafts = sum(each.is_draft for each in film.measures)
    if drafts:
        yield f"DRAFT: {drafts} of {counted(len(film.measures), 'measure')} rest on a point that nobody confirmed"
    if not film.measures:
        yield "no measure is defined for these landmarks"
        return
    cells = [_cells(each) for each in film.measures]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    section = ""
    for each, (name, value, weakest, compare) in zip(film.measures, cells, strict=True):
        if each.definition.analysis != section:
            section = each.definition.analysis
            yield f"  {section}"
        line = f"    {name:<{widths[0]}}  {value:>{widths[1]}}  {weakest:<{widths[2]}}  {compare}"
        yield line.rstrip()


def _cells(measured: "Measured") -> tuple[str, str, str, str]:
    """Name, value, weakest point, and what to compare with or why there is no value."""
    definition = measured.definition
    compare = measured.reason
    if not compare and definition.classes:
        compare = next(f"{each.number} {each.name}" for each in definition.classes if each.number == measured.grade)
    elif not compare and definition.norm:
        compare = f"norm {definition.norm.text}"
    return definition.name, measured.text, f"{measured.weakest} {measured.state}", compare


def _scale(calibration: "Calibration") -> str:
    if calibration.row_mm is None or calibration.column_mm is None:
        return "no scale"
    sides = dict.fromkeys(f"{mm:g}" for mm in (calibration.column_mm, calibration.row_mm))
    return f"{' x '.join(sides)} mm per pixel ({calibration.source})"


def _as_dict(film: _Film) -> dict[str, Any]:
    """What is known of the film, and its measures, in plain values."""
    shared = ("image", "image_id", "frame", "instance", "patient", "annotator", "definitions_version", "spacing_source")
    records = [_record(film, each) for each in film.measures]
    known = {name: value for name, value in _record(film, None).items() if name in shared}
    draft = any(each.is_draft for each in film.measures)
    own = [{name: value for name, value in record.items() if name not in shared} for record in records]
    return {**known, "draft": draft, "measures": own}


def _record(film: _Film, measured: "Measured | None") -> dict[str, Any]:
    from napari_dentlm.core.measures import VERSION

    record: dict[str, Any] = {
        "image": film.row.image,
        "image_id": film.row.image_id,
        "frame": film.row.frame,
        "instance": film.row.instance,
        "patient": film.row.patient,
        "annotator": film.row.annotator,
        "definitions_version": VERSION,
        "spacing_source": str(film.calibration.source),
    }
    if measured is None:
        return record
    return record | {
        "measure": measured.definition.key,
        "name": measured.definition.name,
        "analysis": measured.definition.analysis,
        "value": measured.value,
        "unit": str(measured.definition.unit),
        "grade": measured.grade,
        "weakest": measured.weakest,
        "state": str(measured.state),
        "reason": measured.reason,
    }


def _write(out: Path, films: list[_Film], table: Path, rows: "list[LandmarkRow]") -> None:
    """Write one row per measure, whole or not at all, with the notice beside it."""
    from napari_dentlm.core.files import write_bytes
    from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line
    from napari_dentlm.core.notice import notice_path, write_notice

    old, new = table.resolve().parent, out.resolve().parent
    lines = [",".join(COLUMNS)]
    for film in films:
        image = relative_path(old / film.row.image, new)
        for each in film.measures:
            record = _record(film, each) | {"image": image}
            lines.append(csv_line(record[column] for column in COLUMNS))
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(out, csv_bytes(lines))
        write_notice(notice_path(out), rows)
    except OSError as error:
        raise DentLMError(f"{out}: the measures could not be written ({error.strerror}).") from error
