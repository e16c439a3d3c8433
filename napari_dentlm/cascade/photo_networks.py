"""The networks of the `face68` stages.

They are trained with the cross entropy of their maps' softmax against a small Gaussian and the Euclidean distance of
their mean (integral regression, Sun et al. 2018).
"""

from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.cascade.networks import CoarseNet
from napari_dentlm.cascade.precision import full_precision

STRIDE = CoarseNet.stride
"""Pixels of a window per cell of the maps."""
TOGETHER = 8
"""Images that go through a network at once: more are no faster."""


class ThinBlock(nn.Module):
    """A 3x3 convolution within each channel, then two across them, beside a shortcut (Sandler et al. 2018).

    A quarter of the multiplications of `ResidualBlock`.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        wide = 2 * channels
        self.mix = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels, bias=False)
        self.widen = nn.Conv2d(channels, wide, 1, bias=False)
        self.widen_norm = nn.BatchNorm2d(wide)
        self.narrow = nn.Conv2d(wide, channels, 1, bias=False)
        self.narrow_norm = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) -> the same."""
        y = functional.relu(self.widen_norm(self.widen(self.mix(x))), inplace=True)
        return x + self.narrow_norm(self.narrow(y))


class Halving(nn.Module):
    """A 3x3 convolution that halves the grid."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / 2, W / 2)."""
        return functional.relu(self.norm(self.conv(x)), inplace=True)


class LightNet(nn.Module):
    """All points from a window of the face: (N, 1, S, S) -> logits (N, K, S / 4, S / 4).

    Parameters
    ----------
    landmarks
        K.
    widths, depths
        Channels and blocks of the encoder's levels, the first of which has a quarter of the window's grid.
    decoder
        Channels of the decoder.
    """

    stride = STRIDE

    def __init__(self, landmarks: int, widths: tuple[int, ...], depths: tuple[int, ...], decoder: int) -> None:
        super().__init__()
        self.stem = Halving(1, 16)
        self.encoder = nn.ModuleList(
            nn.Sequential(Halving(a, b), *(ThinBlock(b) for _ in range(depth)))
            for a, b, depth in zip((16, *widths), widths, depths, strict=False)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(width, decoder, 1) for width in widths)
        self.merge = nn.ModuleList(ThinBlock(decoder) for _ in widths[:-1])
        self.head = nn.Conv2d(decoder, landmarks, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return one map of logits per landmark."""
        x, levels = self.stem(x), []
        for block in self.encoder:
            x = block(x)
            levels.append(x)
        y = self.lateral[-1](levels[-1])
        for number in range(len(levels) - 2, -1, -1):
            y = functional.interpolate(y, scale_factor=2, mode="nearest")
            y = self.merge[number](y + self.lateral[number](levels[number]))
        with full_precision(x.device):
            return self.head(y.float())


def coarse_net(landmarks: int) -> LightNet:
    """Return the network of the first look, on 128 pixels around the box."""
    return LightNet(landmarks, (32, 64, 96, 128), (1, 2, 2, 2), 32)


def refine_net(landmarks: int) -> CoarseNet:
    """Return the network of the second look, on 160 pixels of the face set upright by the first."""
    return CoarseNet(landmarks, (24, 48, 96, 128, 192), 64, first_blocks=1)
