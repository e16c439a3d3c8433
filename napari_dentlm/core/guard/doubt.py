"""Doubt: one implausible finding, and the words in which it names landmarks."""

from dataclasses import dataclass

from napari_dentlm.core.scheme import LandmarkScheme


@dataclass(frozen=True, slots=True)
class Doubt:
    """One implausible finding of a film.

    Parameters
    ----------
    code
        Stable name, unique within a film, such as ``lips_crossed`` or ``outside_film:Go``; a decision about the
        doubt is kept under it.
    keys
        The landmarks it is about, the most suspicious first: that is where the reader should look.
    sentence
        What is wrong, as one plain sentence.
    """

    code: str
    keys: tuple[str, ...]
    sentence: str


def name_of(scheme: LandmarkScheme, key: str) -> str:
    """A landmark within a sentence: ``gonion (Go)``, ``the upper lip (Ls)``."""
    name = scheme.landmark(key).name.split(" (")[0]
    name = name[0].lower() + name[1:]
    # One Latin word is a name of its own; several words describe a place.
    article = "the " if " " in name else ""
    return f"{article}{name} ({key})"


def sentence(text: str) -> str:
    """`text` with a capital letter and a full stop."""
    return f"{text[0].upper()}{text[1:]}."
