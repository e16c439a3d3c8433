"""The loop that fits one stage: precision, weight averaging, checkpoints, resume, early stop."""

import json
import logging
import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import (
    Callback,
    EarlyStopping,
    ModelCheckpoint,
    TQDMProgressBar,
    WeightAveraging,
)
from safetensors.torch import load_model, save_model
from torch import Tensor
from torch.utils.data import DataLoader

from napari_dentlm.cascade.precision import fast_bfloat16
from napari_dentlm.core.files import write_text
from training.films import TrainingFilm
from training.stages.task import Batch, EpochSampler, SampleSet, StageTask

History = list[tuple[int, float, float | None]]
"""(epoch, mean loss, mean error on held-out films) of every epoch; None without a validation."""


class Stopped(Exception):  # noqa: N818 - not an error: the way out of a loop when somebody wants to stop
    """Raised in a loop; the epoch that it breaks off is not kept, so that a resumed training is the same."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How the loop runs, apart from the recipe.

    Parameters
    ----------
    folder
        Where checkpoints go; a run that was interrupted resumes from there.
    seed
        Seed of weights, order and augmentation.
    max_steps
        Stop after so many steps; -1 for the recipe's epochs.
    validate_every
        Epochs between validations.
    should_stop
        Asked after every step; True ends the training at once.
    on_progress
        Called with (stage, step, steps) after every step.
    progress_bar
        Whether to draw one.
    devices
        Graphics cards, or processes on a CPU; ``auto`` for all cards.
    """

    folder: Path
    seed: int = 0
    max_steps: int = -1
    validate_every: int = 2
    should_stop: Callable[[], bool] | None = None
    on_progress: Callable[[str, int, int], None] | None = None
    progress_bar: bool = True
    devices: int | str = "auto"

    def stop_when_asked(self) -> None:
        """Ask whether to go on.

        Raises
        ------
        Stopped
            When somebody wants to stop.
        """
        if self.should_stop and self.should_stop():
            raise Stopped


class StageModule(pl.LightningModule):
    """A stage's task as lightning sees it."""

    def __init__(self, task: StageTask, seed: int) -> None:
        super().__init__()
        self.network = task.network
        self._task, self._seed = task, seed
        self._error: float | None = None
        self.history: History = []
        self._losses: list[Tensor] = []
        self._errors: list[Tensor] = []

    def on_train_batch_start(self, _batch: Batch, _number: int) -> None:
        """Draw what dropout leaves out from the number of the step, so that a resumed training is the same."""
        torch.manual_seed(self._seed * 1_000_003 + self.global_step)

    def training_step(self, batch: Batch, _: int) -> Tensor:
        """Return the loss of a batch."""
        loss = self._task.loss(self.network, _channels_last(batch))
        self._losses.append(loss.detach())
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        """Collect the errors of a validation batch."""
        self._errors.append(self._task.error(self.network, _channels_last(batch)).detach().float().flatten())

    def on_validation_epoch_end(self) -> None:
        """Log the mean error and remember it for the loss curve."""
        errors = torch.cat(self._errors)
        mean = float(errors[torch.isfinite(errors)].mean())
        self._error, self._errors = mean if math.isfinite(mean) else None, []
        self.log("error", mean, prog_bar=True, sync_dist=True)

    def on_train_epoch_end(self) -> None:
        """Add a point to the loss curve; the error is None in epochs without a validation."""
        self.history.append((self.current_epoch + 1, float(torch.stack(self._losses).mean()), self._error))
        self._error, self._losses = None, []

    def on_save_checkpoint(self, checkpoint: dict[str, object]) -> None:
        """Keep the loss curve."""
        checkpoint["history"] = self.history

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Go on with the loss curve."""
        self.history = [(epoch, loss, error) for epoch, loss, error in checkpoint["history"]]

    def configure_optimizers(self) -> dict[str, object]:
        """The recipe's optimizer and schedule."""
        recipe = self._task.recipe
        sgd = recipe.optimizer == "sgd"
        kind = partial(torch.optim.SGD, momentum=recipe.momentum) if sgd else torch.optim.AdamW
        optimizer = kind(
            self.network.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
        )
        if recipe.schedule == "constant":
            return {"optimizer": optimizer}
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            recipe.learning_rate,
            total_steps=max(int(self.trainer.estimated_stepping_batches), 2),
            pct_start=0.15,
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class _Watch(Callback):
    """Passes progress out and the wish to stop in."""

    def __init__(self, name: str, steps: int, options: FitOptions) -> None:
        self._name, self._steps, self._options = name, steps, options

    def on_train_batch_end(self, trainer: pl.Trainer, *_: object) -> None:
        """After every step."""
        if self._options.on_progress:
            self._options.on_progress(self._name, trainer.global_step, self._steps)
        self._options.stop_when_asked()


def fit_once(
    task: StageTask, training: Sequence[TrainingFilm], validation: Sequence[TrainingFilm], options: FitOptions
) -> History:
    """Fit a stage, or take its weights from the checkpoints when an interrupted training had finished it."""
    done = options.folder / f"{task.name}-done.safetensors"
    curve = options.folder / f"{task.name}-done.json"
    if done.exists() and curve.exists():
        load_model(task.network, done)
        return [tuple(entry) for entry in json.loads(curve.read_text(encoding="utf-8"))]
    history = fit(task, training, validation, options)
    if not (options.should_stop and options.should_stop()):
        save_model(task.network, str(done))
        write_text(curve, json.dumps(history))
    return history


def fit(
    task: StageTask, training: Sequence[TrainingFilm], validation: Sequence[TrainingFilm], options: FitOptions
) -> History:
    """Fit a stage's network in place, going on from its last checkpoint if there is one."""
    recipe = task.recipe
    pl.seed_everything(options.seed, verbose=False)
    data = SampleSet(task, training, options.seed, training=True)
    sampler = EpochSampler(len(data), options.seed)
    loader = DataLoader(data, min(recipe.batch, len(data)), sampler=sampler, collate_fn=_join, drop_last=True)
    held = SampleSet(task, validation, options.seed, training=False)
    held_loader = DataLoader(held, recipe.batch, collate_fn=_join) if validation else None
    # A validation costs as much as an epoch or more; only a stage that may stop early needs many.
    stops = recipe.patience or recipe.keep_best
    every = options.validate_every if stops else max(options.validate_every, recipe.epochs // 3)
    steps = len(loader) * recipe.epochs if options.max_steps < 0 else options.max_steps
    module = StageModule(task, options.seed)
    module.network.to(memory_format=torch.channels_last)
    with warnings.catch_warnings(), suppress(Stopped):
        warnings.simplefilter("ignore")
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        trainer = _trainer(task, steps, replace(options, validate_every=every))
        last = options.folder / f"{task.name}-last.ckpt"
        if not _took_over(module, last, steps):
            trainer.fit(module, loader, held_loader, ckpt_path=last if last.exists() else None, weights_only=True)
    best = options.folder / _best(task)
    if recipe.keep_best and best.exists():
        state = torch.load(best, map_location="cpu", weights_only=True)["state_dict"]
        module.load_state_dict(state)
    module.network.eval()
    return module.history


def _took_over(module: StageModule, last: Path, steps: int) -> bool:
    """Take the weights of a checkpoint that was written after the last step; False when steps are left.

    Lightning would resume it, find nothing to do, and leave the weights of the last step in place of their average.
    """
    if not last.exists():
        return False
    checkpoint = torch.load(last, map_location="cpu", weights_only=True)
    if checkpoint["global_step"] < steps:
        return False
    module.load_state_dict(checkpoint["state_dict"])
    module.on_load_checkpoint(checkpoint)
    return True


def _best(task: StageTask) -> str:
    return f"{task.name}-best.ckpt"


def _trainer(task: StageTask, steps: int, options: FitOptions) -> pl.Trainer:
    recipe = task.recipe
    callbacks: list[Callback] = [
        _Watch(task.name, steps, options),
        ModelCheckpoint(
            options.folder, filename=f"{task.name}-last", enable_version_counter=False, save_on_train_epoch_end=True
        ),
    ]
    if recipe.average > 0:
        callbacks.append(WeightAveraging(multi_avg_fn=_warm_average(recipe.average)))
    if recipe.keep_best:
        callbacks.append(
            ModelCheckpoint(
                options.folder,
                filename=_best(task).removesuffix(".ckpt"),
                monitor="error",
                enable_version_counter=False,
                save_on_train_epoch_end=False,
            )
        )
    if recipe.patience > 0:
        callbacks.append(EarlyStopping("error", patience=recipe.patience))
    if options.progress_bar:
        callbacks.append(TQDMProgressBar(refresh_rate=10))
    return pl.Trainer(
        max_epochs=recipe.epochs if options.max_steps < 0 else -1,
        max_steps=options.max_steps,
        precision=_precision(),
        devices=options.devices,
        gradient_clip_val=5.0,
        callbacks=callbacks,
        logger=False,
        enable_progress_bar=options.progress_bar,
        enable_model_summary=False,
        check_val_every_n_epoch=options.validate_every,
        num_sanity_val_steps=0,
        log_every_n_steps=1,
        default_root_dir=options.folder,
    )


def _precision() -> Literal["bf16-mixed", "32-true"]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return "bf16-mixed" if fast_bfloat16(device) else "32-true"


def _warm_average(decay: float) -> Callable[[list[Tensor], list[Tensor], Tensor | int], None]:
    """Return an exponential average that follows fast at the start, so that short trainings profit too."""

    def average(old: list[Tensor], new: list[Tensor], count: Tensor | int) -> None:
        keep = min(decay, (1 + float(count)) / (10 + float(count)))
        if old[0].is_floating_point():
            torch._foreach_lerp_(old, new, 1 - keep)
        else:
            torch._foreach_copy_(old, new)

    return average


def _join(samples: Sequence[Batch]) -> Batch:
    return tuple(torch.cat(parts) for parts in zip(*samples, strict=True))


def _channels_last(batch: Batch) -> Batch:
    return tuple(t.contiguous(memory_format=torch.channels_last) if t.dim() == 4 else t for t in batch)
