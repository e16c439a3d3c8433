"""All networks of a training, one after another; in between, old labels are brought to the readers' newest habits."""

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
from training.conventions import find_changes, in_words, residuals, to_newest
from training.division import Division
from training.films import RawFilm, TrainingFilm
from training.fitting import FitOptions, History, fit_once
from training.jobs import Job, jobs, settling_jobs
from training.plan import Plan
from training.rendering import FilmStore


@dataclass(slots=True)
class Fitted:
    """What the networks learnt, and from what.

    Parameters
    ----------
    films
        The films with the labels that were learnt last.
    labelled
        The same as found, those that teach nothing among them.
    weights
        Of all stages, named as in the bundle.
    history
        Loss curve of every network.
    changes
        One sentence for each change of a reader's habits.
    """

    films: list[TrainingFilm]
    labelled: list[RawFilm]
    weights: dict[str, Tensor] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)


def fit_stages(
    plan: Plan, raw: Sequence[RawFilm], films: Sequence[TrainingFilm], division: Division, options: FitOptions
) -> Fitted:
    """Fit network after network, each from its own seed, so that the order of the members does not matter.

    Parameters
    ----------
    plan, options
        What is fitted, and how the loop runs.
    raw, films
        The films as found, and those of them that teach something, with generated ones.
    division
        Which member learns from which film.
    """
    result, store = Fitted(list(films), list(raw)), FilmStore(films)
    if plan.start is not None:
        result.weights |= {f"face_area.{name}": value for name, value in plan.start.stage("face_area").items()}
    todo = jobs(plan, len(division.held), store)
    if plan.start is not None:
        for job in todo:
            job.task.network.load_state_dict(plan.start.stage(job.stage))
    if not plan.recipe.data.newest_habits or plan.start is not None:
        _fit(todo, result, division, options)
        return result
    first = [job for job in todo if not job.stage.startswith("refine")]
    if _fit(first, result, division, options):
        _move_labels(plan, first, result, division)
        coarse = settling_jobs(plan, first, store) if result.changes else []
        _fit([*coarse, *(job for job in todo if job not in first)], result, division, options)
    return result


def _fit(todo: Sequence[Job], result: Fitted, division: Division, options: FitOptions) -> bool:
    """Fit some networks and add what they learnt to the result; False when somebody stopped the training."""
    for job in todo:
        training, validation = job.films(result.films, division)
        seeded = replace(options, seed=options.seed + job.seed)
        result.history[job.task.name] = fit_once(job.task, training, validation, seeded)
        if options.should_stop and options.should_stop():
            return False
        result.weights |= {f"{job.stage}.{name}": value for name, value in job.task.network.state_dict().items()}
    return True


def _move_labels(plan: Plan, fitted: Sequence[Job], result: Fitted, division: Division) -> None:
    """Bring the real films' labels to the newest habits, as the coarse members see them that never saw the film."""
    stages = {
        job.member: CoarseStage([network.eval()])
        for job in fitted
        if isinstance(network := job.task.network, CoarseNet)
    }
    real = [film for film in result.films if not film.generated]
    references = [_reference(film, [stages[member] for member in division.strangers(film)]) for film in real]
    changes = find_changes(residuals(real, references))
    moved = {id(old): new for old, new in zip(real, to_newest(real, changes), strict=True)}
    sources = {id(old.source): moved[id(old)].source for old in real}
    result.films = [moved.get(id(film), film) for film in result.films]
    result.labelled = [sources.get(id(film), film) for film in result.labelled]
    result.changes = in_words(changes, real, plan.scheme)


def _reference(film: TrainingFilm, stages: Sequence[CoarseStage]) -> NDArray[np.float64]:
    if not stages:
        return np.full_like(film.points, np.nan)
    view, frame = UprightView(film.pyramid, Transform2D.identity()), Frame(film.frame.centre, film.frame.unit)
    return np.mean([stage.points([view], [frame], 1)[0] for stage in stages], axis=0)
