"""Maxilla and mandible: bodies, cortical outlines and the traces of their landmarks."""

from __future__ import annotations

import numpy as np

from sample_data.curves import Points, by, ellipse, smooth, span
from sample_data.drawing import Drawing
from sample_data.shape import Shape


def draw_maxilla(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the palate, the front of the maxilla and the pterygomaxillary fissure; traces ANS, PNS and A."""
    ans, pns, a, tip = (shape.at[key] for key in ("ANS", "PNS", "A", "U1"))
    root = shape.u1_apex - tip
    root = root / np.linalg.norm(root)
    ridge = tip + 10.5 * root + by(3.0, 0.5)
    below_a = a + 0.5 * (ridge - a) + by(-0.3, 0.4)
    front = smooth(np.array([ans + by(0, 0.6), ans + by(-2.2, 2.0), a, below_a, ridge]))
    drawing.traces["A"] = front
    drawing.traces["ANS"], drawing.traces["PNS"] = ans, pns
    floor, roof = _palate(ans, pns, tip + 12 * root - by(7.5, 0), rng)
    bone = np.vstack([floor[::-1], roof, ridge[None], front[::-1]])
    drawing.fill(bone, 0.34, 0.35)
    drawing.line(floor, 1.0, 0.5, 0.25)
    drawing.line(roof, 0.9, 0.38, 0.3)
    drawing.line(front, 0.8, 0.42, 0.25)
    spine = np.array([ans + by(0.4, 0), ans + by(-3.5, -1.2), ans + by(-4.5, 1.8), ans + by(-2, 1.6)])
    drawing.fill(smooth(spine, closed=True), 0.3, 0.25)
    alveolar = np.array(
        [ridge, tip + by(-18, -8), tip + by(-34, -7), pns + by(6, 12), pns + by(4, 3), ans + by(-10, 3)]
    )
    drawing.fill(np.vstack([alveolar, front[: len(front) // 2]]), 0.22, 1.0)
    _fissure(drawing, shape, rng)


def _palate(ans: Points, pns: Points, neck: Points, rng: np.random.Generator) -> tuple[Points, Points]:
    """Return the nasal floor from ANS to PNS and the oral side of the palate on to an incisor's neck (2,)."""
    axis = ans - pns
    up = np.array([axis[1], -axis[0]]) / np.linalg.norm(axis)
    floor = smooth(
        np.array(
            [
                ans,
                ans - 0.08 * axis + 0.2 * up,
                pns + 0.7 * axis + 0.9 * up * rng.normal(),
                pns + 0.3 * axis + 0.3 * up,
                pns,
            ]
        )
    )
    roof = smooth(
        np.array(
            [
                pns,
                pns + 0.12 * axis - 2.4 * up,
                pns + 0.45 * axis - 3.6 * up,
                pns + 0.68 * axis - 6.0 * up,
                neck,
            ]
        )
    )
    return floor, roof


def _fissure(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the pterygomaxillary fissure above PNS, the pterygoid plates, the key ridge and the antrum."""
    pns, orbitale, ans = shape.at["PNS"], shape.at["Or"], shape.at["ANS"]
    top = np.array([pns[0] - 0.5, orbitale[1] - 1 + rng.normal()])
    drop = np.array(
        [
            pns + by(-0.2, -1.5),
            pns + by(-2.2, -8),
            top + by(-3.0, 3),
            top,
            top + by(3.6, 4),
            pns + by(1.2, -8),
        ]
    )
    drawing.fill(smooth(drop, closed=True), -0.14, 0.6)
    drawing.line(smooth(drop, closed=True), 0.8, 0.28, 0.3)
    plates = np.array([pns + by(-0.8, -1), pns + by(-2, 6), pns + by(-8, 7), pns + by(-9, -5), top + by(-6, 2)])
    drawing.fill(smooth(plates, closed=True), 0.20, 0.8)
    ridge = np.array([orbitale + by(-9, 2), orbitale + by(-10, 11), orbitale + by(-7, 17), orbitale + by(-3, 9)])
    drawing.line(smooth(ridge + rng.normal(0, 0.8, ridge.shape)), 1.5, 0.34, 0.4)
    antrum = np.array(
        [orbitale + by(-2, 5), orbitale + by(-22, 4), pns + by(8, -6), pns + by(14, -2), ans + by(-14, -2.5)]
    )
    drawing.fill(smooth(antrum, closed=True), -0.06, 1.5)
    for _ in range(3):
        y = rng.uniform(orbitale[1] + 3, pns[1] - 4)
        bone = np.array([(pns[0] + 12, y), (pns[0] + 24, y + 3), (pns[0] + 38, y + 2)]) + rng.normal(0, 1, 2)
        drawing.line(smooth(bone), 3.0, 0.12, 1.0)


def draw_mandible(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add both mandible halves and the symphysis; traces of B, Pog, Me, Gn, Go and Ar."""
    me, tip = shape.at["Me"], shape.at["L1"]
    root = (shape.l1_apex - tip) / np.linalg.norm(shape.l1_apex - tip)
    ridge = tip + 10.0 * root + by(2.6, -0.3)
    chin = _chin(shape, ridge)
    half = 0.5 * shape.asymmetry
    lower, condyle = _rear(shape, rng)
    for number, side in enumerate((half, -half)):
        outline = np.vstack([chin, lower, condyle])
        # The two halves meet at the chin, so the offset between them grows towards the back.
        weight = np.clip((me[0] - 4 - outline[:, :1]) / 35, 0, 1)
        outline = outline + weight * side
        curve = smooth(np.vstack([outline, tip + root * 11.5 - by(8, 0)]))
        drawing.bone(np.vstack([curve, ridge[None]]), 0.34, 0.0, 0.4)
        border = span(curve, 0, len(chin) + len(lower) + 6)
        drawing.cortex(border, 1.5, 0.36)
        first = len(chin)
        drawing.traces[f"angle{number}"] = span(curve, first + 1, first + 6)
    drawing.traces["B"] = span(curve, 0, 4)
    drawing.traces["Pog"] = span(curve, 3, 6)
    drawing.traces["chin"] = span(curve, 3, 7)
    drawing.traces["Me"] = span(curve, 5, 8)
    drawing.traces["Ar"] = shape.at["Ar"]
    _symphysis(drawing, shape, chin, root)
    _canal(drawing, shape, rng)


def _chin(shape: Shape, ridge: Points) -> Points:
    """Return the eight outline points from the lower alveolar crest around the chin to behind menton."""
    b, pog, me = (shape.at[key] for key in ("B", "Pog", "Me"))
    return np.array(
        [
            ridge,
            0.5 * (ridge + b) + by(-0.2, 0),
            b,
            0.55 * b + 0.45 * pog + by(0.2, 0),
            pog,
            0.5 * (pog + me) + by(2.0, 1.5),
            me,
            me + 0.12 * (shape.at["Go"] - me) + by(0, 1.2),
        ]
    )


def _rear(shape: Shape, rng: np.random.Generator) -> tuple[Points, Points]:
    """Return the lower border with the angle, and the condyle with the coronoid, as outline points."""
    me, go, ar = (shape.at[key] for key in ("Me", "Go", "Ar"))
    body, ramus = go - me, ar - go
    along, up = body / np.linalg.norm(body), ramus / np.linalg.norm(ramus)
    inward = up - along
    inward = inward / np.linalg.norm(inward)
    notch = 1.2 + 0.8 * rng.random()
    lower = np.array(
        [
            me + 0.35 * body - by(0, 0.6),
            me + 0.66 * body - by(0, notch),
            go - 12 * along - 0.3 * inward,
            go - 6 * along + 0.6 * inward,
            go + 3.2 * inward,
            go + 6.5 * up + 0.7 * inward,
            go + 15 * up + by(0.4, 0),
            ar - 14 * up + by(1.2, 0),
            ar,
        ]
    )
    condyle = np.array(
        [
            ar + by(0.3, -5),
            ar + by(2.2, -9.5),
            ar + by(6.5, -11),
            ar + by(10.5, -8),
            ar + by(10.5, -3),
            ar + by(13, 4),
            ar + by(20, 4),
            ar + by(27, -4),
            ar + by(31, 0),
            ar + by(31, 12),
            go + by(33, -24),
            go + by(38, -16),
        ]
    )
    condyle[6:10, 0] += rng.normal(0, 0.8)
    return lower, condyle


def _symphysis(drawing: Drawing, shape: Shape, chin: Points, root: Points) -> None:
    """Add the dense midline section of the chin with its inner outline."""
    me, b, tip = shape.at["Me"], shape.at["B"], shape.at["L1"]
    lingual = np.array(
        [
            me + by(-1.5, -0.2),
            me + by(-7.0, -5),
            me + by(-7.5, -12),
            b + by(-10.5, 0),
            tip + 11 * root - by(5, 0),
        ]
    )
    section = smooth(np.vstack([chin[:7], lingual]))
    drawing.fill(section, 0.30, 0.4)
    drawing.cortex(section, 1.5, 0.36)


def _canal(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the mandibular canal and some trabecular unevenness."""
    go, me, ar = (shape.at[key] for key in ("Go", "Me", "Ar"))
    path = smooth(
        np.array(
            [
                ar + by(15, 20),
                go + by(16, -16),
                go + 0.35 * (me - go) + by(3, -9),
                go + 0.65 * (me - go) + by(2, -8),
            ]
        )
    )
    drawing.line(path, 2.6, -0.07, 0.6)
    for _ in range(10):
        spot = go + rng.random() * 0.8 * (me - go) + by(8, -12) + rng.normal(0, 4, 2)
        drawing.fill(ellipse(spot, (3 + 3 * rng.random(), 2 + 2 * rng.random())), 0.06 * rng.normal(), 1.5)
