"""What a training starts from: recipe, scheme, average face, and the bundle that a retraining goes on from."""

from collections.abc import Sequence
from dataclasses import dataclass

from napari_dentlm.cascade.bundle import Bundle
from napari_dentlm.cascade.shape import FaceShape
from napari_dentlm.core.errors import TrainingError
from napari_dentlm.core.scheme import LandmarkScheme
from training.films import RawFilm, fit_shape
from training.recipe import Recipe, RetrainRecipe, StageRecipe


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is decided before the first step.

    Parameters
    ----------
    recipe
        As it will be followed: gentler when there is a ``start``.
    scheme, landmarks
        The scheme and the keys to be trained.
    shape
        The average face.
    start
        The bundle to go on from, or None.
    """

    recipe: Recipe
    scheme: LandmarkScheme
    landmarks: tuple[str, ...]
    shape: FaceShape
    start: Bundle | None

    @property
    def indices(self) -> list[int]:
        """Return the numbers of the landmarks in the scheme."""
        return [self.scheme.index(key) for key in self.landmarks]


def make_plan(recipe: Recipe, scheme: LandmarkScheme, start: Bundle | None, training: Sequence[RawFilm]) -> Plan:
    """Decide what a training starts from.

    Raises
    ------
    TrainingError
        When the bundle to start from has other landmarks or networks, or no average face can be computed.
    """
    landmarks = recipe.landmarks or scheme.keys
    if start is None:
        return Plan(recipe, scheme, landmarks, fit_shape(training), None)
    if (start.card.scheme, start.card.landmarks, start.card.family) != (
        scheme.name,
        landmarks,
        recipe.family,
    ):
        raise TrainingError(
            f"The model {start.card.name} was trained with the recipe {start.card.recipe}: "
            f"its landmarks or networks are not those of {recipe.name}. Use the same recipe, or start from nothing."
        )
    gentler = recipe.model_copy(
        update={stage: gentle(getattr(recipe, stage), recipe.retrain) for stage in ("coarse", "refine")}
    )
    shape = start.shape if start.card.normality.shape else fit_shape(training)
    return Plan(gentler, scheme, landmarks, shape, start)


def gentle(stage: StageRecipe, retrain: RetrainRecipe) -> StageRecipe:
    """Return how a stage is fitted that goes on from a bundle."""
    return stage.model_copy(
        update={
            "learning_rate": stage.learning_rate * retrain.learning_rate_factor,
            "epochs": max(1, round(stage.epochs * retrain.epochs_factor)),
        }
    )
