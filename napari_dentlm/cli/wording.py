"""Counts in sentences for people."""


def counted(number: int, noun: str) -> str:
    """Number and noun, such as ``1 film`` and ``2 films``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
