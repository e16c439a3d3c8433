"""A whole training: films in, a bundle and its report out."""

import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

import napari_dentlm
from napari_dentlm.cascade.bundle import CARD, FORMAT_VERSION, Card, Normality, save_bundle
from napari_dentlm.cascade.dense import DensePipeline
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.scheme import load_scheme
from training.calibration import HeldOut, calibrate, measure, reader_spread
from training.checkpoints import fingerprint, keep_only
from training.films import RawFilm, TrainingFilm, prepare, split
from training.fitting import FitOptions, History, fit_once
from training.plan import Plan, make_plan
from training.recipe import load_recipe
from training.report import TrainingReport
from training.sources import generated_films, load_films
from training.stages.dense_face_area import FaceAreaTask
from training.stages.dense_points import CoarseTask, RefineTask
from training.stages.paper import PaperCoarseTask, PaperFaceAreaTask, PaperRefineTask
from training.stages.task import StageTask

CHECKPOINTS = ".dentlm-checkpoints"
REFUSE_FACTOR = 2.5
"""An image whose points lie so many times further from the average than the training films is refused."""
FACE_SCORE = {"dense": 0.3, "paper": 0.0}
"""Least face probability of a film; the published method has none: its best window wins whatever its score."""


def train(
    labels: str | Path,
    recipe: str | Path,
    *,
    out: str | Path,
    start_from: str | Path | None = None,
    images: Path | None = None,
    spacing_mm: float | None = None,
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
        Our CSV (confirmed, corrected and placed points count) or an ISBI folder.
    recipe
        Name of a recipe of the package, or a TOML file.
    out
        Folder of the new bundle. A training that was interrupted there resumes.
    start_from
        Bundle to go on from; its face-area stage is kept.
    images
        Folder the CSV's paths are relative to.
    spacing_mm
        Millimetres per pixel of films without a calibration.
    max_steps
        Steps per stage; -1 for the recipe's epochs.
    progress_bar, on_progress, should_stop, devices
        See `FitOptions`.

    Raises
    ------
    TrainingError
        When there is nothing to train on, the bundle to start from does not fit, or ``out`` holds a bundle.
    """
    chosen = load_recipe(recipe)
    scheme = load_scheme(chosen.scheme)
    raw = load_films(Path(labels), scheme, images=images, spacing_mm=spacing_mm)
    folder = Path(out)
    _refuse_overwriting(folder)
    training, validation = split(raw, chosen.data.validation, chosen.seed)
    plan = make_plan(chosen, scheme, start_from, training)
    films, held, left_out = _prepared(plan, training, validation)
    options = FitOptions(
        folder / CHECKPOINTS, chosen.seed, max_steps, 2, should_stop, on_progress, progress_bar, devices
    )
    keep_only(options.folder, fingerprint(plan.recipe, films, plan.start, max_steps))
    weights, history = _fit_stages(plan, films, held, options)
    names = _names(training), _names(validation), tuple(left_out)
    # With several cards every process comes here; the first alone writes.
    if (should_stop and should_stop()) or rank_zero_only.rank:
        return TrainingReport(folder, plan.landmarks, *names, history=history, stopped=True)
    new = _finish(plan, folder, weights, raw, training, validation, left_out)
    old = None if plan.start is None else measure(plan.start, validation, plan.indices)
    report = TrainingReport(folder, plan.landmarks, *names, new=new, old=old, history=history)
    report.save()
    shutil.rmtree(options.folder, ignore_errors=True)
    return report


def _refuse_overwriting(folder: Path) -> None:
    if (folder / CARD).exists():
        raise TrainingError(f"{folder.name}: there is a bundle in this folder already. Choose another --out.")


def _prepared(
    plan: Plan, training: Sequence[RawFilm], validation: Sequence[RawFilm]
) -> tuple[list[TrainingFilm], list[TrainingFilm], list[str]]:
    """Turn the films upright, leave out what teaches nothing, and add the generated ones."""
    level, start = plan.recipe.data.first_level, None
    if plan.start is not None and plan.recipe.family == "dense":
        start = DensePipeline(plan.start, torch.device("cpu"))
    films, left_out = prepare(training, plan.shape, level, start)
    held, held_out_left = prepare(validation, plan.shape, level, start)
    teaches = [bool(np.isfinite(f.points[plan.indices]).all(axis=1).any()) for f in films]
    left_out += [
        f"{f.name}: none of the landmarks to train" for f, used in zip(films, teaches, strict=True) if not used
    ]
    left_out += held_out_left
    useful = [f for f, used in zip(films, teaches, strict=True) if used]
    if not useful:
        raise TrainingError("No film can be trained on. " + " ".join(left_out))
    generated = plan.recipe.data.generated
    # A retraining on a few films must not turn into one on drawings.
    drawn = generated_films(min(generated, len(useful)) if plan.start else generated)
    return [*useful, *prepare(drawn, plan.shape, level)[0]], held, left_out


def _tasks(plan: Plan) -> dict[str, list[StageTask]]:
    recipe, count = plan.recipe, len(plan.landmarks)
    if recipe.family == "paper":
        refine = [PaperRefineTask(recipe.refine, index, n) for n, index in enumerate(plan.indices)]
        face_area = PaperFaceAreaTask(recipe.face_area)
        coarse = PaperCoarseTask(recipe.coarse, plan.indices, face_area.network)
        return {"face_area": [face_area], "coarse": [coarse], "refine": [*refine]}
    return {
        "face_area": [FaceAreaTask(recipe.face_area, recipe.data.negatives)],
        "coarse": [CoarseTask(recipe.coarse, count)],
        "refine": [RefineTask(recipe.refine, count)],
    }


def _fit_stages(
    plan: Plan, films: Sequence[TrainingFilm], held: Sequence[TrainingFilm], options: FitOptions
) -> tuple[dict[str, Tensor], dict[str, History]]:
    torch.manual_seed(plan.recipe.seed)
    weights: dict[str, Tensor] = {}
    history: dict[str, History] = {}
    for stage, tasks in _tasks(plan).items():
        if plan.start is not None and stage == "face_area":
            weights |= {f"face_area.{name}": value for name, value in plan.start.stage("face_area").items()}
            continue
        for number, task in enumerate(tasks):
            prefix = f"{stage}.{number}." if plan.recipe.family == "paper" and stage == "refine" else f"{stage}."
            if plan.start is not None:
                old = {f"{stage}.{k}": v for k, v in plan.start.stage(stage).items()}
                task.network.load_state_dict(
                    {k.removeprefix(prefix): v for k, v in old.items() if k.startswith(prefix)}
                )
            history[task.name] = fit_once(task, films, held, options)
            weights |= {f"{prefix}{name}": value for name, value in task.network.state_dict().items()}
    return weights, history


def _finish(
    plan: Plan,
    folder: Path,
    weights: dict[str, Tensor],
    raw: Sequence[RawFilm],
    training: Sequence[RawFilm],
    validation: Sequence[RawFilm],
    left_out: Sequence[str],
) -> HeldOut:
    """Write the bundle, measure it on the held-out films, and write it again with its calibration."""
    card = _card(plan, folder.name, raw, training, validation, left_out)
    bundle = save_bundle(folder, card, weights)
    held_out = measure(bundle, validation, plan.indices)
    calibration = calibrate(held_out) or (plan.start.card.expected_error if plan.start else None)
    results = {"validation_films": float(len(validation))}
    if held_out.unit == "mm" and np.isfinite(held_out.errors).any():
        results["validation_mre_mm"] = round(float(np.nanmean(held_out.errors)), 3)
    card = card.model_copy(update={"expected_error": calibration, "results": results})
    save_bundle(folder, card, weights)
    return held_out


def _card(
    plan: Plan,
    name: str,
    raw: Sequence[RawFilm],
    training: Sequence[RawFilm],
    validation: Sequence[RawFilm],
    left_out: Sequence[str],
) -> Card:
    recipe, shape = plan.recipe, plan.shape
    return Card(
        format_version=FORMAT_VERSION,
        name=name,
        scheme=plan.scheme.name,
        scheme_version=plan.scheme.version,
        landmarks=plan.landmarks,
        recipe=recipe.name,
        family=recipe.family,
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
            "films": len(training) - len(left_out),
            "held_out": list(_names(validation)),
            "generated": recipe.data.generated,
            "seed": recipe.seed,
            "started_from": plan.start.origin if plan.start else "nothing",
        },
    )


def _names(films: Sequence[RawFilm]) -> tuple[str, ...]:
    return tuple(f.name for f in films)
