"""``dentlm evaluate``: how far points are from what readers marked."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from napari_dentlm.cli.options import (
    DeviceChoice,
    DeviceOption,
    QualityChoice,
    QualityOption,
    SchemeOption,
    SpacingOption,
    check_device,
    check_model,
    refuse_given,
)
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.errors import DentLMError

if TYPE_CHECKING:
    from napari_dentlm.cascade.prediction import Quality
    from napari_dentlm.cli.evaluation import FaceEvaluation, Truth
    from napari_dentlm.core.formats.faces import Face
    from napari_dentlm.core.formats.landmark_csv import LandmarkRow


class BoxChoice(StrEnum):
    """Whose boxes of faces are used."""

    FILE = "file"
    DETECTOR = "detector"


def evaluate(
    context: typer.Context,
    predictions: Annotated[
        str,
        typer.Argument(
            metavar="PREDICTIONS",
            help="A table written by 'dentlm label', or a model (name or folder) to label them with.",
        ),
    ],
    truth: Annotated[
        Path,
        typer.Argument(
            exists=True,
            metavar="TRUTH",
            help="Points that readers marked: our table, or a folder of the ISBI challenge (senior, junior); of faces "
            "our table, iBUG XML, PTS (one file, or a folder of them) or a key point CSV.",
        ),
    ],
    against: Annotated[
        str | None,
        typer.Option(
            "--truth",
            metavar="mean|READER",
            help="Whom to compare with in the table of landmarks. Default: the mean.",
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, metavar="DIR", help="Where the images are, when a model is given."),
    ] = None,
    boxes: Annotated[
        BoxChoice,
        typer.Option(
            "--boxes",
            help="Faces and a model only: file, the boxes that TRUTH has, or detector, those that the model finds.",
        ),
    ] = BoxChoice.FILE,
    scheme: SchemeOption = None,
    spacing: SpacingOption = None,
    quality: QualityOption = QualityChoice.STANDARD,
    per_film: Annotated[bool, typer.Option("--per-film", help="Show the mean error of each film or face.")] = False,
    device: DeviceOption = DeviceChoice.AUTO,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", dir_okay=False, metavar="FILE", help="Write all figures as JSON too."),
    ] = None,
) -> None:
    """Compare points with those of readers: mean error and success rates in millimetres.

    MRE is the mean distance. SDR is the share of points within 2, 2.5, 3 and 4 mm. Intervals are 95 %, over
    films. Where the model states expected errors, the share of points inside is shown, and where its flags stand.
    A model labels the films of TRUTH only, with --quality; other files in the folder do not matter.

    Faces are scored by the normalised mean error (NME): the mean distance in percent of the distance between the
    outer corners of the eyes; the share of faces above 8 %, or without points, is the failure rate.
    """
    from napari_dentlm.cascade.prediction import Quality
    from napari_dentlm.cli import evaluation

    if Path(predictions).suffix.lower() == ".csv" and not Path(predictions).is_file():
        raise typer.BadParameter(f"there is no file {predictions}", param_hint="PREDICTIONS")
    if json_file is not None and not json_file.parent.is_dir():
        raise DentLMError(f"{json_file}: there is no such folder. Nothing was computed.")
    if Path(predictions).is_file():
        refuse_given(context, "this is for a model, not for a table", "images", "boxes", "quality", "device")
    only = "" if scheme is None else scheme.value
    faces = evaluation.read_faces(truth, only)
    if faces is not None:
        refuse_given(context, "this is for films, and the truth is about faces", "against", "spacing")
        scored = _faces(predictions, truth, faces, images, boxes, device, Quality(quality.value))
        typer.echo(scored.text(per_face=per_film))
        _save(json_file, scored.as_dict())
        return
    refuse_given(context, "this is for faces, and the truth is about films", "boxes")
    known = evaluation.read_truth(truth, only)
    headline = against or known.choices[0]
    if headline not in known.choices:
        raise typer.BadParameter(f"'{headline}' is not one of {', '.join(known.choices)}", param_hint="--truth")
    rows = _rows(predictions, truth, known, images, device, Quality(quality.value))
    matched = evaluation.match(rows, known, predictions)
    result = evaluation.evaluate(matched, known, headline=headline, spacing_mm=spacing)
    typer.echo(evaluation.text_of(result, per_film=per_film))
    if others := matched.unmatched:
        typer.echo(f"Left out, because there is no truth: {counted(len(others), 'film')}, such as {others[0]}")
    _save(json_file, result.as_dict())


def _save(path: Path | None, content: dict[str, Any]) -> None:
    if path is None:
        return
    from napari_dentlm.core.files import write_text

    try:
        write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")
    except OSError as error:
        raise DentLMError(f"{path}: the figures could not be written ({error.strerror}).") from error


def _faces(
    predictions: str,
    truth: Path,
    faces: "list[Face]",
    images: Path | None,
    boxes: BoxChoice,
    device: DeviceChoice,
    quality: "Quality",
) -> "FaceEvaluation":
    """Read the table, or let the model label the faces of the truth, and score them."""
    from napari_dentlm.cli import evaluation
    from napari_dentlm.core.formats import format_of

    if Path(predictions).is_file():
        rows = format_of(predictions).read(predictions)
        named = {Path(row.image).stem for row in rows}
        if unnamed := sum(Path(face.image).stem not in named for face in faces):
            without = counted(unnamed, "face")
            typer.echo(f"Counted as failures: {without} of the truth on images that the table does not name", err=True)
        origin = ", ".join(sorted({row.origin for row in rows if row.origin})) or "unknown origin"
        return evaluation.evaluate_faces(evaluation.from_table(rows, faces, Path(predictions)), faces, origin)
    from napari_dentlm.cascade.cascade import Cascade
    from napari_dentlm.cli.evaluation.labelled_faces import found_faces

    check_model(predictions, "PREDICTIONS")
    check_device(device, "--device")
    cascade = Cascade.load(predictions, device.value)
    folder = images or evaluation.folder_of(faces, truth)
    found = found_faces(cascade, faces, folder, own_boxes=boxes is BoxChoice.DETECTOR, quality=quality)
    return evaluation.evaluate_faces(found, faces, cascade.origin)


def _rows(
    predictions: str,
    truth_path: Path,
    truth: "Truth",
    images: Path | None,
    device: DeviceChoice,
    quality: "Quality",
) -> "list[LandmarkRow]":
    """Read the table, or let the model label the films of the truth."""
    from napari_dentlm.core.formats import landmark_csv

    if Path(predictions).is_file():
        return landmark_csv.read(Path(predictions), truth.scheme)
    if images is None and truth.by_number:
        raise typer.BadParameter("a model needs the films. Give their folder with --images DIR", param_hint="--images")
    from napari_dentlm.cascade.cascade import Cascade
    from napari_dentlm.cli.evaluation.labelled import predicted_rows

    check_model(predictions, "PREDICTIONS")
    check_device(device, "--device")
    return predicted_rows(Cascade.load(predictions, device.value), images or truth_path.parent, truth, quality)
