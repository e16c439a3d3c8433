"""One generated film: a face, its pose, its landmarks and its grey levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sample_data.cranium import draw_cranium
from sample_data.curves import Points, deepest, extreme
from sample_data.dentition import draw_teeth
from sample_data.drawing import Drawing, Pose
from sample_data.exposure import develop
from sample_data.jaws import draw_mandible, draw_maxilla
from sample_data.plate import expose
from sample_data.shape import draw_shape
from sample_data.softtissue import draw_soft_tissue

KEYS: tuple[str, ...] = (
    "S",
    "N",
    "Or",
    "Po",
    "A",
    "B",
    "Pog",
    "Me",
    "Gn",
    "Go",
    "L1",
    "U1",
    "Ls",
    "Li",
    "Sn",
    "Pogs",
    "PNS",
    "ANS",
    "Ar",
)
SPACING_MM = 0.1
# Published norms carry about a tenth of enlargement; the films are measured at the patient.
_TRUE_SIZE = 0.92
_FRONT, _DOWN = np.array([1.0, 0.0]), np.array([0.0, 1.0])


@dataclass(frozen=True, slots=True)
class GeneratedFilm:
    """A generated lateral film and its truth.

    Attributes
    ----------
    seed : int
        What the film was drawn from.
    pixels : array (height, width) uint8
        Grey levels, bright bone, the face looking right.
    points : array (19, 2)
        Landmarks in the order of KEYS, x then y, pixel centres at whole numbers.
    spacing_mm : float
        Edge of a pixel, mm.
    """

    seed: int
    pixels: NDArray[np.uint8]
    points: NDArray[np.float64]
    spacing_mm: float


def generate_film(seed: int, *, width: int = 1935, height: int = 2400) -> GeneratedFilm:
    """Draw the film of a seed.

    Parameters
    ----------
    seed : int
        Not negative; equal seeds give equal films.
    width, height : int
        Film size in pixels of 0.1 mm.

    Returns
    -------
    GeneratedFilm
        Pixels and the exact landmarks.
    """
    # Grey levels draw from their own stream, so that tuning them leaves every seed's points alone.
    shape_rng, detail_rng, film_rng = (np.random.default_rng([seed, part]) for part in range(3))
    pose = _draw_pose(shape_rng, width * SPACING_MM, height * SPACING_MM)
    shape = draw_shape(shape_rng)
    drawing = Drawing()
    for draw in (draw_cranium, draw_maxilla, draw_mandible, draw_teeth, draw_soft_tissue):
        draw(drawing, shape, detail_rng)
    posed = _kept_inside(drawing.posed(pose), width * SPACING_MM, height * SPACING_MM)
    points = np.array([_landmarks(posed.traces)[key] for key in KEYS]) / SPACING_MM - 0.5
    half_size = ((width + 1) // 2, (height + 1) // 2)
    strokes = [replace(s, amount=s.amount * detail_rng.uniform(0.65, 1.25)) for s in posed.strokes]
    absorption = expose(strokes, half_size, 2 * SPACING_MM)
    pixels = develop(absorption, (width, height), film_rng)
    return GeneratedFilm(seed, pixels, points, SPACING_MM)


def _draw_pose(rng: np.random.Generator, width_mm: float, height_mm: float) -> Pose:
    """Draw size, tilt and place of the head: +-10 %, +-6 degrees, +-10 mm."""
    scale = _TRUE_SIZE * rng.uniform(0.9, 1.1)
    tilt = float(np.clip(rng.normal(0, 3), -6, 6))
    sella = np.array([0.415 * width_mm, 0.435 * height_mm]) + rng.uniform(-10, 10, 2)
    return Pose(scale, tilt, sella)


def _kept_inside(posed: Drawing, width_mm: float, height_mm: float) -> Drawing:
    """Shift a posed drawing so that no landmark lies under the frame."""
    found = np.array(list(_landmarks(posed.traces).values()))
    size = np.array([width_mm, height_mm])
    shift = np.minimum(size - 6 - found.max(axis=0), 0) + np.maximum(6 - found.min(axis=0), 0)
    return posed.posed(Pose(1.0, 0.0, shift))


def _landmarks(traces: dict[str, Points]) -> dict[str, Points]:
    """Read the 19 landmarks off posed traces, each as its definition says."""
    found = {key: traces[key][0] for key in ("N", "ANS", "PNS", "U1", "L1", "Sn", "Ar")}
    fossa = traces["fossa"]
    # The fossa is drawn as wide and as deep on both sides of its centre.
    found["S"] = 0.25 * (fossa[0] + fossa[-1]) + 0.5 * fossa[len(fossa) // 2]
    found["Or"] = 0.5 * (extreme(traces["orbit0"], _DOWN) + extreme(traces["orbit1"], _DOWN))
    found["Po"] = 0.5 * (extreme(traces["canal0"], -_DOWN) + extreme(traces["canal1"], -_DOWN))
    found["A"] = deepest(traces["A"], -_FRONT)
    found["B"] = deepest(traces["B"], -_FRONT)
    for key in ("Ls", "Li"):
        found[key] = extreme(traces[key], _FRONT)
    # The chin is read along the line from nasion, so that a receding one still has a most anterior point.
    for key in ("Pog", "Pogs"):
        found[key] = _tangent(traces[key], found["N"])
    found["Me"] = extreme(traces["Me"], _DOWN)
    found["Gn"] = _between(traces["chin"], found["Pog"], found["Me"])
    found["Go"] = 0.5 * (_angle(traces["angle0"]) + _angle(traces["angle1"]))
    return found


def _tangent(curve: Points, start: Points) -> Points:
    """Return the point where a line from start (2,) touches the front of a curve."""
    point: Points = curve[len(curve) // 2]
    for _ in range(4):
        line = point - start
        point = extreme(curve, np.array([line[1], -line[0]]))
    return point


def _between(chin: Points, pog: Points, me: Points) -> Points:
    """Return the chin point farthest out from the line Pog-Me."""
    chord = me - pog
    out = np.array([-chord[1], chord[0]])
    return extreme(chin, out * np.sign(out @ (_FRONT + _DOWN)))


def _angle(border: Points) -> Points:
    """Return the point of the mandibular angle midway between the directions of body and ramus."""
    body, ramus = border[0] - border[len(border) // 2], border[-1] - border[len(border) // 2]
    inward = body / np.linalg.norm(body) + ramus / np.linalg.norm(ramus)
    return extreme(border, -inward)
