"""All networks of a training, one after another, and what the first of them tell about the readers' habits."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.shape import Frame
from napari_dentlm.cascade.stages.coarse import CoarseStage
from napari_dentlm.cascade.transform import Transform2D
from napari_dentlm.cascade.view import UprightView
from training.conventions import find_changes, in_words, residuals
from training.division import Division
from training.films import TrainingFilm
from training.fitting import FitOptions, History, fit_once
from training.jobs import Job, jobs
from training.plan import Plan
from training.rendering import FilmStore


@dataclass(slots=True)
class Fitted:
    """What the networks learnt.

    Parameters
    ----------
    weights
        Of all stages, named as in the bundle.
    history
        Loss curve of every network.
    changes
        One sentence for each change of a reader's habits.
    """

    weights: dict[str, Tensor] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


def fit_stages(plan: Plan, films: Sequence[TrainingFilm], division: Division, options: FitOptions) -> Fitted:
    """Fit network after network, each from its own seed, so that the order of the members does not matter.

    Parameters
    ----------
    plan, options
        What is fitted, and how the loop runs.
    films
        Those that teach something, with generated ones.
    division
        Which member learns from which film.
    """
    result, store = Fitted(), FilmStore(films)
    if plan.start is not None:
        result.weights |= {f"face_area.{name}": value for name, value in plan.start.stage("face_area").items()}
    todo = jobs(plan, len(division.held), store)
    if plan.start is not None:
        for job in todo:
            job.task.network.load_state_dict(plan.start.stage(job.stage))
    if plan.start is not None or len(division.judges) == 1:
        _fit(todo, films, result, division, options)
        return result
    first = [job for job in todo if not job.stage.startswith("refine")]
    if _fit(first, films, result, division, options):
        real = [film for film in films if not film.generated]
        changes = find_changes(residuals(real, _references(real, first, division)))
        result.changes = in_words(changes, real, plan.scheme)
        _fit([job for job in todo if job not in first], films, result, division, options)
    return result


def _fit(
    todo: Sequence[Job], films: Sequence[TrainingFilm], result: Fitted, division: Division, options: FitOptions
) -> bool:
    """Fit some networks and add what they learnt to the result; False when somebody stopped the training."""
    for job in todo:
        training, validation = job.films(films, division)
        seeded = replace(options, seed=options.seed + job.seed)
        result.history[job.task.name] = fit_once(job.task, training, validation, seeded)
        if options.should_stop and options.should_stop():
            return False
        result.weights |= {f"{job.stage}.{name}": value for name, value in job.task.network.state_dict().items()}
    return True


def _references(films: Sequence[TrainingFilm], fitted: Sequence[Job], division: Division) -> list[NDArray[np.float64]]:
    """Return where the coarse members that never saw a film expect its points, (K, 2) in upright pixels each."""
    stages = {
        job.member: CoarseStage([network.eval()])
        for job in fitted
        if isinstance(network := job.task.network, CoarseNet)
    }
    return [_reference(film, [stages[member] for member in division.strangers(film)]) for film in films]


def _reference(film: TrainingFilm, stages: Sequence[CoarseStage]) -> NDArray[np.float64]:
    if not stages:
        return np.full_like(film.points, np.nan)
    view, frame = UprightView(film.pyramid, Transform2D.identity()), Frame(film.frame.centre, film.frame.unit)
    return np.mean([stage.points([view], [frame], 1)[0] for stage in stages], axis=0)
