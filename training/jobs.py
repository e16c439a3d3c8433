"""The networks that a training fits, one after the other, and the films that each of them learns from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from training.division import Division
from training.films import TrainingFilm
from training.plan import Plan
from training.rendering import FilmStore
from training.stages.dense_face_area import FaceAreaTask
from training.stages.dense_points import CoarseTask, RefineTask
from training.stages.paper import PaperCoarseTask, PaperFaceAreaTask, PaperRefineTask
from training.stages.task import StageTask


@dataclass(frozen=True, slots=True)
class Job:
    """One network to fit.

    Parameters
    ----------
    stage
        Its name in the bundle; the weights are called ``<stage>.<parameter>``.
    task
        What it learns.
    member
        The member it belongs to, or None when all members share it.
    """

    stage: str
    task: StageTask
    member: int | None = None

    @property
    def seed(self) -> int:
        """Return what is added to the recipe's seed, so that members differ."""
        return self.member or 0

    def films(self, films: Sequence[TrainingFilm], division: Division) -> tuple[list[TrainingFilm], list[TrainingFilm]]:
        """Return the films to learn from and those to measure on; a shared network sees what any member sees."""
        if self.member is not None:
            return division.training(films, self.member), division.measured(films, self.member)
        training = division.trained(films)
        known = {id(film) for film in training}
        return training, [f for f in films if id(f) not in known]


def jobs(plan: Plan, members: int, store: FilmStore) -> list[Job]:
    """Return the networks of a plan in the order in which they are fitted; a retraining keeps the face area."""
    recipe, count = plan.recipe, len(plan.landmarks)
    torch.manual_seed(recipe.seed)
    if recipe.family == "paper":
        refine = [PaperRefineTask(recipe.refine, index, n) for n, index in enumerate(plan.indices)]
        face_area = PaperFaceAreaTask(recipe.face_area)
        if plan.start is not None:
            face_area.network.load_state_dict(plan.start.stage("face_area"))
        coarse = PaperCoarseTask(recipe.coarse, plan.indices, face_area.network)
        points = [Job("coarse", coarse), *(Job(f"refine.{n}", task) for n, task in enumerate(refine))]
        return points if plan.start else [Job("face_area", face_area), *points]
    found = [] if plan.start else [Job("face_area", FaceAreaTask(recipe.face_area, recipe.data.negatives))]
    for member in range(members):
        for stage, kind in (("coarse", CoarseTask), ("refine", RefineTask)):
            torch.manual_seed(recipe.seed + member)
            found.append(Job(f"{stage}.{member}", kind(getattr(recipe, stage), count, store, member), member))
    return found
