"""Options that several commands share."""

from enum import StrEnum
from typing import Annotated

import typer

LARGEST_MM = 10.0


class DeviceChoice(StrEnum):
    """Where the networks run."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


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
