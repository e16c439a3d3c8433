"""Drawn photographs and documents: faces from the front, in half and in full profile, scenes, text, screens."""

import cv2
import numpy as np
from numpy.random import Generator

from napari_dentlm.cascade.transform import Grey, Points
from training.negatives.sketch import Sketch, cloud, ellipse, photographed, smooth, turned


def face(rng: Generator, size: int) -> Grey:
    """Return a face from the front or half turned, with hair, shoulders and something behind it."""
    sketch = _scene(rng, size, rng.uniform(0.7, 1.3))
    skin, hair = rng.uniform(0.3, 0.95), rng.uniform(0.0, 0.8)
    wide, tall, x, y = rng.uniform(0.25, 0.55), rng.uniform(1.2, 1.5), rng.normal(0, 0.15), rng.uniform(-0.25, 0.15)
    tall *= wide
    turn, lean = rng.normal(0, 0.25), rng.normal(0, 8)

    def at(dx: float, dy: float) -> tuple[float, float]:
        moved = turned([[(dx + turn * (1 - dx * dx)) * wide, dy * tall]], lean)[0]
        return x + moved[0], y + moved[1]

    if rng.random() < 0.85:
        sketch.paint(
            ellipse(*at(-turn, rng.uniform(-0.3, 0.4)), rng.uniform(1.1, 1.6) * wide, rng.uniform(0.9, 1.7) * tall),
            hair,
            0.02,
        )
    clothes = ellipse(x, y + tall + 0.75, wide * rng.uniform(1.8, 3), 0.75, power=3)
    sketch.paint(clothes, rng.uniform(0, 1), 0.02)
    sketch.paint(ellipse(x, y + tall, 0.55 * wide, 0.5 * tall), 0.85 * skin, 0.02)
    sketch.paint(ellipse(x, y, wide, tall, lean, rng.uniform(2, 2.5)), skin, 0.015)
    shade = rng.uniform(-0.6, 0.6)
    sketch.fill(ellipse(*at(rng.choice([-0.6, 0.6]), 0), 0.5 * wide, 0.9 * tall, lean), shade * skin, 0.12)
    if rng.random() < 0.8:
        sketch.paint(ellipse(*at(-turn, -0.85), 1.05 * wide, rng.uniform(0.25, 0.45) * tall, lean), hair, 0.03)
    eye_y, dark = rng.uniform(-0.25, -0.1), skin * rng.uniform(0.05, 0.5)
    for side in (-0.42, 0.42):
        sketch.paint(ellipse(*at(side, eye_y), 0.2 * wide, 0.075 * tall, lean), min(1.0, 1.2 * skin), 0.006)
        sketch.paint(ellipse(*at(side, eye_y), 0.09 * wide, 0.075 * tall, lean), dark, 0.006)
        brow = ellipse(*at(side, eye_y - 0.17), 0.24 * wide, 0.035 * tall, lean + side * rng.normal(0, 20))
        sketch.paint(brow, 0.5 * (hair + dark), 0.01)
    if rng.random() < 0.2:
        for side in (-0.42, 0.42):
            rim = ellipse(*at(side, eye_y), 0.3 * wide, 0.17 * tall, lean, 3)
            sketch.line(rim, 0.02, rng.choice([-0.5, 0.4]), 0.004)
    sketch.fill(ellipse(*at(0.05, 0.1), 0.08 * wide, 0.25 * tall, lean), 0.2 * shade, 0.02)
    for side in (-0.1, 0.1):
        sketch.paint(ellipse(*at(side, 0.3), 0.06 * wide, 0.03 * tall, lean), dark, 0.008)
    sketch.paint(
        ellipse(*at(0, 0.56), rng.uniform(0.28, 0.42) * wide, rng.uniform(0.05, 0.12) * tall, lean), 0.65 * skin, 0.01
    )
    if rng.random() < 0.5:
        sketch.paint(ellipse(*at(0, 0.56), 0.28 * wide, 0.04 * tall, lean), rng.choice([1.0, dark]), 0.008)
    if rng.random() < 0.5:
        for side in (-0.95, 0.95):
            _strands(sketch, np.array(at(side, -0.5)), rng.uniform(0.6, 1.6) * tall, hair)
    return photographed(sketch)


def profile(rng: Generator, size: int) -> Grey:
    """Return a face in full profile as a camera sees it: skin, ear, hair, no bone; sometimes a bare silhouette."""
    sketch = _scene(rng, size, rng.uniform(0.7, 1.2))
    skin, hair, scale = rng.uniform(0.2, 1.0), rng.uniform(0.0, 0.8), rng.uniform(0.55, 0.85)
    place = np.array([rng.normal(0, 0.12), rng.uniform(-0.25, 0.05)])
    nose, chin = rng.uniform(0.08, 0.2), rng.uniform(-0.08, 0.08)
    front = [(0.1, -0.95), (0.45, -0.8), (0.56, -0.4), (0.52, -0.2), (0.56 + nose, 0.08), (0.56, 0.17), (0.62, 0.3)]
    front += [
        (0.57, 0.38),
        (0.6, 0.45),
        (0.53, 0.55),
        (0.56 + chin, 0.7),
        (0.42 + chin, 0.84),
        (0.1, 0.78),
        (0.08, 1.2),
    ]
    back = [(-0.05, 2.5), (-0.8, 2.5), (-0.6, 1.2), (-0.66, 0.4), (-0.8, -0.2), (-0.6, -0.75), (-0.2, -0.97)]
    outline = smooth(np.array([*front, *back]) + rng.normal(0, 0.012, (21, 2)), closed=True)
    sketch.paint(outline * scale + place, skin, 0.008)
    if rng.random() < 0.2:
        return photographed(sketch)
    shading = ellipse(
        *(np.array([rng.uniform(-0.2, 0.4), rng.uniform(-0.4, 0.6)]) * scale + place), 0.3 * scale, 0.5 * scale
    )
    sketch.fill(shading, rng.uniform(-0.3, 0.3) * skin, 0.12)
    cap = smooth(
        [
            (0.42, -0.7),
            (0.1, -1.05),
            (-0.5, -0.95),
            (-0.95, -0.3),
            (-0.75, rng.uniform(0.2, 1.6)),
            (-0.35, 0.3),
            (-0.1, -0.3),
        ],
        closed=True,
    )
    if rng.random() < 0.85:
        sketch.paint(cap * scale + place, hair, 0.02)
    dark = 0.4 * skin
    sketch.paint(ellipse(*(np.array([0.42, -0.17]) * scale + place), 0.08 * scale, 0.04 * scale), dark, 0.008)
    sketch.line(np.array([(0.33, -0.32), (0.53, -0.31)]) * scale + place, 0.03, -0.3 * skin)
    sketch.line(np.array([(0.44, 0.38), (0.58, 0.38)]) * scale + place, 0.02, -0.3 * skin)
    if rng.random() < 0.5:
        _strands(sketch, np.array([-0.55, -0.6]) * scale + place, rng.uniform(0.5, 1.5) * scale, hair)
    ear = ellipse(*(np.array([-0.2, 0.02]) * scale + place), 0.1 * scale, 0.18 * scale, 10)
    sketch.paint(ear, skin * rng.uniform(0.7, 1.2), 0.01)
    sketch.line(ear, 0.02, -0.25 * skin)
    sketch.paint(
        ellipse(*(np.array([0.52 + 0.3 * nose, 0.11]) * scale + place), 0.03 * scale, 0.02 * scale), dark, 0.006
    )
    return photographed(sketch)


def document(rng: Generator, size: int) -> Grey:
    """Return a page or a screen: lines of text, boxes, a picture or a curve in it."""
    height = int(size * rng.uniform(0.5, 1)) if rng.random() < 0.5 else size
    width = size if height < size else int(size * rng.uniform(0.6, 1))
    paper, ink = (rng.uniform(190, 255), rng.uniform(0, 90)) if rng.random() < 0.7 else (rng.uniform(0, 60), 230)
    page = np.full((height, width), paper, dtype=np.uint8)
    y, step = 8, int(rng.integers(5, 14))
    while y < height:
        if rng.random() < 0.85:
            text = "".join(rng.choice(list("abcdefghiklmnorstu     ABCEMR0123456789.,"), int(rng.integers(5, 60))))
            cv2.putText(
                page, text, (int(rng.choice([4, 4, 20])), y), cv2.FONT_HERSHEY_PLAIN, step / 16, ink, 1, cv2.LINE_AA
            )
        y += step
    for _ in range(int(rng.integers(0, 6))):
        (x, top), (w, h) = rng.integers(0, (width, height)).tolist(), rng.integers(5, size // 2, 2).tolist()
        cv2.rectangle(page, (x, top), (x + w, top + h), int(rng.integers(0, 256)), int(rng.choice([-1, 1, 2])))
    for _ in range(int(rng.integers(0, 3))):
        x = np.arange(width)
        curve = np.stack([x, height * rng.uniform(0.3, 0.7) + np.cumsum(rng.normal(0, 2, width))], axis=1)
        cv2.polylines(page, [curve.astype(np.int32)], False, int(rng.integers(0, 256)), 1, cv2.LINE_AA)
    return page


def scene(rng: Generator, size: int) -> Grey:
    """Return a photograph of things in front of each other, few and large or many and small."""
    sketch = _scene(rng, size, rng.uniform(0.6, 1.6))
    _leaves(sketch, int(rng.choice([4, 12, 40, 120])), 0.9)
    return photographed(sketch)


def _scene(rng: Generator, size: int, aspect: float) -> Sketch:
    """Return a sketch with something in the background: a plain wall, a blurred room, a busy place, stripes."""
    sketch = Sketch(rng, size, aspect, rng.uniform(0, 1))
    sketch.values += rng.uniform(0, 0.35) * cloud(rng, sketch.values.shape, int(rng.choice([1, 2, 4, 12, 40])))
    _leaves(sketch, int(rng.choice([0, 0, 3, 10, 30, 80])), 0.6)
    if rng.random() < 0.4:
        sketch.values = np.asarray(cv2.GaussianBlur(sketch.values, (0, 0), rng.uniform(1, 10)), dtype=np.float32)
    if rng.random() < 0.1:
        columns = np.arange(sketch.width) * rng.uniform(0.1, 1.2)
        sketch.values += rng.uniform(0.05, 0.3) * np.sign(np.sin(columns)).astype(np.float32)
    return sketch


def _leaves(sketch: Sketch, count: int, largest: float) -> None:
    """Cover a sketch with opaque things whose sizes follow a power law, the statistics of photographs (Lee 2001)."""
    rng = sketch.rng
    for size in np.minimum(0.05 / np.sqrt(rng.uniform(0.002, 1, count)), largest):
        stretch, corners = np.exp(rng.normal(0, 0.5)), float(rng.choice([1.4, 2, 2, 8]))
        place = rng.uniform(-1.1, 1.1, 2) * (sketch.aspect, 1)
        thing = ellipse(
            place[0], place[1], size * stretch, size / stretch, rng.choice([0.0, 90.0, 180 * rng.random()]), corners
        )
        sketch.paint(thing, rng.uniform(0, 1), rng.choice([0.004, 0.004, 0.03]))
        if size > 0.15:
            sketch.fill(thing * 0.85 + 0.15 * place, rng.uniform(-0.3, 0.3), 0.4 * size)


def _strands(sketch: Sketch, place: Points, length: float, hair: float) -> None:
    """Draw strands of hair hanging from around a place."""
    rng = sketch.rng
    bend, spread = rng.normal(0, 0.15), rng.uniform(0.15, 0.5)
    for _ in range(int(rng.integers(5, 40))):
        start = place + rng.normal(0, spread, 2) * (1, 0.3)
        end = start + np.array([bend + rng.normal(0, 0.1), length * rng.uniform(0.4, 1.1)])
        middle = (start + end) / 2 + rng.normal(0, 0.06, 2)
        sketch.line(smooth([start, middle, end], closed=False), 0.012, rng.normal(0, 0.15) * (0.3 + hair), 0.004)
