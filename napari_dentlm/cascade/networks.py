"""The networks of the `ceph19` stages: small residual U-Nets that give one map per landmark."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.precision import full_precision


def _norm_act(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(channels), nn.SiLU(inplace=True))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.first_norm = _norm_act(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = (
            nn.Identity() if inputs == outputs and stride == 1 else nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        y = self.second_norm(self.second(self.first_norm(self.first(x))))
        y += self.shortcut(x)
        return functional.silu(y, inplace=True)


class LandmarkUNet(nn.Module):
    """Encoder of residual blocks and a slim decoder with additive skips.

    Parameters
    ----------
    inputs
        Channels of the window.
    widths
        Channels of the encoder's levels; each level after the first halves the grid.
    decoder
        Channels of the decoder and of the features it returns.
    stem_stride
        Stride of the 5x5 stem: 2 gives features at 1/2, 1 at full size.
    stop
        Encoder level at which the decoder stops: 0 is the stem's own grid.
    conditions
        Number of landmarks the deepest features are conditioned on; 0 for none.
    first_blocks
        Residual blocks of the first level, whose grid is the largest; the others have two.
    """

    def __init__(
        self,
        inputs: int,
        widths: tuple[int, ...],
        decoder: int,
        *,
        stem_stride: int,
        stop: int,
        conditions: int = 0,
        first_blocks: int = 2,
    ) -> None:
        super().__init__()
        self.stop = stop
        self.stem = nn.Sequential(nn.Conv2d(inputs, widths[0], 5, stem_stride, 2, bias=False), _norm_act(widths[0]))
        first = nn.Sequential(*(ResidualBlock(widths[0], widths[0]) for _ in range(first_blocks)))
        further = (nn.Sequential(ResidualBlock(a, b, 2), ResidualBlock(b, b)) for a, b in pairwise(widths))
        self.encoder = nn.ModuleList([first, *further])
        self.lateral = nn.ModuleList(nn.Conv2d(width, decoder, 1) for width in widths[stop:])
        self.merge = nn.ModuleList(ResidualBlock(decoder, decoder) for _ in widths[stop:-1])
        self.condition = nn.Embedding(conditions, widths[-1]) if conditions else None

    def forward(self, x: Tensor, landmark: Tensor | None = None) -> Tensor:
        """(N, inputs, H, W), optionally with the landmark's number (N,) -> features (N, decoder, h, w)."""
        x = self.stem(x)
        levels = []
        for block in self.encoder:
            x = block(x)
            levels.append(x)
        if self.condition is not None and landmark is not None:
            levels[-1] = levels[-1] + self.condition(landmark)[:, :, None, None].to(x.dtype)
        kept = levels[self.stop :]
        y = self.lateral[-1](kept[-1])
        for number in range(len(kept) - 2, -1, -1):
            y = functional.interpolate(y, size=kept[number].shape[-2:], mode="bilinear", align_corners=False)
            y = self.merge[number](y + self.lateral[number](kept[number]))
        return y


class CoarseNet(nn.Module):
    """All landmarks from the face window: (N, 1, S, S) -> logits (N, K, S / 4, S / 4)."""

    stride = 4

    def __init__(
        self,
        landmarks: int,
        widths: tuple[int, ...] = (16, 32, 64, 96, 128),
        decoder: int = 48,
        first_blocks: int = 2,
    ) -> None:
        super().__init__()
        self.body = LandmarkUNet(1, widths, decoder, stem_stride=2, stop=1, first_blocks=first_blocks)
        self.head = nn.Conv2d(decoder, landmarks, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return one map of logits per landmark."""
        features = self.body(x)
        with full_precision(x.device):
            return self.head(features.float())


class RefineNet(nn.Module):
    """One landmark from two patches around its coarse point: (N, 2, S, S) -> logits (N, S / 2, S / 2).

    The landmark's number conditions the deepest features and picks the row of the last layer, so that
    one network serves all landmarks.
    """

    stride = 2

    def __init__(self, landmarks: int, widths: tuple[int, ...] = (24, 48, 96, 128), decoder: int = 40) -> None:
        super().__init__()
        self.body = LandmarkUNet(2, widths, decoder, stem_stride=2, stop=0, conditions=landmarks)
        self.head = nn.Embedding(landmarks, decoder)

    def forward(self, x: Tensor, landmark: Tensor) -> Tensor:
        """Return the own map of each patch's landmark; ``landmark`` is (N,) int64."""
        features = self.body(x, landmark)
        with full_precision(x.device):
            return torch.einsum("nchw,nc->nhw", features.float(), self.head(landmark).float())


class FaceAreaNet(nn.Module):
    """Five-crop classifier, fully convolutional: one decision for the window around every cell.

    (N, 1, S, S) -> (N, 25, S / 8, S / 8): six crop classes (five crops and background), sixteen poses
    (eight orientations in both polarities), then x and y offset and the logarithm of the size.
    """

    stride = 8
    CROPS, POSES = 6, 16

    def __init__(self, widths: tuple[int, ...] = (16, 32, 48, 72, 104), decoder: int = 64) -> None:
        super().__init__()
        self.body = LandmarkUNet(1, widths, decoder, stem_stride=2, stop=2)
        self.head = nn.Conv2d(decoder, self.CROPS + self.POSES + 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the dense decisions."""
        return self.head(self.body(x))
