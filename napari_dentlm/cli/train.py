"""``dentlm train``: a new model from labelled films."""

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.cli.options import SpacingOption, check_model, refuse_given
from napari_dentlm.core.errors import DentLMError, TrainingError
from napari_dentlm.core.scheme import load_scheme

if TYPE_CHECKING:
    from training.recipe import PhotoRecipe, Recipe

INSTALL_LINE = 'pip install "napari-dentlm[train]"'


def train(
    context: typer.Context,
    labels: Annotated[
        Path,
        typer.Argument(
            exists=True,
            metavar="LABELS",
            help="A table of corrected points, the folder of the ISBI challenge (annotations, train), or a pack. For "
            "faces: such a table, iBUG XML, a key point CSV, or a pack.",
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="How to train: ceph19 (all points), gonion-paper; faces: face68, face-xception, face-xception-50, "
            "face-small-cnn, face-resnet18; or your own file.",
        ),
    ],
    out: Annotated[Path | None, typer.Option(file_okay=False, metavar="DIR", help="Folder for the new model.")] = None,
    start_from: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="Go on from this model (name or folder), not from nothing."),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, metavar="DIR", help="Where the films are, if not beside the table."),
    ] = None,
    spacing: SpacingOption = None,
    apart: Annotated[
        bool,
        typer.Option(
            "--one-film-a-patient",
            help="Every film, or photograph, shows another patient. Without it those of one folder count as one's, and "
            "none of them can be held out to compare the models.",
        ),
    ] = False,
    max_steps: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop each stage after N steps, for a quick try.")
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            metavar="FILE.zip",
            help="Do not train: put films and labels into this one file, to train from it on another computer.",
        ),
    ] = None,
    pack_loss: Annotated[
        int,
        typer.Option(min=0, max=3, metavar="N", help="Grey levels that a packed pixel may be off; 1 saves 40 %."),
    ] = 0,
) -> None:
    """Train a model on points that people confirmed, corrected or placed.

    Points that only a model predicted are not used. At the end the new model is compared with the old one on
    films that neither was trained on. The model in use is not replaced: choose the new one with 'dentlm label
    --model DIR'.
    """
    if (out is None) == (pack is None):
        raise typer.BadParameter("name the folder of the new model (--out), or a file to pack the films into (--pack)")
    if pack is not None and pack.suffix.lower() != ".zip":
        raise typer.BadParameter(f"{pack.name} has to end in .zip", param_hint="--pack")
    if pack is not None and (start_from is not None or max_steps is not None):
        raise typer.BadParameter("a pack is not trained: leave out --start-from and --max-steps", param_hint="--pack")
    if pack is not None:
        refuse_given(context, "say it when you train from the pack", "apart")
    if pack is None:
        refuse_given(context, "this is for --pack FILE.zip", "pack_loss")
    if importlib.util.find_spec("lightning") is None:
        raise DentLMError(f"Training needs some more packages. Install them with: {INSTALL_LINE}")
    import training
    from training.recipe import load_recipe

    try:
        chosen = load_recipe(recipe)
    except TrainingError as error:
        raise typer.BadParameter(str(error), param_hint="--recipe") from error
    _refuse_what_says_nothing(context, labels, chosen)
    if pack is not None:
        _pack(labels, chosen, pack, loss=pack_loss, images=images, spacing_mm=spacing)
        typer.echo(f"Train from it: dentlm train {pack} --recipe {recipe} --out DIR")
        return
    if start_from is not None:
        check_model(start_from, "--start-from")
    report = training.train(
        labels,
        recipe,
        out=out,
        start_from=start_from,
        images=images,
        spacing_mm=spacing,
        apart=apart,
        max_steps=-1 if max_steps is None else max_steps,
    )
    typer.echo(str(report))
    # A bare name would mean the model of that name that came with the program.
    model = os.path.join(os.curdir, out) if len(out.parts) == 1 else out
    typer.echo(f"The new model is in {out}. Label with it: dentlm label FOLDER --model {model}")


def _refuse_what_says_nothing(context: typer.Context, labels: Path, recipe: "Recipe | PhotoRecipe") -> None:
    from training.recipe import PhotoRecipe

    if isinstance(recipe, PhotoRecipe):
        refuse_given(context, "this is for films: photographs have no scale", "spacing")
        refuse_given(context, "this is for films: faces are packed as JPEG", "pack_loss")
    elif labels.is_dir():
        refuse_given(context, "the films of the ISBI challenge have 0.1 mm per pixel", "spacing")


def _pack(
    labels: Path,
    recipe: "Recipe | PhotoRecipe",
    path: Path,
    *,
    loss: int,
    images: Path | None,
    spacing_mm: float | None,
) -> None:
    from training.recipe import PhotoRecipe

    if isinstance(recipe, PhotoRecipe):
        _pack_faces(labels, path, images)
        return
    from training.pack import write_pack
    from training.sources import load_films

    scheme = load_scheme(recipe.scheme)
    films = load_films(labels, scheme, images=images, spacing_mm=spacing_mm)
    write_pack(path, films, scheme, first_level=recipe.data.first_level, loss=loss, progress_bar=True)
    size = path.stat().st_size / 1e6
    typer.echo(f"{path} holds {len(films)} films and their labels ({size:.1f} MB). Their pixels show the patients.")


def _pack_faces(labels: Path, path: Path, images: Path | None) -> None:
    from training.photos.pack import write_pack
    from training.photos.sources import load_photos

    photos = load_photos(labels, images=images)
    write_pack(path, photos, progress_bar=True)
    size = path.stat().st_size / 1e6
    typer.echo(f"{path} holds {len(photos)} faces and their points ({size:.1f} MB). Its pixels show the persons.")
