"""Cranial vault, base with the sella, orbit, nasal bone and ear canal."""

from __future__ import annotations

import numpy as np

from sample_data.curves import Points, by, ellipse, smooth
from sample_data.drawing import Drawing
from sample_data.shape import Shape


def draw_cranium(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add everything above the maxilla, and the traces of S, N, Or, Po and Ar."""
    _vault(drawing, shape, rng)
    _base(drawing, shape, rng)
    _frontonasal(drawing, shape, rng)
    _orbit(drawing, shape, rng)
    _ear(drawing, shape, rng)
    _wisps(drawing, shape, rng)


def _wisps(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the faint crossing lines of the middle face and base that make real landmarks hard to find."""
    n = shape.at["N"]
    for _ in range(26):
        start = np.array([rng.uniform(-28, n[0] - 14), rng.uniform(-6, 30)])
        heading = rng.uniform(0, 180)
        steps = np.radians(heading + np.cumsum(rng.normal(0, 28, 5)))
        path = start + np.cumsum(rng.uniform(2, 6) * np.stack([np.cos(steps), np.sin(steps)], axis=1), axis=0)
        drawing.line(smooth(path), rng.uniform(0.5, 1.8), rng.uniform(0.05, 0.26), rng.uniform(0.3, 0.7))
    haze = np.array([(-20, 0), (8, 0), (26, 2), (48, 6), (52, 16), (30, 22), (10, 30), (-14, 34), (-30, 22)])
    drawing.fill(smooth(haze + rng.normal(0, 2, haze.shape), closed=True), 0.30, 5.0)


def _vault(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the vault with its outer and inner table, and uneven bone in between."""
    n = shape.at["N"]
    top = 1 + 0.04 * rng.normal()
    outer = np.array(
        [
            n + by(0.5, -2),
            n + by(4.0, -12),
            n + by(3, -24),
            n + by(-2, -42),
            (49, -83),
            (16, -103),
            (-28, -106),
            (-70, -86),
            (-97, -46),
            (-104, -8),
            (-91, 27),
            (-66, 44),
            (-44, 46),
            (-30, 42),
        ]
    )
    outer[2:12] += rng.normal(0, 1.3, (10, 2))
    outer[3:10, 1] = n[1] - 42 + (outer[3:10, 1] - n[1] + 42) * top
    outer = smooth(outer)
    centre = np.array([-14.0, -38.0])
    thick = 5.0 + 1.5 * rng.random()
    away = outer - centre
    swell = 1 + 0.3 * np.sin(np.linspace(0, 7, len(outer)) + 6 * rng.random())[:, None]
    inner = outer - away / np.linalg.norm(away, axis=1, keepdims=True) * thick * swell
    amount = 0.62 + 0.2 * rng.random()
    closed = np.vstack([outer, [(-22, 30), (-8, 8), (18, 4), (48, -9)]])
    drawing.fill(closed, 0.8 * amount, 0.4)
    drawing.fill(closed, 0.4 * amount, 12.0)
    drawing.line(outer, 1.0, 0.32, 0.3)
    drawing.line(inner, 1.2, 0.30, 0.5)
    drawing.line(0.5 * (outer + inner), thick, 0.22, 0.8)
    _vault_texture(drawing, centre, rng)


def _vault_texture(drawing: Drawing, centre: Points, rng: np.random.Generator) -> None:
    """Add the impressions and vessel grooves of the vault."""
    for _ in range(12):
        spot = centre + rng.normal(0, [32, 24])
        drawing.fill(
            ellipse(spot, (8 + 12 * rng.random(), 6 + 8 * rng.random()), 90 * rng.random()),
            0.07 * rng.normal(),
            6.0,
        )
    for _ in range(3):
        start = np.array([rng.uniform(-30, 40), rng.uniform(-95, -75)])
        path = start + np.cumsum(rng.normal([0, 7], 3, (6, 2)), axis=0)
        drawing.line(smooth(path), 1.2, -0.06 - 0.05 * rng.random(), 0.7)


def _base(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the sella, the planum, the clivus and the outer surface of the skull base through articulare."""
    n, ar = shape.at["N"], shape.at["Ar"]
    half = 5.2 + 0.8 * rng.normal()
    deep = 4.2 + 0.5 * rng.normal()
    half, deep = float(np.clip(half, 3.8, 6.6)), float(np.clip(deep, 3.2, 5.2))
    fossa = np.array(
        [
            (half, -deep),
            (half * 0.96, 0),
            (half * 0.6, deep * 0.8),
            (0, deep),
            (-half * 0.6, deep * 0.8),
            (-half * 0.96, 0),
            (-half, -deep),
        ]
    )
    drawing.traces["fossa"] = smooth(fossa)
    planum = np.array([n + by(-7, -6), n + by(-22, -1), (28, -7.5 + rng.normal()), (16, -6.5), (9.5, -5.8)])
    clivus = np.array([(-8, -deep - 1.5), (-10.5, 0), (-15, 14), (-21, 28), ar + by(-9.5, 6)])
    drawing.line(smooth(np.vstack([planum, fossa, clivus])), 1.0, 0.55, 0.25)
    under = smooth(np.vstack([ar + by(-9.5, 6), ar + by(-5, 3.0), ar, ar + by(6, -4.2), ar + by(14, -8.5), (9, 20)]))
    drawing.line(under, 1.3, 0.5, 0.3)
    body = np.vstack([smooth(clivus), under[::1], [(14, 14), (12, 2), (8, 4), (-7, 4)]])
    drawing.fill(body, 0.32, 0.9)
    drawing.fill(ellipse(np.array([14.0, 9.0]), (8 + rng.random(), 5.5), -10), -0.28, 1.2)
    for shift in rng.normal(0, 2.0, (3, 2)):
        roof = np.array([(2, -6), (20, -10), n + by(-26, -7), n + by(-12, -12), n + by(-4, -17)]) + shift
        drawing.line(smooth(roof), 1.1, 0.22, 0.5)
    wing = np.array([(24, -10), (27, 0), (26, 10), (20, 19)]) + rng.normal(0, 1.2, 2)
    drawing.line(smooth(wing), 1.4, 0.3, 0.5)
    petrous = np.array([(-12, 4), (-24, -2), (-44, 4), (-58, 18), (-52, 36), (-34, 42), (-18, 32)])
    drawing.fill(smooth(petrous + rng.normal(0, 2, petrous.shape), closed=True), 0.42, 4.0)
    for _ in range(14):
        spot = np.array([-38.0, 20.0]) + rng.normal(0, [9, 9])
        drawing.fill(ellipse(spot, (1.5 + 2 * rng.random(), 1.5 + rng.random())), -0.16 * rng.random(), 0.6)


def _frontonasal(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the nasal bone, the dark suture that ends at nasion, and the frontal sinus."""
    n = shape.at["N"]
    tip = n + np.array([8.5 + 1.5 * rng.normal(), 22 + 1.5 * rng.normal()])
    bridge = smooth(np.array([n + by(0.5, -2), n, n + by(1.0, 3.5), n + by(4.0, 12), tip]))
    back = smooth(np.array([tip, n + by(0.5, 13), n + by(-4.0, 5), n + by(-8, -4)]))
    drawing.fill(np.vstack([bridge, back]), 0.30, 0.5)
    drawing.line(bridge, 1.1, 0.5, 0.25)
    drawing.line(smooth(np.array([n + by(0.3, 0), n + by(-3.0, -0.5), n + by(-6.0, -2.2)])), 0.9, -0.55, 0.2)
    drawing.line(smooth(np.array([n + by(-0.4, 1.1), n + by(-3.0, 0.8), n + by(-6.0, -0.8)])), 0.6, 0.3, 0.2)
    drawing.traces["N"] = n
    high = 10 + 5 * rng.random()
    sinus = np.array([(-1.5, -6), (1.2, -11), (0, -10 - high), (-4, -11 - high), (-6, -12), (-6, -7)])
    drawing.fill(smooth(n + sinus, closed=True), -0.45, 0.6)
    drawing.line(smooth(n + sinus, closed=True), 0.6, 0.25, 0.3)


def _orbit(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add both infraorbital margins, their common lowest point being orbitale, and the ethmoid cells."""
    at, half = shape.at["Or"], 0.5 * shape.asymmetry
    n = shape.at["N"]
    hollow = np.array(
        [
            at + by(-24, -16),
            at + by(-8, -24),
            at + by(4, -18),
            at + by(3, -6),
            at + by(-2, -2),
            at + by(-16, -4),
        ]
    )
    drawing.fill(smooth(hollow, closed=True), -0.10, 2.0)
    rim = np.array([(5.5, -8.5), (4.0, -3.2), (0, 0), (-5.0, -1.4), (-11, -4.5), (-20, -7)])
    for number, side in enumerate((half, -half)):
        margin = smooth(at + rim + side + rng.normal(0, 0.12, rim.shape))
        drawing.line(margin, 1.3, 0.42, 0.3)
        drawing.traces[f"orbit{number}"] = margin
        lateral = np.array([at + by(-3, -27), at + by(-9, -20), at + by(-10, -10), at + by(-5.5, -1.8)]) + side
        drawing.line(smooth(lateral), 1.6, 0.3, 0.4)
    cheek = np.array(
        [at + by(2, -1), at + by(1, 8), at + by(-4, 16), at + by(-9, 20), at + by(-14, 14), at + by(-12, 2)]
    )
    drawing.fill(smooth(cheek, closed=True), 0.20, 1.2)
    for _ in range(9):
        spot = np.array([rng.uniform(26, n[0] - 12), rng.uniform(-3, 14)])
        cell = ellipse(spot, (3 + 3 * rng.random(), 3 + 2 * rng.random()), 180 * rng.random())
        drawing.fill(cell, -0.10 * rng.random(), 0.8)
        drawing.line(cell, 0.6, 0.14, 0.3)


def _ear(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the bony ear canals, porion being their highest point, and sometimes an ear rod that is not."""
    at, half = shape.at["Po"], 0.4 * shape.asymmetry
    wide, tall = 3.9 + 0.3 * rng.normal(), 4.3 + 0.3 * rng.normal()
    for number, side in enumerate((half, -half)):
        canal: Points = ellipse(at + by(0, tall) + side, (wide, tall))
        drawing.fill(canal, -0.30, 0.4)
        drawing.line(canal, 1.1, 0.42, 0.25)
        drawing.traces[f"canal{number}"] = canal
    if rng.random() < 0.5:
        centre = at + np.array([rng.normal(0, 1.5), tall + 2.5 + rng.normal(0, 1.5)])
        drawing.line(ellipse(centre, (6.6, 6.6)), 0.9, 0.5, 0.2)
    condyle_roof = np.array(
        [at + by(3.5, 5), at + by(5, 0.5), at + by(11, -3), at + by(18, 1), at + by(22, 5), at + by(30, 3)]
    )
    drawing.line(smooth(condyle_roof), 1.4, 0.35, 0.4)
    mastoid = np.array([at + by(-3, 6), at + by(-2, 16), at + by(-8, 25), at + by(-15, 20), at + by(-18, 8)])
    drawing.fill(smooth(mastoid, closed=True), 0.22, 1.2)
