"""Bland-Altman picture: one row of two panels, x and y, for each landmark, all with the same scale."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from napari_dentlm.core.agreement.statistics import BlandAltman
from napari_dentlm.core.errors import PathInput
from napari_dentlm.core.files import atomic_file

Panel = tuple[str, BlandAltman, BlandAltman]
"""Landmark key, x and y."""
ACROSS = 4
"""Landmarks side by side."""
# Sizes in pixels of the written picture; it is drawn larger and reduced, which smooths lines and dots.
WIDTH, HEIGHT, GAP, LEFT, TOP, HEAD, FOOT = 214, 170, 14, 48, 100, 30, 30
SMOOTH = 2
STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""What the end of the upright axis may be, times a power of ten."""
WHITE, INK, PALE, BAND = "white", "#222222", "#888888", "#fbf3e4"
DOT, BIAS, LIMIT = "#2b6ca3", "#b03a2e", "#b9770e"


class _Canvas:
    """A drawing whose coordinates are those of the written picture."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.image = Image.new("RGB", (width * SMOOTH, height * SMOOTH), WHITE)
        self._draw = ImageDraw.Draw(self.image)

    def line(self, x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1) -> None:
        corners = [SMOOTH * value for value in (x0, y0, x1, y1)]
        self._draw.line(corners, fill=colour, width=max(1, round(SMOOTH * width)))

    def dashes(self, x0: float, x1: float, y: float, colour: str) -> None:
        for start in np.arange(x0, x1, 8):
            self.line(float(start), y, min(float(start) + 5, x1), y, colour, 1.5)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: str, outline: str | None = None) -> None:
        corners = [SMOOTH * value for value in (x0, y0, x1, y1)]
        self._draw.rectangle(corners, fill=colour, outline=outline, width=SMOOTH)

    def dot(self, x: float, y: float, colour: str) -> None:
        corners = [SMOOTH * value for value in (x - 2, y - 2, x + 2, y + 2)]
        self._draw.ellipse(corners, fill=colour)

    def text(self, x: float, y: float, text: str, size: int, anchor: str, colour: str = INK) -> None:
        font = ImageFont.load_default(size * SMOOTH)
        self._draw.text((x * SMOOTH, y * SMOOTH), text, fill=colour, font=font, anchor=anchor)

    def reduced(self) -> Image.Image:
        return self.image.resize(self.size, Image.Resampling.LANCZOS)


def write_picture(path: PathInput, title: str, panels: Sequence[Panel], unit: str) -> None:
    """Write the picture as a PNG, whole or not at all.

    Parameters
    ----------
    path
        The file.
    title
        Stands above it.
    panels
        In the order to draw.
    unit
        ``mm`` or ``px``.
    """
    reach = _reach(panels)
    columns, rows = min(ACROSS, len(panels)), math.ceil(len(panels) / ACROSS)
    cell_width, cell_height = LEFT + 2 * WIDTH + 2 * GAP, HEAD + HEIGHT + FOOT
    canvas = _Canvas(max(columns, 2) * cell_width + GAP, TOP + rows * cell_height + GAP)
    _head(canvas, title, unit)
    for number, (key, x, y) in enumerate(panels):
        left = LEFT + number % ACROSS * cell_width
        top = TOP + HEAD + number // ACROSS * cell_height
        for axis, plot, start in (("x", x, left), ("y", y, left + WIDTH + GAP)):
            _panel(canvas, start, top, plot, reach)
            canvas.text(start, top - 5, f"{key}  {axis}", 15, "ls")
            canvas.text(start + WIDTH, top - 5, _figures(plot), 12, "rs")
        for value in (-reach, 0.0, reach):
            canvas.text(left - 5, top + HEIGHT / 2 * (1 - value / reach), f"{value:+g}" if value else "0", 12, "rm")
    with atomic_file(path) as file:
        canvas.reduced().save(file, format="PNG")


def _head(canvas: _Canvas, title: str, unit: str) -> None:
    canvas.text(GAP, 14, title, 22, "lt")
    text = f"Each dot is one image: across the mean of both readers, up their difference ({unit}); x to the right, "
    text += "y down. Dots on the frame lie beyond it."
    canvas.text(GAP, 44, text, 13, "lt")
    canvas.line(GAP, 76, GAP + 24, 76, BIAS, 2)
    canvas.text(GAP + 30, 76, "mean difference (bias)", 13, "lm")
    canvas.dashes(GAP + 200, GAP + 224, 76, LIMIT)
    canvas.text(GAP + 230, 76, "95 % limits of agreement", 13, "lm")
    canvas.line(GAP + 420, 76, GAP + 444, 76, PALE, 1)
    canvas.text(GAP + 450, 76, "no difference", 13, "lm")


def _panel(canvas: _Canvas, left: float, top: float, plot: BlandAltman, reach: float) -> None:
    """Dots, bias and limits in a frame; what lies beyond `reach` is drawn on the edge."""

    def height_of(value: float) -> float:
        return top + HEIGHT / 2 * (1 - float(np.clip(value / reach, -1, 1)))

    canvas.box(left, top, left + WIDTH, top + HEIGHT, WHITE, PALE)
    if np.isfinite(plot.low):
        canvas.box(left + 1, height_of(plot.high), left + WIDTH - 1, height_of(plot.low), BAND)
    canvas.line(left, height_of(0), left + WIDTH, height_of(0), PALE)
    canvas.line(left, height_of(plot.bias), left + WIDTH, height_of(plot.bias), BIAS, 2)
    for limit in (plot.low, plot.high):
        if np.isfinite(limit):
            canvas.dashes(left, left + WIDTH, height_of(limit), LIMIT)
    low, high = plot.means.min(), plot.means.max()
    for mean, difference in zip(plot.means, plot.differences, strict=True):
        across = (mean - low) / (high - low) if high > low else 0.5
        canvas.dot(left + 8 + (WIDTH - 16) * float(across), height_of(difference), DOT)
    canvas.text(left, top + HEIGHT + 4, f"{low:.0f}", 11, "lt", INK)
    canvas.text(left + WIDTH, top + HEIGHT + 4, f"{high:.0f}", 11, "rt", INK)


def _figures(plot: BlandAltman) -> str:
    if not np.isfinite(plot.low):
        return _signed(plot.bias)
    return f"{_signed(plot.bias)}  ({_signed(plot.low)} to {_signed(plot.high)})"


def _signed(value: float) -> str:
    return f"{round(value, 1) or 0.0:+.1f}"


def _reach(panels: Sequence[Panel]) -> float:
    """A round number that holds all limits: one image's outlier must not flatten all panels."""
    plots = [plot for _, x, y in panels for plot in (x, y)]
    ends = np.array([end for plot in plots for end in (plot.bias, plot.low, plot.high)])
    wanted = max(float(np.nanmax(np.abs(ends))), 1.0)
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(step * power for step in STEPS if step * power >= wanted)
