"""Options that several commands share."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from napari_dentlm.core.errors import BundleError, SchemaError

if TYPE_CHECKING:
    from napari_dentlm.core.formats import LandmarkRow

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


def _spacing(text: str) -> float:
    """Millimetres per pixel as they were typed."""
    try:
        mm = float(text)
    except ValueError:
        hint = ". Write a point, not a comma" if "," in text else ""
        raise typer.BadParameter(f"'{text}' is no number{hint}") from None
    if not 0 < mm <= LARGEST_MM:
        raise typer.BadParameter(f"millimetres per pixel lie above 0 and up to {LARGEST_MM:g}, not {mm:g}")
    return mm


SpacingOption = Annotated[
    float | None,
    typer.Option(
        parser=_spacing,
        metavar="MM",
        help="Millimetres per pixel of all these films, when you know it.",
    ),
]
DeviceOption = Annotated[
    DeviceChoice, typer.Option(help="Where to compute. auto takes a graphics card when there is one.")
]


class SchemeChoice(StrEnum):
    """Schemes of the package, as the command line offers them."""

    FILMS = "isbi19"
    FACES = "ibug68"


SchemeOption = Annotated[
    SchemeChoice | None,
    typer.Option(
        "--scheme", help="Only these points, of a table with both: isbi19, those on films, or ibug68, those on faces."
    ),
]
QualityOption = Annotated[QualityChoice, typer.Option(help="Slower is a little more exact.")]


def of_scheme(rows: "Sequence[LandmarkRow]", scheme: SchemeChoice | None, path: Path) -> "list[LandmarkRow]":
    """Return the rows of a scheme; without one, of the only scheme that has points.

    Raises
    ------
    SchemaError
        When several schemes have points, and none was chosen.
    """
    found = list(dict.fromkeys(row.scheme for row in rows if row.x is not None))
    if scheme is None and len(found) > 1:
        raise SchemaError(f"it holds points of {' and '.join(found)}. Choose one with --scheme", path)
    wanted = [scheme.value] if scheme else found
    return [row for row in rows if row.scheme in wanted or not wanted]


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
