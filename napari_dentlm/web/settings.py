"""What ``dentlm web`` was asked for, on its way to the page."""

import json
from dataclasses import asdict, dataclass
from typing import Self

LARGEST_MB = 50
"""Larger files are refused by the browser and by the server, unread."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Settings of the page.

    Parameters
    ----------
    model
        The model that is chosen first: a name, a folder, or empty to let each image find its own.
    device
        Where the networks run.
    """

    model: str
    device: str

    @classmethod
    def from_argument(cls, text: str) -> Self:
        """Settings from the command line of the page's script."""
        return cls(**json.loads(text))

    def as_argument(self) -> str:
        """One argument for the command line of the page's script."""
        return json.dumps(asdict(self))
