"""The job ``train``: a new bundle from labels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

_OPTIONS = ("start_from", "images", "spacing_mm", "max_steps")


def retrain(command: dict[str, Any], emit: Callable[..., None], should_stop: Callable[[], bool]) -> dict[str, Any]:
    """Train a bundle; it never replaces the one in use by itself.

    Parameters
    ----------
    command
        ``labels``, ``recipe`` and ``out``; where wanted ``start_from``, ``images``, ``spacing_mm``, ``max_steps``.
    emit
        Takes the event ``started``.
    should_stop
        Asked once before the training begins.

    Returns
    -------
    dict
        The folder of the new bundle and the report in words; or that the job was cancelled.
    """
    import training

    if should_stop():
        return {"cancelled": True}
    emit(event="started")
    options = {name: command[name] for name in _OPTIONS if command.get(name) is not None}
    if "images" in options:
        options["images"] = Path(options["images"])
    report = training.train(Path(command["labels"]), command["recipe"], out=Path(command["out"]), **options)
    return {"cancelled": False, "out": str(command["out"]), "report": str(report)}
