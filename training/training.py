"""A whole training: films in, a bundle and its report out."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

import napari_dentlm
from napari_dentlm.cascade.bundle import CARD, FORMAT_VERSION, Bundle, Card, Normality, load_bundle, save_bundle
from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.cascade.dense import DensePipeline
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.scheme import load_scheme
from training.calibration import HeldOut, calibrate, measure, reader_spread, usual_doubt
from training.checkpoints import UNFINISHED, fingerprint, keep_only
from training.division import LEARNT, Division, deal, held_out, learnt_before, mark
from training.films import RawFilm, TrainingFilm, prepare
from training.fit_stages import fit_stages
from training.fitting import FitOptions, Stopped
from training.photos.photos import RawPhoto
from training.photos.sources import load_photos
from training.photos.training import train_photos
from training.plan import Plan, make_plan
from training.recipe import PhotoRecipe, Recipe, load_recipe
from training.report import TrainingReport
from training.sources import generated_films, load_films

Labelled = TypeVar("Labelled", RawFilm, RawPhoto)
CHECKPOINTS = ".dentlm-checkpoints"
OUT_OF_FOLD = "out-of-fold"
"""Folder of the members that were measured, where final members are the bundle."""
REFUSE_FACTOR = 2.0
"""An image whose points lie so many times further from the average than the training films is refused."""
FACE_SCORE = {"dense": 0.05, "paper": 0.0}
"""Least face probability of a film; the published method has none: its best window wins whatever its score."""


def train(
    labels: str | Path,
    recipe: str | Path,
    *,
    out: str | Path,
    start_from: str | Path | None = None,
    images: Path | None = None,
    spacing_mm: float | None = None,
    apart: bool = False,
    max_steps: int = -1,
    progress_bar: bool = True,
    on_progress: Callable[[str, int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    devices: int | str = "auto",
) -> TrainingReport:
    """Train a bundle.

    Parameters
    ----------
    labels
        Our CSV (confirmed, corrected and placed points count), an ISBI folder, or a pack of films; for a recipe on
        photographs our CSV, iBUG XML, a key point CSV, or a pack of faces.
    recipe
        Name of a recipe of the package, or a TOML file.
    out
        Folder of the new bundle. A training that was interrupted there resumes.
    start_from
        Bundle to go on from; its face-area stage is kept.
    images
        Folder the CSV's paths are relative to.
    spacing_mm
        Millimetres per pixel of the films of our CSV; it counts before what the CSV says. ISBI films have 0.1 mm,
        and photographs have no scale.
    apart
        Every film, or photograph, shows another patient; by default those of one folder are of one.
    max_steps
        Steps per stage; -1 for the recipe's epochs.
    progress_bar, on_progress, should_stop, devices
        See `FitOptions`.

    Raises
    ------
    TrainingError
        When there is nothing to train on, the bundle to start from does not fit, or ``out`` holds a bundle or cannot
        be written.
    """
    chosen, folder = load_recipe(recipe), Path(out)
    _refuse_target(folder)
    start = None if start_from is None else load_bundle(start_from)
    options = FitOptions(
        folder / CHECKPOINTS, chosen.seed, max_steps, 2, should_stop, on_progress, progress_bar, devices
    )
    if isinstance(chosen, PhotoRecipe):
        faces = load_photos(Path(labels), images=images)
        return train_photos(_told_apart(faces, apart), chosen, folder, replace(options, validate_every=1), start)
    scheme = load_scheme(chosen.scheme)
    raw = _told_apart(load_films(Path(labels), scheme, images=images, spacing_mm=spacing_mm), apart)
    division = _divide(raw, chosen, start)
    plan = make_plan(chosen, scheme, start, division.trained(raw))
    films, left_out = _prepared(plan, raw)
    keep_only(options.folder, fingerprint(plan.recipe, films, division, plan.start, max_steps))
    fitted = fit_stages(plan, films, division, options)
    names = _names(division.trained(raw)), _names(division.validation(raw)), tuple(left_out)
    history, changes = fitted.history, tuple(fitted.changes)
    # With several cards every process comes here; the first alone writes.
    if (should_stop and should_stop()) or rank_zero_only.rank:
        return TrainingReport(folder, plan.landmarks, *names, history=history, changes=changes, stopped=True)
    card = _card(plan, folder.name, raw, changes, division, left_out)
    try:
        card, new = _judged(plan, options, card, fitted.weights, raw, division)
        old = None if start is None else _measure(start, raw, division, plan, options)
    except Stopped:
        return TrainingReport(folder, plan.landmarks, *names, history=history, changes=changes, stopped=True)
    report = TrainingReport(folder, plan.landmarks, *names, new=new, old=old, history=history, changes=changes)
    report.save()
    # Last: a training whose folder holds a model is over.
    save_bundle(folder, card, _of_members(fitted.weights, division.final or division.judges))
    shutil.rmtree(options.folder, ignore_errors=True)
    return report


def _told_apart(images: Sequence[Labelled], apart: bool) -> list[Labelled]:
    """Return films or faces, each image as another group where it is said that all show other patients."""
    # Several faces of one photograph stay together.
    return [replace(each, group=each.name.partition("#")[0]) if apart else each for each in images]


def _divide(raw: Sequence[RawFilm], recipe: Recipe, start: Bundle | None) -> Division:
    """A retraining teaches the same films to all members, so that old and new can be compared on the others."""
    data = recipe.data
    deals = () if start else (deal(raw, data.folds, recipe.seed + number) for number in range(data.repeats))
    folds = [fold for dealt in deals for fold in dealt]
    if len(folds) > 1:
        return Division((*folds, *[frozenset()] * data.final))
    held = held_out(raw, data.validation, recipe.seed, learnt_before(start))
    return Division((held,) * (start.card.members if start else 1))


def _refuse_target(folder: Path) -> None:
    """Say before hours of work what would stop their result from being written."""
    if (folder / CARD).exists():
        raise TrainingError(f"{folder.name}: there is a model in this folder already. Choose another --out.")
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise TrainingError(f"{folder.name}: nothing can be written into {there.name}. Choose another --out.")


def _prepared(plan: Plan, raw: Sequence[RawFilm]) -> tuple[list[TrainingFilm], list[str]]:
    """Turn the films upright, leave out what teaches nothing, and add the generated ones."""
    level, start = plan.recipe.data.first_level, None
    if plan.start is not None and plan.recipe.family == "dense":
        start = DensePipeline(plan.start, torch.device("cpu"), members=[0])
    films, left_out = prepare(raw, plan.shape, level, start)
    teaches = [bool(np.isfinite(f.points[plan.indices]).all(axis=1).any()) for f in films]
    left_out += [
        f"{f.name}: none of the landmarks to train" for f, used in zip(films, teaches, strict=True) if not used
    ]
    useful = [f for f, used in zip(films, teaches, strict=True) if used]
    if not useful:
        raise TrainingError("No film can be trained on. " + " ".join(left_out))
    generated = plan.recipe.data.generated
    # A retraining on a few films must not turn into one on drawings.
    drawn = generated_films(min(generated, len(useful)) if plan.start else generated)
    return [*useful, *prepare(drawn, plan.shape, level)[0]], left_out


def _judged(
    plan: Plan,
    options: FitOptions,
    card: Card,
    weights: dict[str, Tensor],
    raw: Sequence[RawFilm],
    division: Division,
) -> tuple[Card, HeldOut]:
    """Return the card with what the held-out films tell, and the results on them.

    Where final members speak, those that were measured stay in a folder of their own beside them.

    Raises
    ------
    Stopped
        When somebody wants to stop.
    """
    judges = card.model_copy(update={"members": len(division.judges)})
    place = options.folder.parent / OUT_OF_FOLD if division.final else options.folder / UNFINISHED
    bundle = save_bundle(place, judges, _of_members(weights, division.judges))
    measured = _measure(bundle, raw, division, plan, options)
    calibration = calibrate(measured) or (plan.start.card.expected_error if plan.start else None)
    limits = usual_doubt(measured) or _limits_of(plan.start)
    results = {"validation_films": float(len(measured.names)), **_error("validation_mre_mm", measured)}
    normality = card.normality.model_copy(update=limits)
    return card.model_copy(update={"expected_error": calibration, "results": results, "normality": normality}), measured


def _error(name: str, measured: HeldOut) -> dict[str, float]:
    known = measured.unit == "mm" and np.isfinite(measured.errors).any()
    return {name: round(float(np.nanmean(measured.errors)), 3)} if known else {}


def _of_members(weights: dict[str, Tensor], members: Sequence[int]) -> dict[str, Tensor]:
    """Return the weights of some members, numbered anew, with what all members share."""
    numbers = {str(member): str(number) for number, member in enumerate(members)}
    chosen = {}
    for name, value in weights.items():
        stage, member, *rest = name.split(".")
        if stage == "face_area" or not member.isdigit():
            chosen[name] = value
        elif member in numbers:
            chosen[".".join([stage, numbers[member], *rest])] = value
    return chosen


def _limits_of(start: Bundle | None) -> dict[str, float]:
    if start is None:
        return {}
    return {"width_above": start.card.normality.width_above, "between_above": start.card.normality.between_above}


def _measure(bundle: Bundle, raw: Sequence[RawFilm], division: Division, plan: Plan, options: FitOptions) -> HeldOut:
    """Measure every held-out film with all members that have not seen it, and no other."""
    held = division.validation(raw)
    in_mm = all(film.mm_per_pixel for film in held)
    films: dict[tuple[int, ...], list[RawFilm]] = {division.judges: []}
    for film in held:
        films.setdefault(division.strangers(film), []).append(film)
    return HeldOut.join(
        [
            measure(
                Cascade(bundle, members=members),
                unseen,
                plan.indices,
                in_mm=in_mm,
                before_each=options.stop_when_asked,
            )
            for members, unseen in films.items()
        ]
    )


def _card(
    plan: Plan,
    name: str,
    raw: Sequence[RawFilm],
    changes: Sequence[str],
    division: Division,
    left_out: Sequence[str],
) -> Card:
    recipe, shape = plan.recipe, plan.shape
    training = division.trained(raw)
    return Card(
        format_version=FORMAT_VERSION,
        name=name,
        scheme=plan.scheme.name,
        scheme_version=plan.scheme.version,
        landmarks=plan.landmarks,
        recipe=recipe.name,
        family=recipe.family,
        members=len(division.final) or len(division.held),
        weights_sha256="",
        created=datetime.now(UTC).date().isoformat(),
        tool_version=napari_dentlm.__version__,
        normality=Normality(
            shape=tuple((round(float(x), 4), round(float(y), 4)) for x, y in shape.mean),
            residual=round(shape.residual, 3),
            refuse_above=round(shape.residual * REFUSE_FACTOR, 3),
            face_score=FACE_SCORE[recipe.family],
        ),
        readers=reader_spread(raw, plan.scheme) or (plan.start.card.readers if plan.start else {}),
        data={
            "films": len(training),
            "left_out": len(left_out),
            LEARNT: sorted({mark(f.group) for f in training if not f.generated} | learnt_before(plan.start)),
            **{
                f"held_out_{member}": [mark(film.name) for film in division.measured(raw, member)]
                for member in (division.judges if len(set(division.held)) > 1 else division.judges[:1])
            },
            "generated": recipe.data.generated,
            "seed": recipe.seed,
            "changes": list(changes),
            "started_from": plan.start.origin if plan.start else "nothing",
        },
    )


def _names(films: Sequence[RawFilm]) -> tuple[str, ...]:
    return tuple(f.name for f in films)
