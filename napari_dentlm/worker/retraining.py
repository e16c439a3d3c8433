"""The job ``train``: a new bundle from labels."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from napari_dentlm.core.errors import TrainingError

_OPTIONS = ("start_from", "images", "spacing_mm", "max_steps")
_NETWORKS_OF_A_MEMBER = 2


def retrain(command: dict[str, Any], emit: Callable[..., None], should_stop: Callable[[], bool]) -> dict[str, Any]:
    """Train a bundle; it never replaces the one in use by itself.

    Parameters
    ----------
    command
        ``labels``, ``recipe`` and ``out``; where wanted ``start_from``, ``images``, ``spacing_mm``, ``max_steps``.
    emit
        Takes the events ``started``, with the model to start from and the number of networks to train, and
        ``progress``, whose ``path`` is the name of the network.
    should_stop
        Asked after every step. What a stopped training has written is removed.

    Returns
    -------
    dict
        The folder of the new bundle and the report in words, and whether the training was stopped early.

    Raises
    ------
    DentLMError
        When the extra ``[train]`` is missing or there is nothing to train on.
    """
    try:
        import lightning  # noqa: F401 - only to say in words that it is missing
    except ImportError as error:
        raise TrainingError('Retraining needs one more part. Run: pip install "napari-dentlm[train]"') from error
    import torch

    import training

    # One core stays with the window, which draws with it where there is no graphics card.
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))

    def on_progress(stage: str, done: int, total: int) -> None:
        emit(event="progress", done=done, total=total, path=stage)

    emit(event="started", **_beginning(command.get("start_from")))
    options = {name: command[name] for name in _OPTIONS if command.get(name) is not None}
    if "images" in options:
        options["images"] = Path(options["images"])
    out = Path(command["out"])
    report = training.train(
        Path(command["labels"]),
        command["recipe"],
        out=out,
        progress_bar=False,
        # A launcher for several GPUs would start this very module again, on the GUI's pipes.
        devices=1,
        on_progress=on_progress,
        should_stop=should_stop,
        **options,
    )
    if report.stopped:
        _remove_unfinished(out)
    return {"cancelled": report.stopped, "out": str(out), "report": str(report)}


def _beginning(start_from: str | None) -> dict[str, Any]:
    """The model that a training goes on from, and how many networks it trains; nothing known without one."""
    if start_from is None:
        return {"origin": "", "stages": 0}
    from napari_dentlm.cascade.bundle import load_bundle

    bundle = load_bundle(start_from)
    return {"origin": bundle.origin, "stages": _NETWORKS_OF_A_MEMBER * bundle.card.members}


def _remove_unfinished(out: Path) -> None:
    """Remove the checkpoints of a stopped training, and its folder where nothing else is in it."""
    from training.training import CHECKPOINTS

    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    with suppress(OSError):
        out.rmdir()
