"""``dentlm train``: a new model from labelled films."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from napari_dentlm.cli.options import SpacingOption, check_model
from napari_dentlm.core.errors import DentLMError, TrainingError

INSTALL_LINE = 'pip install "napari-dentlm[train]"'


def train(
    labels: Annotated[
        Path,
        typer.Argument(
            exists=True,
            metavar="LABELS",
            help="A table of corrected points, or the folder of the ISBI challenge (annotations, train).",
        ),
    ],
    out: Annotated[Path, typer.Option(file_okay=False, metavar="DIR", help="Folder for the new model.")],
    recipe: Annotated[
        str,
        typer.Option(metavar="NAME", help="How to train: ceph19 (all points), gonion-paper, or your own file."),
    ],
    start_from: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Go on from this model (name or folder), not from nothing."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, metavar="DIR", help="Where the films are, if not beside the table."),
    ] = None,
    spacing: SpacingOption = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop each stage after N steps, for a quick try.")
    ] = None,
) -> None:
    """Train a model on points that people confirmed, corrected or placed.

    Points that only a model predicted are not used. At the end the new model is compared with the old one on
    films that neither was trained on. The model in use is not replaced: choose the new one with 'dentlm label
    --model DIR'.
    """
    if importlib.util.find_spec("lightning") is None:
        raise DentLMError(f"Training needs some more packages. Install them with: {INSTALL_LINE}")
    import training
    from training.recipe import load_recipe

    try:
        load_recipe(recipe)
    except TrainingError as error:
        raise typer.BadParameter(str(error), param_hint="--recipe") from error
    if start_from is not None:
        check_model(start_from, "--start-from")
    report = training.train(
        labels,
        recipe,
        out=out,
        start_from=start_from,
        images=images,
        spacing_mm=spacing,
        max_steps=-1 if max_steps is None else max_steps,
    )
    typer.echo(str(report))
    typer.echo(f"The new model is in {out}. Label with it: dentlm label FOLDER --model {out}")
