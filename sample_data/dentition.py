"""Teeth: the two incisors that carry landmarks, their neighbours and the side teeth."""

from __future__ import annotations

import numpy as np

from sample_data.curves import Points, by, smooth
from sample_data.drawing import Drawing
from sample_data.shape import Shape

# Half-widths of a central incisor seen from the side, as fractions of its length from the tip.
_INCISOR_AT = np.array([0.0, 0.06, 0.2, 0.36, 0.45, 0.7, 0.92, 1.0])


def draw_teeth(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add all teeth, and the traces of U1 and L1."""
    upper, lower = shape.at["U1"], shape.at["L1"]
    # The neighbours stand behind, for the landmark is the most prominent tip.
    for shift in -np.abs(rng.normal(0, 0.8, (2, 2))) - by(0.8, 0.3):
        _incisor(drawing, upper + shift, shape.u1_apex + shift, 3.4, 0.5)
        _incisor(drawing, lower + shift * [1, -1], shape.l1_apex + shift * [1, -1], 2.9, 0.5)
    _incisor(drawing, upper, shape.u1_apex, 3.6, 1.0)
    _incisor(drawing, lower, shape.l1_apex, 3.0, 1.0)
    drawing.traces["U1"], drawing.traces["L1"] = upper, lower
    _side_teeth(drawing, shape, rng)


def _incisor(drawing: Drawing, tip: Points, apex: Points, half_width: float, strength: float) -> None:
    """Add one incisor: a wedge of enamel over a tapering root."""
    axis = apex - tip
    across = np.array([-axis[1], axis[0]]) / np.linalg.norm(axis)
    front = np.array([0.1, 0.30, 0.78, 1.0, 0.95, 0.72, 0.34, 0.0]) * half_width
    back = -np.array([0.1, 0.26, 0.55, 1.0, 0.95, 0.72, 0.34, 0.0]) * half_width
    if across[0] < 0:
        across = -across
    spine = tip + _INCISOR_AT[:, None] * axis
    faces = np.vstack([spine + front[:, None] * across, (spine + back[:, None] * across)[-2::-1]])
    outline = smooth(faces)
    drawing.fill(outline, 0.36 * strength, 0.25)
    crown = np.vstack([spine[:5] + front[:5, None] * across, (spine[:5] + back[:5, None] * across)[::-1]])
    drawing.fill(smooth(crown), 0.42 * strength, 0.25)
    drawing.line(np.vstack([tip + 0.5 * axis, tip + 0.97 * axis]), 0.8, -0.16 * strength, 0.3)


def _side_teeth(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add canines, premolars and molars along the occlusal plane, some of them filled."""
    upper, lower, pns = shape.at["U1"], shape.at["L1"], shape.at["PNS"]
    fronts = {"upper": upper + by(-5.5, -1.0), "lower": lower + by(-5.0, 1.2)}
    palate_drop = 20 + rng.normal()
    back = np.array([pns[0] + 13 + rng.normal(0, 2), pns[1] + palate_drop])
    widths = np.array([6.8, 6.8, 6.6, 9.6, 9.2]) * (1 + 0.04 * rng.normal())
    place = np.concatenate([[0], np.cumsum(widths)])
    for jaw, sign in (("upper", 1), ("lower", -1)):
        front = fronts[jaw]
        along = (back - front) / np.linalg.norm(back - front)
        up = np.array([along[1], -along[0]])
        up = up if up[1] < 0 else -up
        for number, width in enumerate(widths):
            if rng.random() < 0.06:
                continue
            where = place[number] + 0.5 * width
            bite = front + where * along + sign * 0.3 * up + rng.normal(0, 0.35, 2)
            for doubled in rng.normal(0, 0.9, (2, 2)):
                _side_tooth(drawing, bite + doubled, sign * up, along, width, molar=number >= 3)
            if number >= 2 and rng.random() < 0.18:
                _filling(drawing, bite, sign * up, along, width, rng)


def _side_tooth(drawing: Drawing, bite: Points, up: Points, along: Points, width: float, *, molar: bool) -> None:
    """Add one side tooth: a crown with cusps and one or two roots."""
    half = 0.47 * width
    crown = np.array(
        [
            (-0.85, 0.3),
            (-0.45, 0.0),
            (0, 0.8),
            (0.45, 0.0),
            (0.85, 0.3),
            (1.0, 3.5),
            (0.82, 7.0),
            (-0.82, 7.0),
            (-1.0, 3.5),
        ]
    )
    place = bite + (crown[:, :1] * half) * along + crown[:, 1:] * up
    drawing.fill(smooth(place, closed=True), 0.30, 0.35)
    roots = (-0.5, 0.5) if molar else (0.0,)
    for root in roots:
        wide = 0.40 if molar else 0.72
        shape = np.array(
            [
                (root - wide, 6.5),
                (root - 0.7 * wide, 13),
                (root, 18.5),
                (root + 0.7 * wide, 13),
                (root + wide, 6.5),
            ]
        )
        drawing.fill(smooth(bite + (shape[:, :1] * half) * along + shape[:, 1:] * up), 0.17, 0.4)


def _filling(drawing: Drawing, bite: Points, up: Points, along: Points, width: float, rng: np.random.Generator) -> None:
    """Add a metal filling or crown, which saturates the film."""
    deep = 2.0 + 4.0 * rng.random()
    box = np.array([(-0.35, 0.6), (0.35, 0.6), (0.3, deep), (-0.3, deep)])
    drawing.fill(smooth(bite + (box[:, :1] * width) * along + box[:, 1:] * up, closed=True), 1.6, 0.3)
