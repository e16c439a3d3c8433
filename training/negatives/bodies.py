"""Drawn radiographs of other parts of the body: hands, chests, limbs, pelves and spines."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey, Points
from training.negatives.sketch import Sketch, ellipse, exposed, mirrored, smooth, turned

Place = Callable[[Points], Points]
"""Takes a bone's own coordinates to those of the sketch."""


def hand(rng: Generator, size: int) -> Grey:
    """Return one or two hands, often with the wrist, sometimes a foot's long and short bones."""
    sketch = Sketch(rng, size, rng.uniform(0.6, 1.4))
    both = sketch.aspect > 1.1 and rng.random() < 0.6
    scale = rng.uniform(0.75, 1.05) * (0.8 if both else 1.0)
    spread, foot = rng.uniform(2, 13), rng.random() < 0.15
    for side in (-1, 1) if both else (rng.choice([-1, 1]),):
        _one_hand(sketch, side, side * 0.55 * sketch.aspect * both, scale, spread, foot)
    return exposed(sketch)


def _one_hand(sketch: Sketch, side: int, x: float, scale: float, spread: float, foot: bool) -> None:
    rng = sketch.rng
    bright, flesh, thick = rng.uniform(0.35, 0.8), rng.uniform(0.08, 0.35), rng.uniform(0.035, 0.05)
    origin = np.array([x, rng.uniform(0.3, 0.45)])

    def place(points: Points) -> Points:
        return points * (side * scale, scale) + origin

    lengths = np.array([0.7, 1.0, 1.08, 1.0, 0.8]) * (1.0 if not foot else np.array([1.15, 1.0, 0.95, 0.9, 0.8]))
    bends = np.array([-38 if not foot else -8, -1.2 * spread, 0, spread, 2 * spread]) + rng.normal(0, 2, 5)
    share = np.array([0.46, 0.26, 0.16, 0.12]) if not foot else np.array([0.62, 0.2, 0.1, 0.08])
    sketch.fill(place(ellipse(0, -0.12, 0.27, 0.35, power=3)), flesh, 0.02)
    sketch.fill(place(np.array([(-0.17, 0.1), (0.2, 0.1), (0.22, 1.2), (-0.19, 1.2)])), flesh, 0.02)
    for finger in range(5):
        base = np.array([(finger - 2) * 0.085, -0.02 - 0.03 * (finger == 2)])
        parts = share[[0, 1, 3]] / share[[0, 1, 3]].sum() if finger == 0 else share
        along, limit = 0.04, lengths[finger]
        tip = base + turned([[0, -limit]], bends[finger])[0]
        sketch.line(place(np.array([base, tip])), 0.16 * scale, flesh, 0.015)
        for part in parts:
            length = part * limit - 0.02
            _shaft(sketch, lambda p, b=base, t=bends[finger]: place(turned(p, t) + b), along, length, thick, bright)
            along += length + 0.02
            thick *= 0.97
        thick /= 0.97 ** len(parts)
    for _ in range(8):
        bone = ellipse(rng.uniform(-0.15, 0.15), rng.uniform(0.02, 0.17), *rng.uniform(0.035, 0.065, 2), power=2.5)
        sketch.bone(place(bone), 0.5 * bright, 0.3 * bright, 0.012)
    for left, width in ((-0.1, 1.5), (0.1, 1.0)):
        _shaft(sketch, lambda p, x=left: place(-p + (x, 0.2)), 0.0, 1.1, width * thick, bright)


def _shaft(sketch: Sketch, place: Place, start: float, length: float, thick: float, bright: float) -> None:
    """Add a long bone going up from (0, -start): wide ends, a narrow shaft with bright edges."""
    half = thick * np.array([0.9, 1.0, 0.6, 0.55, 0.65, 0.95, 0.8])
    y = -start - length * np.array([0.0, 0.06, 0.3, 0.5, 0.7, 0.94, 1.0])
    outline = np.concatenate([np.stack([half, y], 1), np.stack([-half, y], 1)[::-1]])
    sketch.bone(place(smooth(outline, closed=True)), 0.6 * bright, 0.45 * bright, 0.014)


def chest(rng: Generator, size: int) -> Grey:
    """Return a chest from the front: lungs, ribs, spine, heart, diaphragm."""
    sketch = Sketch(rng, size, rng.uniform(0.75, 1.3), rng.uniform(0.3, 0.9))
    a = sketch.aspect
    dark, wide = rng.uniform(-0.8, -0.3), rng.uniform(0.3, 0.4) * min(a, 1.1)
    top, low = rng.uniform(-0.9, -0.65), rng.uniform(0.4, 0.75)
    for side in (-1, 1):
        corner = [
            (0.2, top),
            (0.45, top + 0.05),
            (1.0, -0.1),
            (1.15, low),
            (0.6, low - rng.uniform(0.1, 0.3)),
            (0.12, low),
            (0.12, -0.1),
        ]
        lung = smooth(np.array(corner) * (side * 2 * wide, 1), closed=True)
        sketch.fill(lung, dark * rng.uniform(0.8, 1.1), 0.03)
        corner = np.array([(1.0, -0.95), (a + 0.1, -0.8), (a + 0.1, -1.1), (0.6, -1.1)]) * (side, 1)
        sketch.fill(corner, rng.uniform(-0.8, -0.1), 0.04)
        collar = [
            (side * 0.06, top + 0.12),
            (side * wide, top + 0.05),
            (side * 2.2 * wide, top - rng.uniform(-0.1, 0.15)),
        ]
        sketch.line(smooth(collar, closed=False), 0.05, rng.uniform(0.1, 0.35), 0.012)
    droop, strength = rng.uniform(0.1, 0.4), rng.uniform(0.05, 0.25)
    for y in np.linspace(top, low + 0.1, int(rng.integers(8, 12))):
        for side in (-1, 1):
            rib = [
                (side * 0.06, y),
                (side * 1.2 * wide, y - 0.04),
                (side * 2.3 * wide, y + droop),
                (side * 1.3 * wide, y + 1.9 * droop),
            ]
            sketch.line(smooth(rib, closed=False), rng.uniform(0.025, 0.05), strength, 0.01)
    heart = ellipse(
        rng.uniform(0.05, 0.2) * wide * rng.choice([-1, 1, 1, 1]),
        low - 0.3,
        rng.uniform(0.5, 0.85) * wide,
        0.34,
        rng.uniform(20, 50),
    )
    sketch.fill(heart, rng.uniform(0.3, 0.7), 0.04)
    _spine(sketch, -1.0, 1.0, rng.uniform(0.06, 0.09), rng.uniform(0.1, 0.35))
    for _ in range(int(rng.integers(0, 5))):
        start, end = rng.uniform(-0.6, 0.6, (2, 2))
        sketch.line(smooth([start, rng.uniform(-0.6, 0.6, 2), end], closed=False), 0.012, rng.uniform(0.2, 0.8), 0.004)
    return exposed(sketch)


def _spine(sketch: Sketch, top: float, low: float, half: float, bright: float, bend: float = 0.0) -> None:
    step = half * sketch.rng.uniform(1.2, 1.8)
    for y in np.arange(top, low, step):
        x = bend * np.sin(2.5 * y)
        sketch.bone(ellipse(x, y, half, 0.4 * step, power=4), bright, 0.6 * bright, 0.012)
        sketch.fill(ellipse(x, y, 0.2 * half, 0.5 * step), 0.4 * bright, 0.01)
        for side in (-1, 1):
            sketch.fill(ellipse(x + side * 1.4 * half, y, 0.7 * half, 0.15 * step, side * -10), 0.3 * bright, 0.012)


def limb(rng: Generator, size: int) -> Grey:
    """Return knees, elbows, shins, forearms, ankles: long bones that meet at a joint."""
    sketch = Sketch(rng, size, float(np.exp(rng.uniform(np.log(0.35), np.log(1.4)))))
    bright, flesh = rng.uniform(0.35, 0.9), rng.uniform(0.1, 0.5)
    for x in (0.0,) if rng.random() < 0.7 or sketch.aspect < 0.8 else (-0.45, 0.45):
        joint = np.array([x, rng.uniform(-1.3, 1.3)])
        bend, thick = rng.choice([0, 0, 1]) * rng.uniform(0, 110), rng.uniform(0.07, 0.18)
        for lean, pair in ((rng.normal(0, 5), rng.random() < 0.3), (180 + bend, rng.random() < 0.6)):
            widths = np.array([2.2, 2.6, 2.9, 2.6]) * thick * rng.uniform(0.8, 1.2)
            y = np.array([0.1, -0.5, -1.2, -2.6])
            skin = np.concatenate([np.stack([widths, y], 1), np.stack([-widths, y], 1)[::-1]])
            sketch.fill(turned(skin, lean) + joint, flesh, 0.02)
            for side, share in ((-1, 1.0), (1, 0.55)) if pair else ((0, 1.4),):
                offset = (side * 1.1 * thick, 0)
                _shaft(
                    sketch, lambda p, o=offset, t=lean, j=joint: turned(p + o, t) + j, 0.03, 2.2, thick * share, bright
                )
        if rng.random() < 0.5:
            sketch.bone(ellipse(*(joint + rng.normal(0, 0.06, 2)), thick, 1.1 * thick), 0.4 * bright, 0.2 * bright)
        if rng.random() < 0.15:
            start, end = joint + rng.normal(0, 0.5, (2, 2))
            sketch.line([start, end], rng.uniform(0.02, 0.06), rng.uniform(0.8, 2), 0.004)
    return exposed(sketch)


def trunk(rng: Generator, size: int) -> Grey:
    """Return a pelvis with hips, or a spine from the front or the side."""
    sketch = Sketch(rng, size, rng.uniform(0.4, 1.4), rng.uniform(0.2, 0.6))
    bright = rng.uniform(0.25, 0.6)
    if rng.random() < 0.45:
        _spine(sketch, -1.05, 1.05, rng.uniform(0.08, 0.2), bright, rng.uniform(-0.2, 0.2))
        for _ in range(4):
            sketch.fill(ellipse(*rng.uniform(-0.8, 0.8, 2), *rng.uniform(0.05, 0.3, 2)), rng.uniform(-0.3, 0.2), 0.05)
        return exposed(sketch)
    _spine(sketch, -1.05, -0.2, 0.11, bright)
    wide, ring = rng.uniform(0.6, 0.75), rng.uniform(0.16, 0.24)
    for side in (-1, 1):
        wing = smooth(
            np.array([(0.12, -0.2), (0.5, -0.55), (1.0, -0.45), (0.9, -0.05), (0.6, 0.1), (0.3, 0.05)])
            * (side * wide, 1),
            closed=True,
        )
        sketch.bone(wing, bright, 0.5 * bright, 0.03)
        hole = ellipse(side * 0.28 * wide, 0.5, 0.13, 0.1, side * 35)
        sketch.line(hole, 0.07, bright, 0.015)
        socket = np.array([side * 0.75 * wide, 0.22])
        sketch.bone(ellipse(*socket, ring * 0.7, ring * 0.7), bright, 0.4 * bright)
        sketch.line([socket, socket + np.array([side * 0.25, 0.18])], 0.14, bright, 0.02)
        _shaft(
            sketch, lambda p, s=side, c=socket: turned(-p, s * -6) + c + (s * 0.27, 0.1), 0.0, 1.4, 0.09, 1.3 * bright
        )
    sacrum = np.array([(-0.16, -0.25), (0.16, -0.25), (0.04, 0.3), (-0.04, 0.3)])
    sketch.bone(smooth(sacrum, closed=True), 0.7 * bright, 0.2 * bright)
    sketch.line(
        smooth(np.concatenate([mirrored([(0.3, 0.4)]), [(0, 0.36), (0.3, 0.4)]]), closed=False), 0.09, bright, 0.02
    )
    return exposed(sketch)
