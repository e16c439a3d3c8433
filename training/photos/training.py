"""A whole training on photographs: faces in, a bundle and its report out."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

import napari_dentlm
from napari_dentlm.cascade.bundle import FORMAT_VERSION, Bundle, Card, Normality, save_bundle
from napari_dentlm.cascade.prediction import Quality
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.cascade.stages.photo_points import EYES_APART
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.nme import eyes_apart, nme_table
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme
from training.calibration import HeldOut, calibrate, usual_doubt
from training.checkpoints import UNFINISHED, keep_only
from training.division import LEARNT, learnt_before, mark
from training.fitting import FitOptions, History, Stopped, fit_once
from training.photos.measuring import measure_photos
from training.photos.photos import RawPhoto, TrainingPhoto, held_out, prepare
from training.plan import gentle
from training.recipe import PhotoRecipe, StageRecipe
from training.rendering import FilmStore
from training.report import PhotoReport, TrainingReport
from training.stages.photo_area import PhotoAreaTask
from training.stages.photo_points import PhotoCoarseTask, PhotoRefineTask
from training.stages.photo_regression import PhotoRegressionTask
from training.stages.task import StageTask

WIDTH_MARGIN = 1.28
"""About halfway, in ratios, between faces and the noise in which the detector saw one."""
REFUSE_FACTOR = 2.0
"""Points that lie so many times further from the average face than those of the training faces are not believed."""


def train_photos(
    raw: Sequence[RawPhoto], recipe: PhotoRecipe, folder: Path, options: FitOptions, start: Bundle | None
) -> TrainingReport:
    """Train a bundle for photographs (see `training.train`).

    Raises
    ------
    TrainingError
        When there is nothing to train on, or the bundle to start from has other networks.
    """
    scheme = load_scheme(recipe.scheme)
    if start is not None:
        _check_start(start, recipe)
        gentler = {stage: fit and gentle(fit, recipe.retrain) for stage, fit in _stages(recipe).items()}
        recipe = recipe.model_copy(update=gentler)
    held = held_out(raw, recipe.validation, recipe.seed, learnt_before(start))
    learnt, judged = [p for p in raw if p.group not in held], [p for p in raw if p.group in held]
    if not learnt:
        raise TrainingError("All photographs show one person, who is held out. Set `validation` to 0 in the recipe.")
    keep_only(options.folder, _fingerprint(recipe, raw, held, start, options.max_steps))
    shape = start.shape if start is not None and start.card.normality.shape else _shape(learnt, scheme)
    weights, history = _fit(recipe, scheme, shape, (prepare(learnt), prepare(judged)), options, start)
    names = _names(learnt), _names(judged)
    if (options.should_stop and options.should_stop()) or rank_zero_only.rank:
        return PhotoReport(folder, scheme.keys, *names, history=history, stopped=True)
    card = _card(recipe, scheme, folder.name, shape, (learnt, judged), start)
    try:
        card, new = _judged(card, weights, judged, options)
        old = None if start is None else measure_photos(start, judged, before_each=options.stop_when_asked)
    except Stopped:
        return PhotoReport(folder, scheme.keys, *names, history=history, stopped=True)
    report = PhotoReport(folder, scheme.keys, *names, new=new, old=old, history=history)
    report.save()
    # Last: a training whose folder holds a model is over.
    save_bundle(folder, card, weights)
    shutil.rmtree(options.folder, ignore_errors=True)
    return report


def _stages(recipe: PhotoRecipe) -> dict[str, StageRecipe | None]:
    return {"coarse": recipe.coarse, "refine": recipe.refine}


def _check_start(start: Bundle, recipe: PhotoRecipe) -> None:
    if (start.card.scheme, start.card.family, start.card.network) != (recipe.scheme, recipe.family, recipe.network):
        raise TrainingError(
            f"The model {start.card.name} was trained with the recipe {start.card.recipe}: its networks are not those "
            f"of {recipe.name}. Use the same recipe, or start from nothing."
        )


def _shape(photos: Sequence[RawPhoto], scheme: LandmarkScheme) -> FaceShape:
    """Average the complete faces; one face unit is a ninetieth of the distance between the eyes."""
    points = np.stack([p.points for p in photos])
    points = points[np.isfinite(points).all(axis=(1, 2))]
    if not len(points):
        raise TrainingError("No face has all its points, so no average face can be computed. Start from a model.")
    return FaceShape.fit(points, EYES_APART / eyes_apart(points, scheme))


def _fit(
    recipe: PhotoRecipe,
    scheme: LandmarkScheme,
    shape: FaceShape,
    photos: tuple[list[TrainingPhoto], list[TrainingPhoto]],
    options: FitOptions,
    start: Bundle | None,
) -> tuple[dict[str, Tensor], dict[str, History]]:
    """Fit network after network, each from its own seed, so that the order does not matter."""
    store = FilmStore([*photos[0], *photos[1]])
    weights = {} if start is None else dict(start.weights)
    history: dict[str, History] = {}
    tasks = _tasks(recipe, store, scheme.mirror_order, shape)
    # The detector of the model that a retraining starts from is kept.
    if recipe.photo_area is not None and start is None:
        tasks.append(PhotoAreaTask(recipe.photo_area))
    for number, task in enumerate(tasks):
        if start is not None:
            task.network.load_state_dict(start.stage(task.name))
        history[task.name] = fit_once(task, *photos, replace(options, seed=options.seed + number))
        if options.should_stop and options.should_stop():
            break
        weights |= {f"{task.name}.{name}": value.cpu() for name, value in task.network.state_dict().items()}
    return weights, history


def _tasks(recipe: PhotoRecipe, store: FilmStore, order: Sequence[int], shape: FaceShape) -> list[StageTask]:
    torch.manual_seed(recipe.seed)
    if recipe.refine is None:
        return [PhotoRegressionTask(recipe.coarse, store, order, recipe.network)]
    return [PhotoCoarseTask(recipe.coarse, store, order), PhotoRefineTask(recipe.refine, store, order, shape)]


def _judged(
    card: Card, weights: dict[str, Tensor], judged: Sequence[RawPhoto], options: FitOptions
) -> tuple[Card, HeldOut]:
    """Return the card with what the held-out faces tell, and the results on them.

    Raises
    ------
    Stopped
        When somebody wants to stop.
    """
    bundle = save_bundle(options.folder / UNFINISHED, card, weights)
    measured = measure_photos(bundle, judged, before_each=options.stop_when_asked)
    results: dict[str, str | float] = {"validation_faces": float(len(judged))}
    table = nme_table(measured.errors, card.landmarks)
    if np.isfinite(table.nme):
        results |= {"validation_nme_percent": round(table.nme, 3), "validation_failures": round(table.failures, 4)}
    best = None
    if card.family == "photo":
        best = calibrate(measure_photos(bundle, judged, Quality.BEST, options.stop_when_asked))
    doubt = usual_doubt(measured, WIDTH_MARGIN)
    updated = card.model_copy(
        update={
            "results": results,
            "expected_error": calibrate(measured) or card.expected_error,
            "expected_error_best": best or card.expected_error_best,
            "normality": card.normality.model_copy(update=doubt),
        }
    )
    return updated, measured


def _card(
    recipe: PhotoRecipe,
    scheme: LandmarkScheme,
    name: str,
    shape: FaceShape,
    photos: tuple[list[RawPhoto], list[RawPhoto]],
    start: Bundle | None,
) -> Card:
    learnt, judged = photos
    return Card(
        format_version=FORMAT_VERSION,
        name=name,
        scheme=scheme.name,
        scheme_version=scheme.version,
        landmarks=scheme.keys,
        recipe=recipe.name,
        family=recipe.family,
        network=recipe.network,
        weights_sha256="",
        created=datetime.now(UTC).date().isoformat(),
        tool_version=napari_dentlm.__version__,
        normality=Normality(
            shape=tuple((round(float(x), 3), round(float(y), 3)) for x, y in shape.mean),
            residual=round(shape.residual, 3),
            refuse_above=round(shape.residual * REFUSE_FACTOR, 3),
        ),
        expected_error=start.card.expected_error if start else None,
        expected_error_best=start.card.expected_error_best if start else None,
        data={
            "faces": len(learnt),
            "persons": len({p.group for p in learnt}),
            LEARNT: sorted({mark(p.group) for p in learnt} | learnt_before(start)),
            "held_out": len(judged),
            "seed": recipe.seed,
            "started_from": start.origin if start else "nothing",
            **({"terms": recipe.terms} if recipe.terms else {}),
        },
    )


def _fingerprint(
    recipe: PhotoRecipe, photos: Sequence[RawPhoto], held: frozenset[str], start: Bundle | None, max_steps: int
) -> str:
    """Return a hash over everything that decides how a training goes (see `checkpoints`)."""
    digest = hashlib.sha256(recipe.model_dump_json().encode())
    digest.update(f"{start.origin if start else ''} {max_steps} {sorted(held)}".encode())
    for photo in photos:
        digest.update(f"{photo.name} {photo.box}".encode() + photo.points.tobytes())
    return digest.hexdigest()


def _names(photos: Sequence[RawPhoto]) -> tuple[str, ...]:
    return tuple(p.name for p in photos)
