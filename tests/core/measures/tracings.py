"""An invented tracing with known measures, and what the tests of the measures do with tracings."""

import math
from collections.abc import Mapping

from hypothesis import strategies as st

from napari_dentlm.core.annotation import Annotation, Landmark, Point, State
from napari_dentlm.core.measures import Tracing, evaluate, load_definitions
from napari_dentlm.core.scheme import load_scheme

Points = Mapping[str, tuple[float, float]]

SCHEME = load_scheme("isbi19")
DEFINITIONS = {each.key: each for each in load_definitions() if not each.key.startswith("face.")}
GOLDEN: Points = {
    "S": (700, 1000),
    "N": (1410, 925),
    "Or": (1290, 1240),
    "Po": (500, 1250),
    "A": (1390, 1505),
    "B": (1341, 1923),
    "Pog": (1353, 2044),
    "Me": (1290, 2110),
    "Gn": (1330, 2090),
    "Go": (643, 1818),
    "L1": (1400, 1735),
    "U1": (1425, 1760),
    "Ls": (1560, 1610),
    "Li": (1535, 1740),
    "Sn": (1520, 1500),
    "Pogs": (1470, 2040),
    "PNS": (880, 1440),
    "ANS": (1420, 1450),
    "Ar": (546, 1303),
    "U1a": (1330, 1540),
    "L1a": (1290, 1910),
    "OccP": (1110, 1735),
    "OccA": (1290, 1745),
    "Pn": (1640, 1420),
    "Co": (530, 1235),
}
"""Pixels of 0.1 mm, facing right; the last six are not in the scheme isbi19."""

_JITTER = st.floats(-40, 40)
tracings = st.fixed_dictionaries({key: st.tuples(_JITTER, _JITTER) for key in GOLDEN}).map(
    lambda moves: {key: (GOLDEN[key][0] + dx, GOLDEN[key][1] + dy) for key, (dx, dy) in moves.items()}
)
"""Plausible tracings: every point of the golden one up to 4 mm away in either direction."""


def values(points: Points, mm_per_pixel: float = 0.1) -> dict[str, float | None]:
    """Every measure of a tracing, extra landmarks included."""
    tracing = Tracing({key: (mm_per_pixel * x, mm_per_pixel * y) for key, (x, y) in points.items()})
    return {key: evaluate(each, tracing)[0] for key, each in DEFINITIONS.items()}


def mirrored(points: Points, width: float = 1935) -> Points:
    return {key: (width - 1 - x, y) for key, (x, y) in points.items()}


def rotated(points: Points, degrees: float) -> Points:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return {key: (c * x - s * y, s * x + c * y) for key, (x, y) in points.items()}


def annotation(points: Points = GOLDEN, state: State = State.CONFIRMED, **states: State) -> Annotation:
    """The points that the scheme has, all in `state` except those named."""
    return Annotation.of(
        SCHEME,
        "ab" * 32,
        [_mark(key, points[key], states.get(key, state)) for key in SCHEME.keys if key in points],
    )


def _mark(key: str, xy: tuple[float, float], state: State) -> Landmark:
    confirmed_by = "anna" if state is State.CONFIRMED else ""
    return Landmark(key, state, Point(*xy) if state.has_position else None, "reader:anna", confirmed_by)
