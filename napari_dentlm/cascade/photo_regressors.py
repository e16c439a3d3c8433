"""Four published networks that give the points of a face as numbers, and how each of them looks at a face."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from napari_dentlm.core.errors import BundleError

SLOPE = 0.2
"""Of the leaky rectifiers of `XceptionNet`."""


class _Separable(nn.Sequential):
    """Depthwise 3x3 convolution, then a pointwise one (Chollet 2017), with batch normalisation."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(inputs, inputs, 3, 1, 1, groups=inputs, bias=False),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )


class _Halving(nn.Module):
    """Two separable convolutions and a pooling beside a 1x1 convolution of stride 2."""

    def __init__(self, inputs: int, middle: int, outputs: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.LeakyReLU(SLOPE),
            _Separable(inputs, middle),
            nn.LeakyReLU(SLOPE),
            _Separable(middle, outputs),
            nn.MaxPool2d(3, 2, 1),
        )
        self.direct = nn.Sequential(nn.Conv2d(inputs, outputs, 1, 2, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / 2, W / 2)."""
        return self.residual(x) + self.direct(x)


class _Middle(nn.Module):
    """Three separable convolutions beside a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            *(layer for _ in range(3) for layer in (nn.LeakyReLU(SLOPE), _Separable(channels, channels)))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return x + self.residual(x)


class XceptionNet(nn.Module):
    """Entry, residual middle and exit blocks of depthwise separable convolutions: (N, 1, 128, 128) -> (N, 2 K).

    Batch normalisation and leaky rectifiers; the number of middle blocks, of channels and the slope are not stated
    where it was described.
    """

    MIDDLE = 6

    def __init__(self, landmarks: int) -> None:
        super().__init__()
        self.entry = nn.Sequential(
            nn.Conv2d(1, 32, 3, 2, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(32, 64, 3, 1, 1, bias=False),
            nn.BatchNorm2d(64),
            _Halving(64, 128, 128),
            _Halving(128, 256, 256),
        )
        self.middle = nn.Sequential(*(_Middle(256) for _ in range(self.MIDDLE)))
        self.exit = nn.Sequential(
            _Halving(256, 256, 512),
            _Separable(512, 512),
            nn.LeakyReLU(SLOPE),
            _Separable(512, 1024),
            nn.LeakyReLU(SLOPE),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(1024, 2 * landmarks),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x0, y0, x1, y1, ..."""
        return self.exit(self.middle(self.entry(x)))


class _Even(nn.Module):
    """Every window with mean 0 and standard deviation 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Keep the shape."""
        return (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), keepdim=True) + 0.05)


class SmallNet(nn.Module):
    """Two convolutions with pooling, dropout 0.1 and 0.2, two dense layers: (N, 1, 224, 224) -> (N, 2 K).

    Sizes of kernels, poolings and the inner dense layer, and where the dropouts stand, are not stated where it was
    described. They stand behind the poolings: before one, the largest of many noisy values would be another number in
    training than in use. Windows are made even first, and the convolutions start as He et al. (2015) say: with
    grey levels from 0 to 1 and the usual start it never learns more than the average face.
    """

    INNER = 256

    def __init__(self, landmarks: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            _Even(),
            nn.Conv2d(1, 32, 5),
            nn.ReLU(),
            nn.MaxPool2d(4),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(4),
            nn.Flatten(),
            nn.Dropout(0.1),
            nn.Linear(64 * 13 * 13, self.INNER),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(self.INNER, 2 * landmarks),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        """Return x0, y0, x1, y1, ..."""
        return self.layers(x)


class _Basic(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = (
            nn.Identity()
            if inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        return functional.relu(self.residual(x) + self.shortcut(x))


class ResNet18(nn.Module):
    """ResNet-18 (He et al. 2016) with a first layer of one channel: (N, 1, 224, 224) -> (N, 2 K)."""

    def __init__(self, landmarks: int) -> None:
        super().__init__()
        widths = (64, 64, 128, 256, 512)
        blocks = [
            block
            for number, (a, b) in enumerate(pairwise(widths))
            for block in (_Basic(a, b, 2 if number else 1), _Basic(b, b, 1))
        ]
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 7, 2, 3, bias=False),
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
            *blocks,
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(512, 2 * landmarks),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x0, y0, x1, y1, ..."""
        return self.layers(x)


@dataclass(frozen=True, slots=True)
class Regressor:
    """How a published network looks at a face.

    Parameters
    ----------
    build
        Makes the network for so many landmarks.
    size
        Pixels of its square window.
    box_sides
        Side of the window in sides of the face's box.
    signed
        Whether grey levels go from -1 to 1 rather than from 0 to 1.
    target_scale
        Factor of the network's numbers, which are points as parts of the window from its centre.
    """

    build: Callable[[int], nn.Module]
    size: int
    box_sides: float
    signed: bool
    target_scale: float = 1.0

    def inputs(self, windows: Tensor) -> Tensor:
        """Return windows (N, 1, S, S) of grey levels from 0 to 255 as the network wants them."""
        values = windows / 255
        return 2 * values - 1 if self.signed else values

    def positions(self, outputs: Tensor) -> Tensor:
        """Return what the network says (N, 2 K) as window pixels (N, K, 2)."""
        parts = outputs.float().view(len(outputs), -1, 2) / self.target_scale + 0.5
        return parts * self.size - 0.5

    def targets(self, pixels: Tensor) -> Tensor:
        """Return window pixels (N, K, 2) as the network should say them (N, 2 K)."""
        return (((pixels + 0.5) / self.size - 0.5) * self.target_scale).flatten(1)


REGRESSORS: dict[str, Regressor] = {
    "xception": Regressor(XceptionNet, 128, 1.2, signed=True),
    "small-cnn": Regressor(SmallNet, 224, 1.5, signed=False, target_scale=4.0),
    "resnet18": Regressor(ResNet18, 224, 1.2, signed=True),
}


def regressor(name: str) -> Regressor:
    """Return a published network by name; BundleError when there is none."""
    if name not in REGRESSORS:
        raise BundleError(f"There is no network {name!r}. Known: {', '.join(REGRESSORS)}. Update the program.")
    return REGRESSORS[name]
