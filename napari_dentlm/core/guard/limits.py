"""Limits of the guard, as data.

Lengths are in face units: one is a millimetre on a face of the average size of the training films. All limits were
chosen on films 001 to 150 of ISBI 2015, on the tracings of both readers. The limits of shapes are their extremes times
1.2: with that margin, limits from four fifths of the films warn on 2 % of the last fifth.
``python benchmarks/guard_rates.py --data DIR --limits`` prints the extremes beside the limits.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stretch:
    """Two landmarks far apart, whose direction and mean length tell how the face lies and how large it is."""

    start: str
    end: str
    length: float


@dataclass(frozen=True, slots=True)
class Order:
    """`first` lies behind (``forward``) or above (``down``) `second`, within `slack` face units."""

    code: str
    first: str
    second: str
    axis: Literal["forward", "down"]
    slack: float = 0.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two landmarks that lie at most `most` face units apart."""

    one: str
    other: str
    most: float


FORWARD = (
    Stretch("S", "N", 59.0),
    Stretch("PNS", "ANS", 42.9),
    Stretch("Po", "Or", 68.1),
    Stretch("Ar", "A", 74.0),
    Stretch("Go", "Pog", 66.9),
)
DOWN = (
    Stretch("N", "Me", 108.0),
    Stretch("S", "Go", 70.3),
    Stretch("ANS", "Pog", 54.2),
    Stretch("Sn", "Pogs", 52.9),
    Stretch("Or", "B", 64.1),
)

ORDERS = (
    Order("lips_crossed", "Ls", "Li", "down"),
    Order("palate_reversed", "PNS", "ANS", "forward"),
    Order("cranial_base_reversed", "S", "N", "forward"),
    Order("frankfort_reversed", "Po", "Or", "forward"),
    Order("porion_before_sella", "Po", "S", "forward"),
    Order("sella_before_palate", "S", "PNS", "forward"),
    Order("mandible_reversed", "Go", "Me", "forward"),
    Order("articulare_below_gonion", "Ar", "Go", "down"),
    Order("porion_below_articulare", "Po", "Ar", "down", 1.0),
    Order("nasion_below_orbitale", "N", "Or", "down"),
    Order("orbitale_below_palate", "Or", "ANS", "down"),
    Order("spine_below_a", "ANS", "A", "down", 0.5),
    Order("a_below_incisor", "A", "U1", "down"),
    Order("incisor_below_b", "L1", "B", "down"),
    Order("a_below_b", "A", "B", "down"),
    Order("b_below_pogonion", "B", "Pog", "down"),
    Order("pogonion_below_menton", "Pog", "Me", "down"),
    Order("pogonion_below_gnathion", "Pog", "Gn", "down", 0.5),
    Order("gnathion_below_menton", "Gn", "Me", "down", 1.5),
    Order("menton_before_pogonion", "Me", "Pog", "forward"),
    Order("gnathion_before_pogonion", "Gn", "Pog", "forward", 1.5),
    Order("subnasale_behind_a", "A", "Sn", "forward"),
    Order("subnasale_behind_spine", "ANS", "Sn", "forward", 0.5),
    Order("subnasale_below_lip", "Sn", "Ls", "down"),
    Order("upper_lip_behind_incisor", "U1", "Ls", "forward"),
    Order("lower_lip_behind_incisor", "L1", "Li", "forward"),
    Order("lip_below_chin", "Li", "Pogs", "down"),
    Order("soft_chin_behind_chin", "Pog", "Pogs", "forward", 1.5),
)

NEIGHBOURS = (
    Neighbours("Pog", "Gn", 7.0),
    Neighbours("Gn", "Me", 8.0),
    Neighbours("Pog", "Me", 13.0),
    Neighbours("L1", "U1", 13.0),
)

TOGETHER = 1.0
"""Two landmarks nearer than this stand on one another."""
TOUCHING = {frozenset(("L1", "U1")): 0.1}
"""Landmarks that may come nearer: the tips of the incisors touch in an edge-to-edge bite."""

SN_MM = (50.0, 90.0)
"""Length of the anterior cranial base in mm; outside it, the scale or one of its ends is wrong."""

STRAY = {
    "S": 14.2,
    "N": 14.6,
    "Or": 9.1,
    "Po": 13.7,
    "A": 13.2,
    "B": 10.1,
    "Pog": 5.1,
    "Me": 5.2,
    "Gn": 4.6,
    "Go": 17.0,
    "L1": 10.5,
    "U1": 14.8,
    "Ls": 9.2,
    "Li": 13.0,
    "Sn": 8.5,
    "Pogs": 15.9,
    "PNS": 7.2,
    "ANS": 8.1,
    "Ar": 13.0,
}
"""How far a landmark may lie from its place in the average face, when that is laid on the landmarks around it."""
SHAPE_FACTOR = 1.5
"""A shape so many times further from the average than 95 % of the training films is unlike all of them."""
