"""``dentlm label``: the landmarks of every film and face photo of a folder."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.cli.options import (
    DeviceChoice,
    DeviceOption,
    QualityChoice,
    QualityOption,
    SpacingOption,
    check_device,
    check_model,
)
from napari_dentlm.cli.paths import check_target
from napari_dentlm.cli.wording import counted
from napari_dentlm.core.errors import DentLMError

if TYPE_CHECKING:
    from napari_dentlm.cascade.router import Router
    from napari_dentlm.labelling import LabelSummary

LARGE_BATCH = 16
SMALL_BATCH = 2


def label(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, help="Patient folders, single images, or a DICOMDIR.", metavar="PATH"),
    ],
    out: Annotated[
        Path, typer.Option(dir_okay=False, help="Table of all points. It is written anew.", metavar="CSV")
    ] = Path("landmarks.csv"),
    work: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            metavar="DIR",
            help="Keep the points here instead of beside the films. Without it, points of films in a folder "
            "that cannot be written are kept beside the table.",
        ),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write a picture of each film with its points here.", metavar="DIR"),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME|DIR",
            help="Name of a model that came with the program, or the folder of your own; once for films and once for "
            "photographs. Without it each image finds its own: ceph19 for films, face68 for faces.",
        ),
    ] = None,
    quality: QualityOption = QualityChoice.STANDARD,
    spacing: SpacingOption = None,
    device: DeviceOption = DeviceChoice.AUTO,
    predictions_only: Annotated[
        bool,
        typer.Option("--predictions-only", help="Write the model's points, also where somebody corrected them."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON, for programs.")] = False,
) -> None:
    """Find the landmarks of every film and of every face on a photograph.

    Images that were labelled before, by the same model, are not computed again. A point that somebody
    corrected or confirmed is never changed. A file that cannot be read is listed at the end; all others are
    done.
    """
    from napari_dentlm.cascade.prediction import Quality
    from napari_dentlm.cascade.router import Router
    from napari_dentlm.cli.label_output import LabelOutput
    from napari_dentlm.cli.stopper import Stopper
    from napari_dentlm.labelling import label_paths

    # The model first: a damaged one is refused before any folder is made.
    check_target(out, "--out")
    for each in model or ():
        check_model(each, "--model")
    check_device(device, "--device")
    router = Router.load(model or None, device.value)
    with LabelOutput(out, overlay, router, f"quality={quality}") as output, Stopper() as stopper:
        summary = label_paths(
            paths,
            router,
            work=work,
            fallback_work=out.parent / f"{out.stem}_work",
            spacing_mm=spacing,
            quality=Quality(quality.value),
            predictions_only=predictions_only,
            batch_size=_batch_size(router),
            on_progress=output.take,
            should_stop=stopper.asked,
        )
    if not summary.files:
        raise DentLMError(f"{', '.join(map(str, paths))}: there is no image here. Nothing was written.")
    written = False
    if not summary.cancelled:
        written = output.write()
        summary.notes += output.remarks(spacing)
    _report(summary, output.points, out if written else None, as_json)
    raise typer.Exit(0 if summary.complete else 1)


def _batch_size(router: "Router") -> int:
    """A graphics card wants many images at once, and so do the light networks of photographs.

    Films on a CPU come in small batches, which keep progress and memory even.
    """
    at_once = str(router.cascades[0].device).startswith("cuda") or all(c.photo is not None for c in router.cascades)
    return LARGE_BATCH if at_once else SMALL_BATCH


def _report(summary: "LabelSummary", points: int, out: Path | None, as_json: bool) -> None:
    written = None if out is None else str(out)
    if as_json:
        typer.echo(json.dumps({**summary.as_dict(), "csv": written}, indent=2))
        return
    typer.echo(summary.text())
    if written:
        typer.echo(f"{counted(points, 'point')} written to {written}")
