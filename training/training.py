"""A whole training: films in, a bundle and its report out."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import napari_dentlm
from napari_dentlm.cascade.bundle import FORMAT_VERSION, Bundle, Card, Normality, load_bundle, save_bundle
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.scheme import LandmarkScheme, load_scheme
from training.calibration import HeldOut, calibrate, measure, reader_spread
from training.checkpoints import fingerprint, keep_only
from training.films import RawFilm, TrainingFilm, fit_shape, prepare, split
from training.fitting import FitOptions, History, fit_once
from training.recipe import Recipe, load_recipe
from training.report import TrainingReport
from training.sources import generated_films, load_films
from training.stages.dense_face_area import FaceAreaTask
from training.stages.dense_points import CoarseTask, RefineTask
from training.stages.paper import PaperCoarseTask, PaperFaceAreaTask, PaperRefineTask
from training.stages.task import StageTask

REFUSE_FACTOR = 2.5
"""An image whose points lie so many times further from the average than the training films is refused."""
FACE_SCORE = {"dense": 0.3, "paper": 0.2}


@dataclass(frozen=True, slots=True)
class _Plan:
    recipe: Recipe
    scheme: LandmarkScheme
    landmarks: tuple[str, ...]
    shape: FaceShape
    start: Bundle | None

    @property
    def indices(self) -> list[int]:
        return [self.scheme.index(key) for key in self.landmarks]


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
    progress_bar, on_progress, should_stop
        See `FitOptions`.

    Raises
    ------
    TrainingError
        When there is nothing to train on, or the bundle to start from does not fit.
    """
    torch.set_float32_matmul_precision("high")
    chosen = load_recipe(recipe)
    scheme = load_scheme(chosen.scheme)
    raw = load_films(Path(labels), scheme, images=images, spacing_mm=spacing_mm)
    training, validation = split(raw, chosen.data.validation, chosen.seed)
    plan = _plan(chosen, scheme, start_from, training)
    films, left_out = prepare([*training, *generated_films(chosen.data.generated)], plan.shape, chosen.data.first_level)
    held, _ = prepare(validation, plan.shape, chosen.data.first_level)
    if not films:
        raise TrainingError("No film can be trained on. " + " ".join(left_out))
    folder = Path(out)
    options = FitOptions(folder / "checkpoints", chosen.seed, max_steps, 2, should_stop, on_progress, progress_bar)
    keep_only(options.folder, fingerprint(plan.recipe, films, plan.start, max_steps))
    weights, history = _fit_stages(plan, films, held, options)
    names = _names(training), _names(validation), tuple(left_out)
    if should_stop and should_stop():
        return TrainingReport(folder, plan.landmarks, *names, history=history, stopped=True)
    new = _finish(plan, folder, weights, raw, training, validation, left_out)
    old = None if plan.start is None else measure(plan.start, validation, plan.indices)
    report = TrainingReport(folder, plan.landmarks, *names, new=new, old=old, history=history)
    report.save()
    shutil.rmtree(options.folder, ignore_errors=True)
    return report


def _plan(recipe: Recipe, scheme: LandmarkScheme, start_from: str | Path | None, training: Sequence[RawFilm]) -> _Plan:
    landmarks = recipe.landmarks or scheme.keys
    if start_from is None:
        return _Plan(recipe, scheme, landmarks, fit_shape(training), None)
    start = load_bundle(start_from)
    if (start.card.scheme, start.card.landmarks, start.card.family) != (
        scheme.name,
        landmarks,
        recipe.family,
    ):
        raise TrainingError(
            f"The bundle {start.card.name} was trained with the recipe {start.card.recipe}: "
            f"its landmarks or networks are not those of {recipe.name}. Use the same recipe, or start from nothing."
        )
    gentle = recipe.model_copy(
        update={stage: _gentle(getattr(recipe, stage), recipe) for stage in ("coarse", "refine")}
    )
    shape = start.shape if start.card.normality.shape else fit_shape(training)
    return _Plan(gentle, scheme, landmarks, shape, start)


def _gentle(stage, recipe: Recipe):
    retrain = recipe.retrain
    return stage.model_copy(
        update={
            "learning_rate": stage.learning_rate * retrain.learning_rate_factor,
            "epochs": max(1, round(stage.epochs * retrain.epochs_factor)),
        }
    )


def _tasks(plan: _Plan) -> dict[str, list[StageTask]]:
    recipe, count = plan.recipe, len(plan.landmarks)
    if recipe.family == "paper":
        refine = [PaperRefineTask(recipe.refine, index, n) for n, index in enumerate(plan.indices)]
        coarse = PaperCoarseTask(recipe.coarse, plan.indices)
        return {"face_area": [PaperFaceAreaTask(recipe.face_area)], "coarse": [coarse], "refine": [*refine]}
    return {
        "face_area": [FaceAreaTask(recipe.face_area, recipe.data.negatives)],
        "coarse": [CoarseTask(recipe.coarse, count)],
        "refine": [RefineTask(recipe.refine, count)],
    }


def _fit_stages(
    plan: _Plan, films: Sequence[TrainingFilm], held: Sequence[TrainingFilm], options: FitOptions
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
    plan: _Plan,
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
    if np.isfinite(held_out.errors).any():
        results["validation_mre_mm"] = round(float(np.nanmean(held_out.errors)), 3)
    card = card.model_copy(update={"expected_error": calibration, "results": results})
    save_bundle(folder, card, weights)
    return held_out


def _card(
    plan: _Plan,
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
        readers=reader_spread(raw, plan.scheme),
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
