"""Drawn radiographs of heads that are not seen from the side: frontal skulls and panoramics."""

import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey, Points
from training.negatives.sketch import Sketch, ellipse, exposed, mirrored, smooth


def frontal_skull(rng: Generator, size: int) -> Grey:
    """Return a skull seen from the front or the back, now and then from below the chin."""
    sketch = Sketch(rng, size, rng.uniform(0.7, 1.2))
    wide, vault = rng.uniform(0.42, 0.56), rng.uniform(0.46, 0.6)
    top = rng.uniform(-0.95, -0.8)
    middle = top + vault
    chin = middle + rng.uniform(0.75, 1.0)
    if rng.random() < 0.8:
        _neck(sketch, middle + 0.3 * vault, wide)
    _flesh(sketch, top, middle, chin, wide)
    power = rng.uniform(2.0, 2.6)
    skull = ellipse(0, middle, wide, vault, power=power)
    sketch.bone(skull, rng.uniform(0.2, 0.5), rng.uniform(0.3, 0.7), rng.uniform(0.02, 0.05))
    if rng.random() < 0.5:
        suture = np.stack([rng.normal(0, 0.008, 14), np.linspace(top, middle, 14)], axis=1)
        sketch.line(suture, 0.008, rng.uniform(-0.15, 0.15))
    eye_y = middle + rng.uniform(0.12, 0.3) * vault
    _orbits(sketch, eye_y, wide)
    _nose(sketch, eye_y, wide, chin)
    _jaw(sketch, eye_y, wide, chin)
    _front_teeth(sketch, eye_y + rng.uniform(0.56, 0.68) * (chin - eye_y), wide)
    return exposed(sketch)


def _neck(sketch: Sketch, start: float, wide: float) -> None:
    rng = sketch.rng
    width = wide * rng.uniform(0.6, 0.95)
    sketch.fill([(-width, start), (width, start), (1.1 * width, 1.2), (-1.1 * width, 1.2)], rng.uniform(0.1, 0.4), 0.03)
    half, step = wide * rng.uniform(0.2, 0.3), rng.uniform(0.1, 0.15)
    for y in np.arange(start, 1.1, step):
        sketch.bone(ellipse(0, y, half, 0.45 * step, power=3), rng.uniform(0.15, 0.3), rng.uniform(0.1, 0.25), 0.012)
    if rng.random() < 0.6:
        shoulder = smooth([(0.2, 1.3), (width, 0.85), (sketch.aspect, 1.0), (sketch.aspect + 0.3, 1.4)], closed=True)
        amount = rng.uniform(0.3, 1.2)
        sketch.fill(shoulder, amount, 0.03)
        sketch.fill(mirrored(shoulder), amount, 0.03)


def _flesh(sketch: Sketch, top: float, middle: float, chin: float, wide: float) -> None:
    half = [(0.0, top - 0.04), (1.05 * wide, middle - 0.2), (1.12 * wide, middle + 0.3), (0.85 * wide, chin - 0.1)]
    outline = np.array([*half, (0.3 * wide, chin + 0.06)])
    both = np.concatenate([outline, mirrored(outline)[::-1]])
    sketch.fill(smooth(both, closed=True), sketch.rng.uniform(0.08, 0.3), 0.015)


def _orbits(sketch: Sketch, y: float, wide: float) -> None:
    rng = sketch.rng
    apart, radius = wide * rng.uniform(0.4, 0.5), wide * rng.uniform(0.26, 0.34)
    tilt, flat, power = rng.uniform(-12, 12), rng.uniform(0.8, 1.05), rng.uniform(2, 3)
    dark, rim = rng.uniform(-0.45, -0.15), rng.uniform(0.15, 0.45)
    petrous = rng.uniform(0, 0.5)
    height = y + radius * rng.uniform(-0.6, 1.3)
    for side in (-1, 1):
        orbit = ellipse(side * apart, y, radius, flat * radius, side * tilt, power)
        sketch.fill(orbit, dark, 0.015)
        sketch.line(orbit, rng.uniform(0.012, 0.03), rim)
        ridge = [(side * 0.12 * wide, height), (side * 0.95 * wide, height - 0.05), (side * 0.95 * wide, height + 0.1)]
        sketch.fill(ridge, petrous, 0.025)
        cheek = ellipse(side * 0.85 * wide, y + 1.2 * radius, 0.14 * wide, 0.5 * radius, side * 40)
        sketch.fill(cheek, rng.uniform(0.05, 0.3), 0.02)
    if rng.random() < 0.6:
        sinus = ellipse(0, y - 1.2 * radius, 0.4 * wide, 0.5 * radius, power=1.6)
        sketch.fill(sinus, rng.uniform(-0.25, -0.05), 0.02)


def _nose(sketch: Sketch, eyes: float, wide: float, chin: float) -> None:
    rng = sketch.rng
    low, half = eyes + rng.uniform(0.38, 0.48) * (chin - eyes), wide * rng.uniform(0.16, 0.25)
    side = np.array([(0.25 * half, eyes), (0.9 * half, 0.5 * (eyes + low)), (half, 0.9 * low), (0.3 * half, low)])
    hole = smooth(np.concatenate([side, mirrored(side)[::-1]]), closed=True)
    sketch.fill(hole, rng.uniform(-0.4, -0.15), 0.012)
    sketch.line(hole, 0.012, rng.uniform(0.1, 0.3))
    sketch.line([(rng.normal(0, 0.01), eyes), (0, low)], 0.018, rng.uniform(0.15, 0.4))
    antrum = smooth(
        [(1.2 * half, eyes + 0.1), (2.9 * half, eyes + 0.14), (2.3 * half, low + 0.03), (1.3 * half, low)], closed=True
    )
    dark = rng.uniform(-0.3, -0.08)
    sketch.fill(antrum, dark, 0.02)
    sketch.fill(mirrored(antrum), dark, 0.02)


def _jaw(sketch: Sketch, eyes: float, wide: float, chin: float) -> None:
    rng = sketch.rng
    condyle, angle = eyes + rng.uniform(0.1, 0.25) * (chin - eyes), chin - rng.uniform(0.2, 0.35)
    outer = [(0.84 * wide, condyle), (0.92 * wide, angle - 0.15), (0.86 * wide, angle), (0.4 * wide, chin - 0.02)]
    inner = [(0.2 * wide, chin - 0.2), (0.62 * wide, angle - 0.08), (0.7 * wide, condyle + 0.06)]
    half = np.array([*outer, (0.15 * wide, chin)])
    ring = np.concatenate([half, mirrored(half)[::-1], mirrored(inner)[::-1], inner[::-1]])
    sketch.bone(smooth(ring, closed=True), rng.uniform(0.25, 0.55), rng.uniform(0.15, 0.4), rng.uniform(0.015, 0.03))


def _front_teeth(sketch: Sketch, y: float, wide: float) -> None:
    rng = sketch.rng
    if rng.random() < 0.08:
        return
    width, tall = wide * rng.uniform(0.055, 0.08), rng.uniform(0.05, 0.09)
    gap, arch, bright = rng.uniform(0.0, 0.04), rng.uniform(-0.08, 0.1), rng.uniform(0.2, 0.6)
    for row, sign in ((-1, -1), (1, 1)):
        for n in range(-6, 7):
            if rng.random() < 0.07:
                continue
            x = n * width * 1.02 * (1 - 0.02 * abs(n))
            centre = y + sign * (tall + gap / 2) + arch * (x / wide) ** 2
            sketch.fill(ellipse(x, centre, 0.46 * width, tall, power=3), bright * rng.uniform(0.7, 1.2), 0.006)
            if rng.random() < 0.1:
                sketch.fill(
                    ellipse(x, centre - row * 0.3 * tall, 0.4 * width, 0.4 * tall), rng.uniform(0.5, 1.5), 0.004
                )


def panoramic(rng: Generator, size: int) -> Grey:
    """Return a panoramic radiograph: both jaws unrolled, condyles at the sides, the spine as a shadow."""
    sketch = Sketch(rng, size, rng.uniform(1.5, 2.4), rng.uniform(0.2, 0.6))
    a = sketch.aspect
    curve = rng.uniform(0.1, 0.45) * rng.choice([1, 1, 1, -0.3])
    bite = rng.uniform(-0.2, 0.15)
    x = np.linspace(-0.62 * a, 0.62 * a, 41)
    line = np.stack([x, bite - curve * (x / (0.62 * a)) ** 2], axis=1)
    _shadows(sketch, bite)
    _unrolled_jaw(sketch, line)
    _tooth_rows(sketch, line)
    return exposed(sketch)


def _shadows(sketch: Sketch, bite: float) -> None:
    rng, a = sketch.rng, sketch.aspect
    spine = rng.uniform(0.05, 0.14) * a
    sketch.fill([(-spine, -1.1), (spine, -1.1), (1.5 * spine, 1.1), (-1.5 * spine, 1.1)], rng.uniform(0, 0.5), 0.12)
    for side in (-1, 1):
        edge = rng.uniform(0.82, 0.92) * a
        sketch.fill(
            [(side * edge, -1.1), (side * 1.2 * a, -1.1), (side * 1.2 * a, 1.1), (side * edge, 1.1)],
            rng.uniform(-0.3, 0.5),
            0.05,
        )
        orbit = ellipse(side * rng.uniform(0.3, 0.4) * a, -1.0, 0.18 * a, rng.uniform(0.2, 0.4))
        sketch.fill(orbit, rng.uniform(-0.25, -0.05), 0.02)
        antrum = ellipse(side * 0.27 * a, bite - 0.5, 0.16 * a, rng.uniform(0.12, 0.22), side * 10, 2.5)
        sketch.fill(antrum, rng.uniform(-0.3, -0.08), 0.02)
        sketch.line(antrum, 0.012, rng.uniform(0.05, 0.25))
    nose = ellipse(0, bite - rng.uniform(0.5, 0.6), 0.12 * a, 0.2, power=1.8)
    sketch.fill(nose, rng.uniform(-0.3, -0.05), 0.02)
    palate = rng.uniform(0.28, 0.38)
    sketch.line([(-0.6 * a, bite - palate), (0.6 * a, bite - palate - 0.05)], 0.03, rng.uniform(0.05, 0.35))


def _unrolled_jaw(sketch: Sketch, line: Points) -> None:
    rng, a = sketch.rng, sketch.aspect
    depth = rng.uniform(0.48, 0.65)
    top, ramus = rng.uniform(-0.75, -0.5), rng.uniform(0.68, 0.82) * a
    side = np.array(
        [
            (0.0, line[20, 1] + depth),
            (0.4 * a, line[20, 1] + 0.9 * depth),
            (0.96 * ramus, 0.2),
            (1.08 * ramus, -0.2),
            (1.1 * ramus, top),
            (1.02 * ramus, top),
            (0.98 * ramus, top + 0.25),
            (0.84 * ramus, top + 0.12),
            (0.78 * ramus, line[0, 1] + 0.1),
            (0.4 * a, line[20, 1] + 0.12),
        ]
    )
    whole = smooth(np.concatenate([side, mirrored(side[1:])[::-1]]), closed=True)
    sketch.bone(whole, rng.uniform(0.2, 0.5), rng.uniform(0.1, 0.35), rng.uniform(0.02, 0.04))
    for sign in (-1, 1):
        canal = smooth([(sign * 0.92 * ramus, -0.3), (sign * 0.8 * ramus, 0.15), (sign * 0.3 * a, 0.4)], closed=False)
        sketch.line(canal, 0.03, rng.uniform(-0.15, 0))


def _tooth_rows(sketch: Sketch, line: Points) -> None:
    rng = sketch.rng
    bright, gap, lost = rng.uniform(0.2, 0.5), rng.uniform(0.0, 0.06), rng.choice([0.03, 0.1, 0.5])
    tall = rng.uniform(0.2, 0.3)
    for sign in (-1, 1):
        x = 0.0
        for n in range(8):
            width = sketch.aspect * (0.028 if n < 5 else 0.042) * rng.uniform(0.9, 1.1)
            x += width
            for side in (-1, 1):
                if rng.random() < lost:
                    continue
                y = float(np.interp(side * x, line[:, 0], line[:, 1])) + sign * gap / 2
                lean = side * sign * n * rng.uniform(-2, 4)
                height = tall * rng.uniform(0.8, 1.05)
                root = ellipse(side * x, y + sign * 0.55 * height, 0.7 * width, 0.6 * height, lean, 1.7)
                sketch.fill(root, bright * rng.uniform(0.5, 1), 0.01)
                crown = ellipse(side * x, y + sign * 0.2 * height, 0.92 * width, 0.22 * height, lean, 3.5)
                sketch.fill(crown, bright * rng.uniform(0.7, 1.3), 0.006)
                if rng.random() < 0.15:
                    filling = ellipse(side * x, y + sign * 0.1 * height, 0.6 * width, 0.1 * height)
                    sketch.fill(filling, rng.uniform(0.6, 2), 0.004)
            x += width
