"""What a photograph may look like: where a window lies, and its grey levels, blur, noise and covered parts.

Every random number of a face is drawn beforehand by a seeded generator; the work on pixels is done in batches.
"""

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

GREY = 6
"""Numbers that describe the grey levels of a window: gamma, contrast, brightness, blur, noise, light from a side."""
BLOCKS = 3
"""Most parts of a window that are covered."""
_BLUR_REACH = 4


def draw_grey(rng: Generator, strength: float) -> NDArray[np.float32]:
    """Draw how the grey levels of a window vary: (GREY,) float32."""
    blur = rng.uniform(0.4, 2.0) if rng.random() < 0.25 else 0.0
    noise = rng.uniform(0, 14 * strength) if rng.random() < 0.5 else 0.0
    light = rng.normal(0, 0.35 * strength) if rng.random() < 0.3 else 0.0
    values = [rng.normal(0, 0.3 * strength), rng.normal(0, 0.25 * strength), rng.normal(0, 0.1 * strength)]
    return np.array([np.exp(values[0]), np.exp(values[1]), values[2], blur, noise, light], dtype=np.float32)


def draw_blocks(rng: Generator, probability: float, largest: float = 0.45) -> NDArray[np.float32]:
    """Draw covered parts as (BLOCKS, 5): x, y, width and height as parts of the window, and a grey level.

    A hand, hair, a microphone or the edge of another picture: unused ones have no size.
    """
    blocks = np.zeros((BLOCKS, 5), dtype=np.float32)
    if rng.random() < probability:
        for block in blocks[: rng.integers(1, BLOCKS + 1)]:
            width, height = rng.uniform(0.06, largest, 2) * rng.uniform(0.3, 1)
            block[:] = rng.uniform(-0.1, 1 - width), rng.uniform(-0.1, 1 - height), width, height, rng.uniform(0, 255)
    return blocks


def vary(windows: Tensor, grey: Tensor, blocks: Tensor, seed: Tensor) -> Tensor:
    """Apply what was drawn.

    Parameters
    ----------
    windows
        (B, 1, H, W) float32 from 0 to 255.
    grey, blocks
        (B, GREY) and (B, BLOCKS, 5).
    seed
        (B,) int64; the first one starts the generator of the noise.
    """
    gamma, contrast, brightness, blur, noise, light = (column[:, None, None, None] for column in grey.T)
    ys, xs = _parts(windows)
    turned = torch.cos(seed.float())[:, None, None, None] * xs + torch.sin(seed.float())[:, None, None, None] * ys
    values = _blurred(windows, blur) * (1 + light * 2 * turned)
    values = (values / 255).clamp(0, 1) ** gamma
    values = ((values - 0.5) * contrast + 0.5 + brightness) * 255
    generator = torch.Generator(windows.device).manual_seed(int(seed[0]))
    dots = torch.randn(windows.shape, generator=generator, device=windows.device)
    for block in blocks.unbind(1):
        x, y, width, height, level = (column[:, None, None, None] for column in block.T)
        inside = (xs + 0.5 >= x) & (xs + 0.5 < x + width) & (ys + 0.5 >= y) & (ys + 0.5 < y + height)
        values = torch.where(inside, level, values)
    return (values + noise * dots).clamp(0, 255)


def _parts(windows: Tensor) -> tuple[Tensor, Tensor]:
    """Return rows and columns as parts of the window, -0.5 to 0.5, (1, 1, H, 1) and (1, 1, 1, W)."""
    height, width = windows.shape[-2:]
    ys = (torch.arange(height, device=windows.device) + 0.5) / height - 0.5
    xs = (torch.arange(width, device=windows.device) + 0.5) / width - 0.5
    return ys[None, None, :, None], xs[None, None, None, :]


def _blurred(windows: Tensor, blur: Tensor) -> Tensor:
    """Blur each window with a Gaussian of its own width in pixels; 0 leaves it as it is."""
    chosen = (blur.flatten() > 0).nonzero().flatten()
    if not len(chosen):
        return windows
    offsets = torch.arange(-_BLUR_REACH, _BLUR_REACH + 1, device=windows.device)
    kernel = torch.exp(-(offsets[None] ** 2) / (2 * blur.flatten()[chosen, None] ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True))[:, None]
    part = windows[chosen, 0][None]
    padded = functional.pad(part, (_BLUR_REACH,) * 4, mode="replicate")
    rows = functional.conv2d(padded, kernel[:, :, None, :], groups=len(chosen))
    result = windows.clone()
    result[chosen, 0] = functional.conv2d(rows, kernel[:, :, :, None], groups=len(chosen))[0]
    return result
