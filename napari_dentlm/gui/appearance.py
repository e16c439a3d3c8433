"""How things look on the film: a word, a colour and a shape each, so that nothing is told by colour alone.

The colours are those of Okabe and Ito, made for readers who do not see all colours alike; some are a little brighter
than theirs, because they are drawn as thin lines.
"""

from dataclasses import dataclass
from enum import StrEnum

from napari_dentlm.core.annotation import State


class Shape(StrEnum):
    """Outline of a mark; none covers the point itself."""

    NONE = ""
    CROSS = "upright cross"
    DIAGONAL = "diagonal cross"
    CORNERS = "corners of a square"
    ARMS = "three arms"


@dataclass(frozen=True, slots=True)
class Appearance:
    """How one state is shown.

    Parameters
    ----------
    word
        For the reader.
    colour
        Hexadecimal, of the mark and of the table's sign.
    shape
        Of the mark on the film.
    sign
        The same mark as one character, for the table.
    """

    word: str
    colour: str
    shape: Shape
    sign: str


APPEARANCE: dict[State, Appearance] = {
    State.PREDICTED: Appearance("predicted", "#F0A500", Shape.CROSS, "+"),
    State.CORRECTED: Appearance("corrected", "#56B4E9", Shape.DIAGONAL, "×"),
    State.CONFIRMED: Appearance("confirmed", "#2FD19E", Shape.CORNERS, "□"),
    State.PLACED: Appearance("placed", "#E08BC0", Shape.ARMS, "Y"),
    State.NOT_VISIBLE: Appearance("not visible", "#A0A0A0", Shape.NONE, "–"),
    State.OUTSIDE: Appearance("outside the image", "#A0A0A0", Shape.NONE, "–"),
    State.NOT_ASSESSED: Appearance("no point yet", "#A0A0A0", Shape.NONE, "·"),
}


class Line(StrEnum):
    """A kind of line on the film."""

    TRACING = "tracing"
    PROFILE = "profile curve"
    CRANIAL_BASE = "cranial base, S-N"
    FRANKFORT = "Frankfort, Po-Or"
    PALATAL = "palatal, ANS-PNS"
    MANDIBULAR = "mandibular, Go-Me"
    FACE_AREA = "face area"
    COARSE = "coarse to refined"
    EYES = "eye line"
    MOUTH = "mouth line"
    MIDLINE = "midline of the face"
    THIRDS = "thirds"
    FIFTHS = "fifths"
    FACE_BOX = "face at work"
    OTHER_FACE = "another face"


@dataclass(frozen=True, slots=True)
class LineLook:
    """How a kind of line is drawn.

    Parameters
    ----------
    colour
        Hexadecimal.
    dashes
        Lengths drawn and left out in turn; without any, the line is solid.
    """

    colour: str
    dashes: tuple[float, ...] = ()


LINES: dict[Line, LineLook] = {
    Line.TRACING: LineLook("#C9D6DF"),
    Line.PROFILE: LineLook("#E08BC0"),
    Line.CRANIAL_BASE: LineLook("#F0E442", (14, 5)),
    Line.FRANKFORT: LineLook("#56B4E9", (14, 4, 3, 4)),
    Line.PALATAL: LineLook("#2FD19E", (7, 5)),
    Line.MANDIBULAR: LineLook("#F0A500", (3, 5)),
    Line.FACE_AREA: LineLook("#F0A500"),
    Line.COARSE: LineLook("#F0E442"),
    Line.EYES: LineLook("#F0E442"),
    Line.MOUTH: LineLook("#F0A500"),
    Line.MIDLINE: LineLook("#E08BC0", (14, 5)),
    Line.THIRDS: LineLook("#56B4E9", (7, 5)),
    Line.FIFTHS: LineLook("#2FD19E", (3, 5)),
    Line.FACE_BOX: LineLook("#F0A500"),
    Line.OTHER_FACE: LineLook("#B8C4CC"),
}
FLAG_COLOUR = "#FF6B2C"
ERROR_COLOUR = "#F0E442"
OTHER_COLOUR = "#E8E8E8"
NAME_COLOUR = "#FFFFFF"
HALO_COLOUR = "#000000"
