"""How a state looks: a word, a colour and a symbol, so that no state is told by colour alone.

The colours are those of Okabe and Ito, made for readers who do not see all colours alike.
"""

from dataclasses import dataclass

from napari_dentlm.core.annotation import State


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one state is shown.

    Parameters
    ----------
    word
        For the reader.
    colour
        Hexadecimal, of the mark's outline and of the table's sign.
    symbol
        napari's name of the mark on the film; empty where no mark is drawn.
    sign
        The same mark as one character, for the table.
    """

    word: str
    colour: str
    symbol: str
    sign: str


APPEARANCE: dict[State, Appearance] = {
    State.PREDICTED: Appearance("predicted", "#F0A500", "disc", "○"),
    State.CORRECTED: Appearance("corrected", "#56B4E9", "diamond", "◇"),
    State.CONFIRMED: Appearance("confirmed", "#2FD19E", "square", "□"),
    State.PLACED: Appearance("placed", "#E08BC0", "triangle_up", "△"),
    State.NOT_VISIBLE: Appearance("not visible", "#A0A0A0", "", "–"),
    State.OUTSIDE: Appearance("outside the image", "#A0A0A0", "", "–"),
    State.NOT_ASSESSED: Appearance("no point yet", "#A0A0A0", "", "·"),
}
