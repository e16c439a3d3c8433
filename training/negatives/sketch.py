"""What the drawn negatives have in common: soft shapes on a plate, warping, exposure, and the way into the scan."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from napari_dentlm.cascade.transform import Grey, Points
from training.augment import vary_grey

_SUBPIXEL_BITS = 4
_CIRCLE = np.linspace(0, 2 * np.pi, 49)[:-1]


class Sketch:
    """A picture that soft shapes are added to.

    Coordinates are half heights: y goes from -1 to 1, x from -``aspect`` to ``aspect``.

    Parameters
    ----------
    rng
        Where all chance comes from.
    size
        Pixels on the longer side.
    aspect
        Width divided by height.
    ground
        Value of the empty picture.
    """

    def __init__(self, rng: Generator, size: int, aspect: float, ground: float = 0.0) -> None:
        self.rng, self.aspect = rng, aspect
        self.height = round(size / max(aspect, 1.0))
        self.width = round(self.height * aspect)
        self.values: NDArray[np.float32] = np.full((self.height, self.width), ground, dtype=np.float32)

    def fill(self, outline: ArrayLike, amount: float, blur: float = 0.01) -> None:
        """Add ``amount`` inside an outline (n, 2)."""
        self.values += amount * self._mask(outline, None, blur)

    def line(self, curve: ArrayLike, width: float, amount: float, blur: float = 0.01) -> None:
        """Add ``amount`` along an open curve (n, 2)."""
        self.values += amount * self._mask(curve, width, blur)

    def paint(self, outline: ArrayLike, value: float, blur: float = 0.01) -> None:
        """Cover what lies inside an outline (n, 2) with ``value``, as opaque things do."""
        mask = self._mask(outline, None, blur)
        self.values += mask * (value - self.values)

    def bone(self, outline: ArrayLike, body: float, cortex: float, width: float = 0.02) -> None:
        """Add a body that is densest in its middle, and its brighter rim."""
        closed = np.concatenate([np.asarray(outline), np.asarray(outline)[:1]])
        self.fill(outline, 0.5 * body, 0.012)
        self.fill(outline, 0.5 * body, 0.05)
        self.line(closed, width, cortex, 0.008)

    def _mask(self, points: ArrayLike, width: float | None, blur: float) -> NDArray[np.float32]:
        half = self.height / 2
        pixels = (np.asarray(points, dtype=float) + np.array([self.aspect, 1.0])) * half - 0.5
        fixed = np.round(pixels * 2**_SUBPIXEL_BITS).astype(np.int32)[None]
        mask = np.zeros(self.values.shape, dtype=np.uint8)
        if width is None:
            cv2.fillPoly(mask, fixed, 255, cv2.LINE_AA, _SUBPIXEL_BITS)
        else:
            cv2.polylines(mask, fixed, False, 255, max(1, round(width * half)), cv2.LINE_AA, _SUBPIXEL_BITS)
        if blur * half > 0.4:
            mask = cv2.GaussianBlur(mask, (0, 0), blur * half)
        return np.asarray(mask, dtype=np.float32) / 255


def ellipse(x: float, y: float, radius_x: float, radius_y: float, angle: float = 0.0, power: float = 2.0) -> Points:
    """Return the outline of an ellipse turned by ``angle`` degrees; a ``power`` above 2 makes it squarer."""
    cos, sin = np.cos(_CIRCLE), np.sin(_CIRCLE)
    shape = np.stack([np.sign(cos) * np.abs(cos) ** (2 / power), np.sign(sin) * np.abs(sin) ** (2 / power)], axis=1)
    return turned(shape * (radius_x, radius_y), angle) + np.array([x, y])


def turned(points: ArrayLike, angle: float) -> Points:
    """Return points turned by ``angle`` degrees about the origin."""
    turn = np.deg2rad(angle)
    return np.asarray(points, dtype=float) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def mirrored(points: ArrayLike) -> Points:
    """Return points on the other side of the vertical through the origin."""
    return np.asarray(points, dtype=float) * (-1, 1)


def smooth(corners: ArrayLike, *, closed: bool) -> Points:
    """Return corners (n, 2) with every corner cut twice (Chaikin 1974)."""
    points = np.asarray(corners, dtype=float)
    for _ in range(3):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1).reshape(-1, 2)
        points = cut if closed else np.concatenate([points[:1], cut[:-2], points[-1:]])
    return points


def cloud(rng: Generator, shape: tuple[int, ...], cells: int) -> NDArray[np.float32]:
    """Return smooth noise (h, w) of standard deviation 1 with about ``cells`` grains on either side."""
    coarse = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def exposed(sketch: Sketch) -> Grey:
    """Return the absorption of a sketch as a radiograph: scatter, unevenness, tone curve, edges and markers."""
    rng, light = sketch.rng, np.maximum(sketch.values, 0)
    light = light + np.maximum(cloud(rng, light.shape, 3) * 0.04 + rng.uniform(0, 0.15), 0)
    for cells in (6, 20, 60):
        light = light * (1 + rng.uniform(0, 0.08) * cloud(rng, light.shape, cells))
    tone = (1 - np.exp(-rng.uniform(0.8, 2.4) * light)) ** rng.uniform(0.8, 2.0)
    tone = tone / max(float(np.quantile(tone, 0.995)), 1e-3) * rng.uniform(0.75, 1.05)
    grey = np.clip(tone * 255, 0, 255).astype(np.uint8)
    add_edges(grey, rng)
    add_markers(grey, rng)
    return 255 - grey if rng.random() < 0.4 else grey


def photographed(sketch: Sketch) -> Grey:
    """Return the brightness of a sketch as a photograph: uneven light and contrast."""
    rng, light = sketch.rng, sketch.values
    light = light * (1 + rng.uniform(0, 0.25) * cloud(rng, light.shape, 2))
    grain = rng.uniform(0, 0.3)
    for cells in (5, 12, 30, 70):
        light = light + grain / np.sqrt(cells) * rng.uniform(0, 1) * cloud(rng, light.shape, cells)
    low, high = np.quantile(light, [0.01, 0.99])
    tone = np.clip((light - low) / max(float(high - low), 1e-3), 0, 1)
    return np.asarray(rng.uniform(0, 50) + tone * rng.uniform(130, 205), dtype=np.uint8)


def into_scan(grey: Grey, rng: Generator, size: int) -> Grey:
    """Warp a picture a little, vary its grey levels, turn it any way, and letterbox it into (size, size)."""
    height, width = grey.shape
    angle, scale = rng.normal(0, 6), np.exp(rng.normal(0.05, 0.15))
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    matrix[:, 2] += rng.normal(0, 0.04, 2) * (width, height)
    border = cv2.BORDER_REPLICATE if rng.random() < 0.7 else cv2.BORDER_CONSTANT
    inverse = cv2.invertAffineTransform(matrix)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    wander = [cloud(rng, grey.shape, 5) * rng.uniform(0, 0.014) * max(grey.shape) for _ in range(2)]
    source_x = inverse[0, 0] * columns + inverse[0, 1] * rows + inverse[0, 2] + wander[0]
    source_y = inverse[1, 0] * columns + inverse[1, 1] * rows + inverse[1, 2] + wander[1]
    moved = cv2.remap(
        grey, source_x.astype(np.float32), source_y.astype(np.float32), cv2.INTER_LINEAR, borderMode=border
    )
    varied = vary_grey(np.asarray(moved, dtype=np.uint8), rng)
    return letterboxed(np.rot90(varied, int(rng.choice([0, 0, 1, 2, 3]))), rng, size)


def letterboxed(grey: Grey, rng: Generator, size: int) -> Grey:
    """Fit a picture into the black square, now and then with a margin of one grey around it."""
    if rng.random() < 0.2:
        margin = (rng.uniform(0, 0.25, (2, 2)) * max(grey.shape)).astype(int)
        grey = np.pad(grey, margin.tolist(), constant_values=int(rng.choice([0, 128, 255])))
    factor = size / max(grey.shape)
    height, width = (max(1, round(n * factor)) for n in grey.shape)
    canvas = np.zeros((size, size), dtype=np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    reduced = cv2.resize(np.ascontiguousarray(grey), (width, height), interpolation=cv2.INTER_AREA)
    canvas[top : top + height, left : left + width] = reduced
    return canvas


def add_edges(grey: Grey, rng: Generator) -> None:
    """Blank some of the sides, as collimators, frames and scanners do."""
    value = int(rng.choice([0, 0, 255, rng.integers(0, 256)]))
    for _ in range(int(rng.choice([0, 0, 1, 2, 4]))):
        depth = max(1, int(rng.uniform(0.01, 0.12) * min(grey.shape)))
        np.rot90(grey, int(rng.integers(4)))[:depth] = value


def add_markers(grey: Grey, rng: Generator) -> None:
    """Write a side marker, a name or a date, or paste a plate."""
    height, width = grey.shape
    for _ in range(int(rng.choice([0, 0, 1, 1, 2, 3]))):
        text = "".join(rng.choice(list("RLPA0123456789 ."), int(rng.choice([1, 1, 2, 8, 14]))))
        place = int(rng.uniform(0, 0.85) * width), int(rng.uniform(0.08, 1) * height)
        value = int(rng.choice([255, 255, 0, 200]))
        if rng.random() < 0.2:
            cv2.rectangle(grey, place, (place[0] + width // 6, place[1] + height // 10), 255 - value, -1)
        cv2.putText(grey, text, place, cv2.FONT_HERSHEY_SIMPLEX, float(rng.uniform(0.25, 0.8)), value, 1, cv2.LINE_AA)
