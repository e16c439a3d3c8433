"""Soft-tissue profile, airway, spine and hyoid."""

from __future__ import annotations

import numpy as np

from sample_data.curves import Points, by, ellipse, rotation, smooth, span
from sample_data.drawing import Drawing
from sample_data.shape import Shape


def draw_soft_tissue(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the head's soft tissue with its profile, and the traces of Sn, Ls, Li and Pog'."""
    controls = _profile(shape, rng)
    profile = smooth(controls)
    drawing.traces["Sn"] = shape.at["Sn"]
    drawing.traces["Ls"] = span(profile, 10, 12)
    drawing.traces["Li"] = span(profile, 13, 15)
    drawing.traces["Pogs"] = span(profile, 16, 19)
    scalp = np.array([(-115, 20), (-116, -20), (-106, -60), (-76, -98), (-28, -118), (20, -114), (54, -93)])
    throat = np.array([(-2, 240), (-150, 240), (-118, 130), (-84, 95), (-88, 60), (-105, 40)])
    crown = smooth(np.vstack([scalp, controls[:2]]))[:-17]
    outline = np.vstack([profile, smooth(np.vstack([throat, scalp[:1]])), crown])
    amount = 0.12 + 0.06 * rng.random()
    drawing.fill(outline, amount, 0.35)
    drawing.fill(outline, amount, 5.0)
    drawing.fill(outline, 0.7 * amount, 14.0)
    drawing.line(span(profile, 4, 19), 1.4, 0.03, 0.5)
    _airway(drawing, shape, rng)
    _spine(drawing, shape, rng)


def _profile(shape: Shape, rng: np.random.Generator) -> Points:
    """Return the 24 profile points from the forehead to the throat."""
    n, sn, ls, st, li, pogs, me, b = (shape.at[key] for key in ("N", "Sn", "Ls", "stomion", "Li", "Pogs", "Me", "B"))
    nose = sn + np.array([17.5 + 1.8 * rng.normal(), -9.5 + 1.5 * rng.normal()])
    fold = np.array([0.5 * (b[0] + 12 + min(li[0], pogs[0]) - 3.5), 0.52 * li[1] + 0.48 * pogs[1]])
    fold[0] = min(fold[0], li[0] - 3.5, pogs[0] - 1.2)
    return np.array(
        [
            n + by(1, -58),
            n + by(7, -34),
            n + by(10, -14),
            n + by(6.8, 1.5),
            n + by(13, 14),
            nose + by(-9, -13.5),
            nose + by(-1.2, -3.8),
            nose,
            nose + by(-4.0, 5.0),
            sn,
            sn + 0.5 * (ls - sn) + by(-1.2, 0.4),
            ls,
            st + by(-0.3, -0.5),
            st + by(-0.3, 0.8),
            li,
            fold + by(0.4, -2.5),
            fold + by(0, 2.0),
            pogs,
            me + by(10, 8.5),
            me + by(-1, 10),
            me + by(-16, 7.0),
            me + by(-38, 9),
            me + by(-44, 22),
            me + by(-46, 60),
        ]
    )


def _airway(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the dark pharynx behind the palate and tongue, with the soft palate in it, and the nasal air."""
    pns, ar, go, me = (shape.at[key] for key in ("PNS", "Ar", "Go", "Me"))
    width = 9 + 2.0 * rng.normal()
    width = float(np.clip(width, 5, 14))
    spine = np.array([pns[0] - 16, ar[1] + 2])
    low = 5.0 * rng.normal()
    column = np.array(
        [
            pns + by(-4, -12),
            spine + by(0, 6),
            spine + by(-3, 24),
            spine + by(-6, 60),
            spine + by(-12 + low, 170),
            spine + by(-10 + low + width, 170),
            spine + by(-6 + 1.2 * width, 60),
            spine + by(-2 + width, 28),
            pns + by(-5, 3),
        ]
    )
    drawing.fill(smooth(column, closed=True), -0.15, 0.9)
    drawing.fill(smooth(column, closed=True), -0.12, 3.0)
    velum = np.array(
        [
            pns,
            pns + by(-9, 6),
            pns + by(-15, 18),
            pns + by(-19, 26),
            pns + by(-16, 25),
            pns + by(-9, 14),
            pns + by(-1, 5),
        ]
    )
    drawing.fill(smooth(velum, closed=True), 0.16, 0.7)
    hyoid = np.array([go[0] + 22 + 4 * rng.normal(), 0.5 * (go[1] + me[1]) + 15 + 3 * rng.normal()])
    drawing.fill(ellipse(hyoid, (4.5, 2.6), 40), 0.30, 0.5)
    drawing.line(smooth(hyoid + np.array([(-2, 0), (-12, -3), (-24, -8)])), 1.8, 0.18, 0.5)
    nose = shape.at["Sn"] + np.array([-1, -9])
    drawing.fill(ellipse(nose + by(4, 0), (5.5, 2.6), 15), -0.12, 1.2)


def _spine(drawing: Drawing, shape: Shape, rng: np.random.Generator) -> None:
    """Add the atlas, the axis with its dens and four more neck vertebrae on a bent line."""
    start = np.array([shape.at["PNS"][0] - 33 + 1.5 * rng.normal(), shape.at["Ar"][1] + 17])
    lean = 96 + 6 * rng.normal()
    bend = 1.2 * rng.normal() + 1
    atlas = start + by(0, -8)
    drawing.bone(ellipse(atlas + by(6.5, 0), (3.6, 4.6), 10), 0.22, 0.16)
    drawing.bone(ellipse(atlas + by(-30, 2), (6, 3.4), -20), 0.22, 0.16)
    drawing.fill(smooth(atlas + np.array([(4, -3), (-28, -1), (-28, 4), (4, 4)]), closed=True), 0.16, 0.8)
    dens = np.array([(-4, -12), (0, -15), (3.5, -11), (4, 2), (-5, 2)])
    drawing.fill(smooth(start + dens, closed=True), 0.26, 0.5)
    place = start.copy()
    for level in range(6):
        turn = rotation(lean - 90 + bend * level)
        height, half = (17.5, 7.8) if level == 0 else (12.5, 8.0 + 0.3 * level)
        body, arch = _vertebra(height, half)
        arch = arch + rng.normal(0, 0.8, arch.shape)
        drawing.bone(smooth(place + body @ turn.T, closed=True), 0.30, 0.24, 0.9)
        drawing.bone(smooth(place + arch @ turn.T, closed=True), 0.20, 0.10, 0.7)
        place = place + turn @ by(0, height + 2.6)


def _vertebra(height: float, half: float) -> tuple[Points, Points]:
    """Return the outline points of a vertebral body (8, 2) and of its arch and spinous process (7, 2)."""
    rise = 0.5 * height
    front = [(half, 0.6), (half - 0.8, rise), (half + 0.8, height - 1)]
    rear = [(0, height - 2.2), (-half, height - 1.5), (-half + 0.6, rise)]
    body = np.array([(-half, 0.8), (-half * 0.3, 1.4), *front, *rear])
    process = np.array([(0, 3), (-8, 2), (-22, 9), (-27, 14), (-20, 15.5), (-8, 11), (0, 9)])
    return body, process - by(half, 0)
