"""Ctrl-C as a wish: what is in hand is finished, and what was done is kept."""

import signal
from types import FrameType
from typing import Any, Self


class Stopper:
    """Turns Ctrl-C into a wish to stop after the image in hand; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self._wished = False
        self._previous: Any = None

    def __enter__(self) -> Self:
        self._previous = signal.signal(signal.SIGINT, self._wish)
        return self

    def __exit__(self, *exc_info: object) -> None:
        signal.signal(signal.SIGINT, self._previous)

    def asked(self) -> bool:
        """Whether the user wants to stop."""
        return self._wished

    def _wish(self, number: int, frame: FrameType | None) -> None:
        if self._wished:
            raise KeyboardInterrupt
        self._wished = True
