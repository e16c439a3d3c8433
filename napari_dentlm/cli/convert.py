"""``dentlm convert``: between exchange formats."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.cli.options import SchemeOption, of_scheme
from napari_dentlm.cli.paths import check_target
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.relative_path import relative_path

if TYPE_CHECKING:
    from napari_dentlm.core.formats import Format, LandmarkRow


class FormatChoice(StrEnum):
    """Names of the exchange formats."""

    CSV = "csv"
    WIDE = "wide"
    ISBI = "isbi"
    COCO = "coco"
    IBUG = "ibug"
    PTS = "pts"
    KEYPOINTS = "keypoints"


class PurposeChoice(StrEnum):
    """What the points are for."""

    REPORT = "report"
    TRAINING = "training"
    EVERYTHING = "everything"


def convert(
    source: Annotated[Path, typer.Argument(exists=True, metavar="IN", help="The file or folder to read.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The file or folder to write.")],
    read_as: Annotated[
        FormatChoice | None, typer.Option("--from", help="Format of IN. Default: as its name and content say.")
    ] = None,
    write_as: Annotated[
        FormatChoice | None, typer.Option("--to", help="Format of OUT. Default: as its name says.")
    ] = None,
    purpose: Annotated[
        PurposeChoice,
        typer.Option(
            "--for",
            help="report: confirmed points. training: confirmed, corrected and placed points. everything: all.",
        ),
    ] = PurposeChoice.EVERYTHING,
    reader: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the points of this reader; '' for the model's.")
    ] = None,
    scheme: SchemeOption = None,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Write also what the format of OUT cannot say; it is listed."),
    ] = False,
) -> None:
    """Turn a table of points into another format.

    Formats: csv (our table, one row per landmark), wide (one row per film, for spreadsheets, NAME.wide.csv), isbi
    (text files of the ISBI challenge, a folder or NAME.txt), coco (COCO key points, NAME.json); of faces, ibug (XML of
    iBUG and dlib, NAME.xml), pts (one file per face, a folder with --to pts, or NAME.pts), keypoints (key point table,
    NAME.keypoints.csv). A file with a
    mistake in it is refused with the row and the reason; nothing is written then. ISBI text knows no predicted
    points and no unknown scale: points that would come back as something else need --accept-loss.
    """
    from napari_dentlm.core.errors import DentLMError, SchemaError, UnknownFormatError
    from napari_dentlm.core.formats import FORMATS, ExportPurpose, format_named, format_of, midpoints

    try:
        reads = FORMATS[read_as.value] if read_as else format_of(source)
        writes = FORMATS[write_as.value] if write_as else format_named(target)
    except UnknownFormatError as error:
        raise typer.BadParameter(str(error)) from error
    check_target(target, "OUT")
    if target.exists() and target.resolve() == source.resolve():
        raise typer.BadParameter("IN and OUT are the same. Choose another name for OUT.")
    rows = ExportPurpose(purpose.value).select(reads.read(source))
    if reader is not None:
        rows = [row for row in rows if row.annotator == reader]
    if scheme is not None or writes.name != FormatChoice.CSV:
        rows = of_scheme(rows, scheme, source)
    if not rows:
        raise SchemaError(
            "there is no point to write. Other choices of --for, --reader and --scheme may have some", source
        )
    if writes.scheme and any(row.scheme != writes.scheme for row in rows):
        reason = f"{writes.title} holds points of the scheme {writes.scheme}, not {rows[0].scheme}"
        raise SchemaError(reason, target)
    losses = writes.losses(rows)
    if losses and not accept_loss:
        raise SchemaError(
            f"{writes.title} cannot say everything: {'; '.join(losses)}. Nothing was written. To write it all the "
            "same, add --accept-loss",
            target,
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        writes.write(target, _rebased(rows, reads, source, target))
    except OSError as error:
        raise DentLMError(f"{target}: this could not be written ({error.strerror}).") from error
    images = len({(row.image, row.frame) for row in rows})
    points = len(midpoints(rows))
    typer.echo(f"{counted(points, 'point')} of {counted(images, 'image')} written to {target} ({writes.title})")
    for loss in losses:
        typer.echo(f"Accepted: {loss}")


def _rebased(rows: "Sequence[LandmarkRow]", reads: "Format", source: Path, target: Path) -> "Sequence[LandmarkRow]":
    """Let the paths of the images, which count from the file they stand in, count from the new file."""
    if reads.name in (FormatChoice.ISBI, FormatChoice.PTS) or source.resolve().parent == target.resolve().parent:
        return rows
    old, new = source.resolve().parent, target.resolve().parent
    return [replace(row, image=relative_path(old / row.image, new)) for row in rows]
