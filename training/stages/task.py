"""The contract between a stage's training data and the loop that fits it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.random import Generator
from torch import Tensor, nn

from training.films import TrainingFilm
from training.recipe import StageRecipe

Batch = tuple[Tensor, ...]
EPOCH_STRIDE = 1_000_003
"""Larger than any number of samples in an epoch, so that (epoch, sample) fits one integer."""


class StageTask(Protocol):
    """A stage to be fitted.

    ``sample`` gives tensors whose first axis is joined over the batch; ``loss`` is what is minimised and
    ``error`` what a user would measure, in face units where it is a distance.
    """

    name: str
    recipe: StageRecipe
    network: nn.Module

    def sample(self, film: TrainingFilm, rng: Generator | None) -> Batch:
        """Return one training sample of a film, or, without ``rng``, its plain validation sample."""

    def loss(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the loss of a batch."""

    def error(self, network: nn.Module, batch: Batch) -> Tensor:
        """Return the error of every point of a validation batch."""


class SampleSet:
    """Samples of a task as a data set; every sample's randomness follows from seed, epoch and number alone."""

    def __init__(self, task: StageTask, films: Sequence[TrainingFilm], seed: int, *, training: bool) -> None:
        self._task, self._films, self._seed, self._training = task, films, seed, training
        self.copies = task.recipe.copies if training else 1

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""
        return len(self._films) * self.copies

    def __getitem__(self, key: int) -> Batch:
        """Return sample ``epoch * EPOCH_STRIDE + number``."""
        number = key % EPOCH_STRIDE % len(self)
        rng = np.random.default_rng((self._seed, key)) if self._training else None
        return self._task.sample(self._films[number % len(self._films)], rng)


class EpochSampler:
    """Shuffles the samples anew each epoch, the same way in every run; lightning calls ``set_epoch``."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed, self._epoch = count, seed, 0

    def __len__(self) -> int:
        """Return the number of samples in an epoch."""
        return self._count

    def __iter__(self):
        """Yield the keys of one epoch."""
        order = np.random.default_rng((self._seed, self._epoch)).permutation(self._count)
        return iter((self._epoch * EPOCH_STRIDE + order).tolist())

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order comes next."""
        self._epoch = epoch
