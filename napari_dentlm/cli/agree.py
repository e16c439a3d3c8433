"""``dentlm agree``: how well two readers, or a reader and the model, agree."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.cli.options import SchemeOption, of_scheme
from napari_dentlm.cli.paths import check_target
from napari_dentlm.core.errors import DentLMError, SchemaError

if TYPE_CHECKING:
    from napari_dentlm.core.formats import LandmarkRow


NAMELESS = "reader"
READER_OPTIONS = ("--reader-a", "--reader-b")
PICTURE_ENDING = ".dentlm.png"
"""The project's own pictures are known by it and never labelled."""

SEEN_FIRST = "Unless the reader worked blind, the model's points were seen first, which draws a reader towards them."


class AgainstChoice(StrEnum):
    """Whom a reader can be compared with, other than a reader."""

    MODEL = "model"


def agree(
    first: Annotated[
        Path, typer.Argument(exists=True, metavar="CSV_A", help="Points of the first reader, or of both.")
    ],
    second: Annotated[
        Path | None, typer.Argument(exists=True, metavar="CSV_B", help="Points of the second reader.")
    ] = None,
    reader_a: Annotated[
        str | None, typer.Option(metavar="NAME", help="The first reader. Needed where CSV_A has several.")
    ] = None,
    reader_b: Annotated[
        str | None, typer.Option(metavar="NAME", help="The second reader. Needed where there are several.")
    ] = None,
    against: Annotated[
        AgainstChoice | None, typer.Option(help="Compare the reader with the model's own points instead.")
    ] = None,
    scheme: SchemeOption = None,
    picture: Annotated[
        Path | None,
        typer.Option(dir_okay=False, metavar="FILE", help="Write the Bland-Altman picture, NAME.dentlm.png."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, metavar="FILE", help="Write all figures as JSON too.")
    ] = None,
) -> None:
    """Say how well two readers agree, landmark by landmark: distance, Dahlberg's error, bias, ICC.

    Points are matched by the content of the image and the landmark, whatever the files are called. Only points that
    a reader placed, corrected or confirmed count. The tables may be our CSV or texts of the ISBI challenge.
    """
    from napari_dentlm.core.agreement import MODEL, compare, marks_of
    from napari_dentlm.core.files import write_text
    from napari_dentlm.core.formats import conflicts
    from napari_dentlm.core.scheme import load_scheme

    _check_targets(picture, json_file)
    if against and reader_b is not None:
        raise typer.BadParameter("with --against model there is no second reader", param_hint="--reader-b")
    rows_a = of_scheme(_rows(first), scheme, first)
    rows_b = rows_a if second is None else of_scheme(_rows(second), scheme, second)
    if against:
        one, other = _reader(rows_a, reader_a, first, "--reader-a"), MODEL
    elif second is None:
        one, other = _two_readers(rows_a, (reader_a, reader_b), first)
    else:
        one, other = _reader(rows_a, reader_a, first, "--reader-a"), _reader(rows_b, reader_b, second, "--reader-b")
    names = (one, other or "the model")
    if second is not None and one == other:
        if second.samefile(first):
            raise typer.BadParameter(f"this is the table {first.name} once more", param_hint="CSV_B")
        names = (f"{one} in {first.name}", f"{other} in {second.name}")
    keys = load_scheme(_only_scheme([*rows_a, *rows_b])).keys
    for sentence in conflicts(rows_a) + (conflicts(rows_b) if second else []):
        typer.echo(f"Only the first counts: {sentence}", err=True)
    agreement = compare(marks_of(rows_a, one), marks_of(rows_b, other), keys, names=names)
    typer.echo(agreement.table())
    if against:
        typer.echo(SEEN_FIRST)
    if picture is not None:
        _write(agreement.picture, picture)
    if json_file is not None:
        text = json.dumps(agreement.as_dict(), indent=2, allow_nan=False) + "\n"
        _write(lambda path: write_text(path, text), json_file)


def _write(write: Callable[[Path], None], path: Path) -> None:
    try:
        write(path)
    except OSError as error:
        raise DentLMError(f"{path.name}: this could not be written ({error.strerror}).") from error


def _check_targets(picture: Path | None, json_file: Path | None) -> None:
    """Refuse what could not be written, or would replace a film, before anything is computed."""
    if picture is not None and not picture.name.lower().endswith(PICTURE_ENDING):
        reason = f"name the picture {picture.stem}{PICTURE_ENDING}, so that nobody takes it for a film"
        raise typer.BadParameter(reason, param_hint="--picture")
    if json_file is not None:
        check_target(json_file, "--json")
    for target in (picture, json_file):
        if target is not None and not target.parent.is_dir():
            raise DentLMError(f"{target}: there is no such folder. Nothing was computed.")


def _rows(path: Path) -> "list[LandmarkRow]":
    """Rows of a table; points of a reader without a name are those of "reader"."""
    from napari_dentlm.core.errors import UnknownFormatError
    from napari_dentlm.core.formats import format_of

    try:
        table = format_of(path)
    except UnknownFormatError as error:
        raise typer.BadParameter(str(error)) from error
    rows = table.read(path)
    if table.name == "isbi":
        # These texts know no content: the number of the film is all there is, and it is unique in the challenge.
        rows = [replace(row, image_id=f"isbi {row.image}") for row in rows]
    return [replace(row, annotator=NAMELESS) if _nameless(row) else row for row in rows]


def _nameless(row: "LandmarkRow") -> bool:
    return not row.annotator and row.state.by_reader


def _readers(rows: "Sequence[LandmarkRow]") -> list[str]:
    """Readers of a table, in its order; the model is none."""
    return list(dict.fromkeys(row.annotator for row in rows if row.annotator and row.state.by_reader))


def _reader(rows: "Sequence[LandmarkRow]", wanted: str | None, path: Path, option: str) -> str:
    """The reader of a table that was asked for, or its only one."""
    readers = _readers(rows)
    if not readers:
        raise SchemaError("there is no point that a reader placed, corrected or confirmed", path)
    if wanted is None and len(readers) > 1:
        raise typer.BadParameter(f"{path.name} has several readers: {', '.join(readers)}", param_hint=option)
    if wanted is not None and wanted not in readers:
        reason = f"'{wanted}' is no reader in {path.name}. There: {', '.join(readers)}"
        raise typer.BadParameter(reason, param_hint=option)
    return wanted or readers[0]


def _two_readers(rows: "Sequence[LandmarkRow]", wanted: tuple[str | None, str | None], path: Path) -> tuple[str, str]:
    """Two readers of one table: those asked for, or the only two."""
    readers = _readers(rows)
    if len(readers) < 2:
        found = f"only the reader {readers[0]}" if readers else "no reader"
        raise typer.BadParameter(f"{path.name} has {found}. Give a second table, or --against model")
    chosen = [_reader(rows, name, path, option) for name, option in zip(wanted, READER_OPTIONS, strict=True) if name]
    left = [name for name in readers if name not in chosen]
    if len(chosen) + len(left) > 2 and len(chosen) < 2:
        raise typer.BadParameter(f"{path.name} has several readers: {', '.join(readers)}. Name two of them")
    first, second = (name or left.pop(0) for name in wanted)
    if first == second:
        raise typer.BadParameter(f"{first} is named twice; name two readers", param_hint="--reader-b")
    return first, second


def _only_scheme(rows: "Sequence[LandmarkRow]") -> str:
    names = sorted({row.scheme for row in rows})
    if len(names) != 1:
        raise SchemaError(f"points of several schemes ({', '.join(names)}) cannot be compared")
    return names[0]
