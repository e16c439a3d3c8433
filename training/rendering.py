"""Windows of films, cut and varied in batches on the device that trains.

What is random is drawn beforehand, sample by sample, from the sample's own seed (see `augment`); here it is only
carried out, so that a graphics card does the work and a processor does the same.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.films import TrainingFilm

BLUR_RADIUS = 4
"""Pixels on either side that a blurred pixel is made of."""


class FilmStore:
    """The pixels of all training films at all scales, one after another on one device.

    Parameters
    ----------
    films
        Numbered in this order.
    """

    def __init__(self, films: Sequence[TrainingFilm]) -> None:
        self._numbers = {id(film): number for number, film in enumerate(films)}
        levels = [film.pyramid.levels() for film in films]
        self._pixels = torch.from_numpy(np.concatenate([level.ravel() for each in levels for level in each]))
        self._first = torch.tensor([film.pyramid.first_level for film in films])
        self._last = torch.tensor([len(each) - 1 for each in levels])
        # Offset, height and width of every level.
        self._places = torch.zeros(len(films), max(map(len, levels)), 3, dtype=torch.int64)
        self._scales = torch.ones(*self._places.shape[:2], 2)
        offset = 0
        for number, (film, each) in enumerate(zip(films, levels, strict=True)):
            whole = torch.tensor([film.pyramid.width, film.pyramid.height])
            for row, level in enumerate(each):
                height, width = level.shape
                self._places[number, row] = torch.tensor([offset, height, width])
                self._scales[number, row] = torch.tensor([width, height]) / whole
                offset += level.size

    def number(self, film: TrainingFilm) -> int:
        """Return the number of one of the films."""
        return self._numbers[id(film)]

    def to(self, device: torch.device) -> Self:
        """Move the pixels to ``device``, if they are elsewhere."""
        if self._pixels.device != device:
            for name in ("_pixels", "_first", "_last", "_places", "_scales"):
                setattr(self, name, getattr(self, name).to(device))
        return self

    def cut(self, film: Tensor, back: Tensor, size: int, displacement: Tensor | None = None) -> Tensor:
        """Read windows, sharp and without aliasing, as `Pyramid.sample` does.

        Parameters
        ----------
        film
            (M,) int64, numbers of films.
        back
            (M, 2, 3) float32, from window pixels to the film's pixels.
        size
            Pixels of a window on either side.
        displacement
            (M, 2, size, size), x then y: window pixels added before ``back`` is applied.

        Returns
        -------
        windows
            (M, size, size) float32, 0 to 255; black outside the film.
        """
        level = self._level(film, back)
        scale = self._scales[film, level]
        steps = torch.arange(size, device=back.device, dtype=torch.float32)
        grid = torch.stack([steps.expand(size, size), steps[:, None].expand(size, size)])[None]
        if displacement is not None:
            grid = grid + displacement
        x, y = ((back[:, axis, :2, None, None] * grid).sum(1) + back[:, axis, 2, None, None] for axis in range(2))
        x, y = ((v + 0.5) * scale[:, axis, None, None] - 0.5 for axis, v in enumerate((x, y)))
        return self._interpolated(self._places[film, level], x, y)

    def _level(self, film: Tensor, back: Tensor) -> Tensor:
        step = (back[:, 0, 0] * back[:, 1, 1] - back[:, 0, 1] * back[:, 1, 0]).abs().sqrt()
        wanted = torch.floor(torch.log2(step.clamp_min(1.0)) + 0.25).long() - self._first[film]
        return torch.minimum(wanted.clamp_min(0), self._last[film])

    def _interpolated(self, place: Tensor, x: Tensor, y: Tensor) -> Tensor:
        offset, height, width = (part[:, None, None] for part in place.unbind(1))
        left, top = x.floor(), y.floor()
        total = torch.zeros_like(x)
        for down in (0, 1):
            for right in (0, 1):
                column, row = left.long() + right, top.long() + down
                weight = (1 - (x - left - right).abs()) * (1 - (y - top - down).abs())
                inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
                index = torch.where(inside, offset + row * width + column, 0)
                total += self._pixels[index] * (weight * inside)
        return total


def displacements(grid: Tensor, size: int) -> Tensor:
    """Spread a coarse grid of displacements (M, 2, G, G) smoothly over a window: (M, 2, size, size)."""
    return functional.interpolate(grid, size=(size, size), mode="bicubic", align_corners=False)


def follow(points: Tensor, displacement: Tensor) -> Tensor:
    """Return where points (M, K, 2) of the undisplaced windows lie in the displaced ones; NaN stays NaN."""
    size = displacement.shape[-1]
    flat = displacement.flatten(2)
    moved = points
    for _ in range(3):
        cells = torch.nan_to_num(moved).round().long().clamp(0, size - 1)
        index = (cells[..., 1] * size + cells[..., 0])[:, None].expand(-1, 2, -1)
        moved = points - flat.gather(2, index).transpose(1, 2)
    return moved


def vary_grey(windows: Tensor, tone: Tensor, seed: int) -> Tensor:
    """Vary windows (M, C, S, S), 0 to 255, as films and scanners do.

    Parameters
    ----------
    windows, seed
        What to vary, and the seed of the noise.
    tone
        (M, 5) exponent, contrast, brightness, width of the blur in pixels (0 for none), amplitude of the noise.
    """
    exponent, contrast, brightness, blur, noise = (part[:, None, None, None] for part in tone.unbind(1))
    values = (windows / 255).clamp(0, 1) ** exponent
    values = ((values - 0.5) * contrast + 0.5 + brightness).clamp(0, 1) * 255
    values = _blurred(values, blur[:, 0, 0, 0])
    generator = torch.Generator(windows.device).manual_seed(seed)
    grain = torch.randn(values.shape, device=values.device, generator=generator)
    return (values + grain * noise).clamp(0, 255)


def _blurred(windows: Tensor, width: Tensor) -> Tensor:
    count, channels, height, side = windows.shape
    steps = torch.arange(-BLUR_RADIUS, BLUR_RADIUS + 1, device=windows.device)
    kernel = torch.exp(-(steps**2) / (2 * width[:, None].clamp_min(1e-3) ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(channels, 0)
    rows = functional.pad(windows.reshape(1, count * channels, height, side), [BLUR_RADIUS] * 4, mode="replicate")
    rows = functional.conv2d(rows, kernel[:, None, None], groups=count * channels)
    return functional.conv2d(rows, kernel[:, None, :, None], groups=count * channels).view_as(windows)


def hide(windows: Tensor, blocks: Tensor) -> Tensor:
    """Cover a block of each window (M, C, S, S), like a label or a shutter.

    Parameters
    ----------
    windows
        What to cover.
    blocks
        (M, C, 5) left, top, right, bottom in pixels (none where right is not above left), and the grey level.
    """
    steps = torch.arange(windows.shape[-1], device=windows.device)
    left, top, right, bottom, grey = (part[..., None, None] for part in blocks.unbind(-1))
    across, down = steps[None, None, None], steps[None, None, :, None]
    covered = (across >= left) & (across < right) & (down >= top) & (down < bottom)
    return torch.where(covered, grey, windows)
