"""Recipes: one TOML file that trains a bundle reproducibly."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from napari_dentlm.core.errors import TrainingError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataRecipe(_Strict):
    """Which films: ``generated`` films are added; ``negatives`` is the share of
    face-area samples that show no face. With ``folds`` the films are dealt into so many folds and one member is
    trained without each; with ``repeats`` they are dealt anew so many times, so that as many members never see a
    film. Without folds ``validation`` is the share of real films held out from a single member.
    With ``final`` so many members are trained on all films besides; they are the bundle, and those of the folds
    only tell how far to trust it.
    """

    generated: int = Field(0, ge=0, le=1000)
    negatives: float = Field(0.0, ge=0, lt=1)
    validation: float = Field(0.12, ge=0, lt=1)
    folds: int = Field(1, ge=1, le=10)
    repeats: int = Field(1, ge=1, le=4)
    final: int = Field(0, ge=0, le=10)
    first_level: int = Field(1, ge=0, le=3)


class StageRecipe(_Strict):
    """How one stage is fitted; augmentation values are standard deviations unless said otherwise.

    ``shift`` is in face units, ``scale`` and ``stretch`` in natural logarithms, ``angle`` in degrees,
    ``elastic`` in window pixels; ``target_spread`` is 0 for the readers' mean, 1 for anywhere between them.
    On photographs ``shift`` is in sides of the window, and ``mirror`` is the share of windows that are mirrored;
    ``loss`` is that of networks which give numbers. AdamW without ``weight_decay`` is Adam.
    """

    epochs: int = Field(ge=1)
    batch: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(0.01, ge=0)
    loss: Literal["mse", "l1"] = "mse"
    optimizer: Literal["adamw", "sgd"] = "adamw"
    momentum: float = Field(0.9, ge=0, lt=1, description="of the optimizer sgd")
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    keep_best: bool = Field(False, description="keep the weights of the best validation, not the last ones")
    average: float = Field(0.998, ge=0, lt=1)
    patience: int = Field(0, ge=0, description="validations without progress before stopping; 0 never stops early")
    copies: int = Field(1, ge=1, description="samples drawn from each film in an epoch")
    sigma: float = Field(1.2, gt=0, description="width of the target Gaussian, in cells of the map")
    distance_weight: float = Field(0.5, ge=0)
    shift: float = Field(0.0, ge=0)
    gross: float = Field(0.0, ge=0, le=1, description="share of samples shifted anywhere within `reach`")
    reach: float = Field(5.0, ge=0)
    scale: float = Field(0.0, ge=0)
    stretch: float = Field(0.0, ge=0)
    angle: float = Field(0.0, ge=0)
    elastic: float = Field(0.0, ge=0)
    grey: float = Field(1.0, ge=0)
    hide: float = Field(0.0, ge=0, le=1)
    target_spread: float = Field(0.0, ge=0, le=1)
    mirror: float = Field(0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _check_best(self) -> Self:
        if self.keep_best and self.average:
            raise ValueError("the best weights cannot be kept where weights are averaged; set `average` to 0")
        return self


class RetrainRecipe(_Strict):
    """How much gentler a training is that goes on from a bundle."""

    learning_rate_factor: float = Field(0.1, gt=0, le=1)
    epochs_factor: float = Field(0.15, gt=0, le=1)


class Recipe(_Strict):
    """A whole training: data and three stages.

    ``family`` chooses the networks: ``dense`` (maps of logits) or ``paper`` (the published method).
    ``landmarks`` is empty for all of the scheme.
    """

    name: str
    description: str
    scheme: str
    family: Literal["dense", "paper"]
    landmarks: tuple[str, ...] = ()
    seed: int = 0
    data: DataRecipe
    retrain: RetrainRecipe = RetrainRecipe()
    face_area: StageRecipe
    coarse: StageRecipe
    refine: StageRecipe

    @model_validator(mode="after")
    def _check_family(self) -> Self:
        if self.family == "dense" and self.landmarks:
            raise ValueError("a dense recipe trains all landmarks of its scheme; leave `landmarks` out")
        if self.family == "paper" and self.data.folds > 1:
            raise ValueError("the published method has one member; leave `folds` out and state `validation`")
        return self


class PhotoRecipe(_Strict):
    """A training on photographs: one network, or the two looks of a cascade.

    ``family`` is ``photo`` (stages ``coarse`` and ``refine``) or ``photo-regression`` (stage ``coarse`` alone, the
    ``network`` of which is one of `photo_regressors`). ``validation`` is the share of persons held out; the
    ``terms`` of the data stand on the card.
    """

    name: str
    description: str
    scheme: str
    family: Literal["photo", "photo-regression"]
    network: str = ""
    terms: str = ""
    seed: int = 0
    validation: float = Field(0.1, ge=0, lt=1)
    retrain: RetrainRecipe = RetrainRecipe()
    photo_area: StageRecipe | None = None
    coarse: StageRecipe
    refine: StageRecipe | None = None

    @model_validator(mode="after")
    def _check_family(self) -> Self:
        if (self.family == "photo") != (self.refine is not None) or (self.family == "photo") == bool(self.network):
            raise ValueError("`photo` has the stages coarse and refine, `photo-regression` has coarse and a network")
        return self


def load_recipe(name: str | Path) -> Recipe | PhotoRecipe:
    """Read a recipe by its name in `training/recipes` or from a TOML file.

    Raises
    ------
    TrainingError
        When there is no such recipe or it does not hold what a recipe needs.
    """
    path = Path(name)
    if path.suffix != ".toml":
        folder = resources.files("training") / "recipes"
        known = sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))
        if str(name) not in known:
            raise TrainingError(f"There is no recipe {name!r}. Known: {', '.join(known)}, or a path ending in .toml.")
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    else:
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"{path.name}: the recipe cannot be read ({error.strerror}).") from error
    try:
        content = tomllib.loads(text)
        kind = PhotoRecipe if str(content.get("family", "")).startswith("photo") else Recipe
        return kind.model_validate(content)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TrainingError(f"{name}: not a valid recipe. {error}") from error
