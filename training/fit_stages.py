"""All networks of a training, one after another; in between, changes of the readers' habits are looked for."""

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
        The films as found, with the same labels; those that teach nothing keep theirs.
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
    if plan.start is not None or len(division.judges) == 1:
        _fit(todo, result, division, options)
        return result
    first = [job for job in todo if not job.stage.startswith("refine")]
    if _fit(first, result, division, options):
        real = [film for film in result.films if not film.generated]
        changes = find_changes(residuals(real, _references(real, first, division)))
        result.changes = in_words(changes, real, plan.scheme)
        later = [job for job in todo if job not in first]
        if changes and plan.recipe.data.newest_habits:
            _move_labels(result, real, to_newest(real, changes))
            later = [*settling_jobs(plan, first, store), *later]
        _fit(later, result, division, options)
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


def _move_labels(result: Fitted, films: Sequence[TrainingFilm], moved: Sequence[TrainingFilm]) -> None:
    """Put the moved films in place of the others."""
    places = {id(old): new for old, new in zip(films, moved, strict=True)}
    sources = {id(old.source): new.source for old, new in zip(films, moved, strict=True)}
    result.films = [places.get(id(film), film) for film in result.films]
    result.labelled = [sources.get(id(film), film) for film in result.labelled]
