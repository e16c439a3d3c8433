"""The job ``train``: a new bundle from labels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from napari_dentlm.core.errors import TrainingError

_OPTIONS = ("start_from", "images", "spacing_mm", "max_steps")


def retrain(command: dict[str, Any], emit: Callable[..., None], should_stop: Callable[[], bool]) -> dict[str, Any]:
    """Train a bundle; it never replaces the one in use by itself.

    Parameters
    ----------
    command
        ``labels``, ``recipe`` and ``out``; where wanted ``start_from``, ``images``, ``spacing_mm``, ``max_steps``.
    emit
        Takes the events ``started`` and ``progress``, whose ``path`` is the name of the stage.
    should_stop
        Asked after every step.

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
    import training

    def on_progress(stage: str, done: int, total: int) -> None:
        emit(event="progress", done=done, total=total, path=stage)

    emit(event="started")
    options = {name: command[name] for name in _OPTIONS if command.get(name) is not None}
    if "images" in options:
        options["images"] = Path(options["images"])
    report = training.train(
        Path(command["labels"]),
        command["recipe"],
        out=Path(command["out"]),
        progress_bar=False,
        # A launcher for several GPUs would start this very module again, on the GUI's pipes.
        devices=1,
        on_progress=on_progress,
        should_stop=should_stop,
        **options,
    )
    return {"cancelled": should_stop(), "out": str(command["out"]), "report": str(report)}
