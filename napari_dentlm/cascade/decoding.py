"""From maps of logits to points and spreads, and the losses that train those maps."""

import torch
from torch import Tensor
from torch.nn import functional


def soft_argmax(logits: Tensor) -> Tensor:
    """Return the mean position under the softmax of each map: (..., h, w) -> (..., 2), x then y, in cells."""
    probability = logits.flatten(-2).softmax(-1).view_as(logits)
    return _mean_position(probability)


def local_soft_argmax(logits: Tensor, radius: int = 2) -> tuple[Tensor, Tensor]:
    """Return the mean position in a window around the maximum, and the map's spread.

    Parameters
    ----------
    logits
        (N, h, w).
    radius
        Cells on either side of the maximum.

    Returns
    -------
    points
        (N, 2), x then y, in cells.
    spread
        (N,), root mean square distance of the whole map from its point, in cells.
    """
    count, height, width = logits.shape
    probability = logits.float().flatten(1).softmax(-1).view(count, height, width)
    best = probability.flatten(1).argmax(1)[:, None]
    offsets = torch.arange(-radius, radius + 1, device=logits.device)
    ys, xs = best // width + offsets, best % width + offsets
    # Cells beyond the edge of the map weigh nothing.
    inside = ((ys >= 0) & (ys < height))[:, :, None] & ((xs >= 0) & (xs < width))[:, None]
    maps = torch.arange(count, device=logits.device)[:, None, None]
    near = probability[maps, ys.clamp(0, height - 1)[:, :, None], xs.clamp(0, width - 1)[:, None]] * inside
    near = near / near.sum((1, 2), keepdim=True)
    points = torch.stack([(near.sum(1) * xs).sum(1), (near.sum(2) * ys).sum(1)], 1)
    squared = _squared(probability.sum(1), points[:, 0]) + _squared(probability.sum(2), points[:, 1])
    return points, squared.sqrt()


def _squared(share: Tensor, place: Tensor) -> Tensor:
    """Return the mean squared distance (N,) of the columns or rows with these shares (N, n) from a place (N,)."""
    cells = torch.arange(share.shape[1], device=share.device)
    return (share * (cells - place[:, None]) ** 2).sum(1)


def _mean_position(probability: Tensor) -> Tensor:
    height, width = probability.shape[-2:]
    xs = torch.arange(width, device=probability.device, dtype=probability.dtype)
    ys = torch.arange(height, device=probability.device, dtype=probability.dtype)
    return torch.stack([(probability.sum(-2) * xs).sum(-1), (probability.sum(-1) * ys).sum(-1)], -1)


def heatmap_loss(logits: Tensor, target: Tensor, sigma: float, distance_weight: float) -> Tensor:
    """Return cross entropy against a Gaussian plus the Euclidean distance of the soft-argmax.

    Parameters
    ----------
    logits
        (M, h, w), one map a row.
    target
        (M, 2) true position in cells, x then y; rows with NaN (no such point) are left out.
    sigma
        Width of the target Gaussian in cells.
    distance_weight
        Weight of the Euclidean distance, in cells.
    """
    # Unknown points weigh nothing rather than being picked out: that would keep a graphics card waiting.
    known = torch.isfinite(target).all(-1)
    logits, target = logits.float(), torch.where(known[:, None], target, 0.0)
    weight = known / known.sum().clamp_min(1)
    height, width = logits.shape[-2:]
    xs = torch.arange(width, device=logits.device).float()
    ys = torch.arange(height, device=logits.device).float()
    row = torch.exp(-((xs[None] - target[:, :1]) ** 2) / (2 * sigma**2))
    column = torch.exp(-((ys[None] - target[:, 1:]) ** 2) / (2 * sigma**2))
    goal = column[:, :, None] * row[:, None, :]
    goal = goal / goal.sum((1, 2), keepdim=True).clamp_min(1e-8)
    cross_entropy = -(goal.flatten(1) * functional.log_softmax(logits.flatten(1), -1)).sum(-1)
    distance = (soft_argmax(logits) - target).norm(dim=-1)
    return ((cross_entropy + distance_weight * distance) * weight).sum()
