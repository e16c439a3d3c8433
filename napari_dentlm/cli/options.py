"""Options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer

from napari_dentlm.core.errors import BundleError

LARGEST_MM = 10.0


class DeviceChoice(StrEnum):
    """Where the networks run."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class QualityChoice(StrEnum):
    """Time spent on an image."""

    FAST = "fast"
    STANDARD = "standard"
    BEST = "best"


def _checked_spacing(mm: float | None) -> float | None:
    if mm is not None and not 0 < mm <= LARGEST_MM:
        raise typer.BadParameter(f"millimetres per pixel lie above 0 and up to {LARGEST_MM:g}, not {mm:g}")
    return mm


SpacingOption = Annotated[
    float | None,
    typer.Option(
        callback=_checked_spacing,
        metavar="MM",
        help="Millimetres per pixel of all these films, when you know it.",
    ),
]
DeviceOption = Annotated[
    DeviceChoice, typer.Option(help="Where to compute. auto takes a graphics card when there is one.")
]
QualityOption = Annotated[QualityChoice, typer.Option(help="Slower is a little more exact.")]


def refuse_given(context: typer.Context, reason: str, *names: str) -> None:
    """Refuse options that say nothing here, instead of passing over them.

    Parameters
    ----------
    context
        Of the command.
    reason
        Why they say nothing.
    names
        Parameters of the command.

    Raises
    ------
    typer.BadParameter
        Naming the first of them that stands on the command line, be it with its default.
    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in names and source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"{reason}. Leave it out.", param=parameter)


def check_model(model: str, option: str) -> None:
    """Raise BadParameter, which ends with exit code 2, when there is no such model; a damaged one is no wrong use."""
    from napari_dentlm.cascade.bundle import find_bundle

    try:
        find_bundle(model)
    except BundleError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def check_device(device: DeviceChoice, option: str) -> None:
    """Raise BadParameter when this computer has no such device."""
    from napari_dentlm.cascade.cascade import choose_device

    try:
        choose_device(device.value)
    except BundleError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
