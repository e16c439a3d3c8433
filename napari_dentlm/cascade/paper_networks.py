"""The networks of the published three-stage method, layer by layer as described."""

from torch import Tensor, nn


def _block(inputs: int, outputs: int, padding: int, *, pool: bool) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, 3, padding=padding),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    ]
    return nn.Sequential(*layers, nn.MaxPool2d(2)) if pool else nn.Sequential(*layers)


class PaperFaceAreaNet(nn.Module):
    """Five-crop classifier, (N, 1, 150, 120) -> logits (N, 5, 1, 1).

    Three 3x3 convolutions (32, 64, 128) with 2x2 max pooling, dropout 0.5, dense 512, dense 5. There is no
    padding and the dense layers are convolutions, so a larger image gives the decision for the window at every
    eighth pixel in one pass: (N, 5, (H - 150) / 8 + 1, (W - 120) / 8 + 1).
    """

    stride = 8

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((1, 32), (32, 64), (64, 128)):
            layers += [nn.Conv2d(inputs, outputs, 3), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)
        self.dense = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(128, 512, (17, 13)), nn.ReLU(), nn.Conv2d(512, 5, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the five crops."""
        return self.dense(self.features(x))


class PaperCoarseNet(nn.Module):
    """Face area (N, 1, 96, 96) -> points (N, K, 2) as parts of the window's width and height.

    Three 3x3 convolutions (32, 64 valid, 128 same) with batch normalisation and ReLU, pooling after the first
    two, dense 500, dense 2.
    """

    def __init__(self, landmarks: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _block(1, 32, 0, pool=True), _block(32, 64, 0, pool=True), _block(64, 128, 1, pool=False)
        )
        self.dense = nn.Sequential(
            nn.Flatten(), nn.Linear(128 * 22 * 22, 500), nn.ReLU(), nn.Linear(500, 2 * landmarks)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the points."""
        return self.dense(self.features(x)).view(len(x), -1, 2) + 0.5


class PaperRefineNet(nn.Module):
    """Patch (N, 1, 48, 48) -> the landmark's displacement from the patch's centre (N, 2), as parts of its side.

    Three 3x3 convolutions (8, 16, 32, same) with batch normalisation and ReLU, pooling after the first two,
    dense 128, dense 2.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            _block(1, 8, 1, pool=True), _block(8, 16, 1, pool=True), _block(16, 32, 1, pool=False)
        )
        self.dense = nn.Sequential(nn.Flatten(), nn.Linear(32 * 12 * 12, 128), nn.ReLU(), nn.Linear(128, 2))

    def forward(self, x: Tensor) -> Tensor:
        """Return the displacement."""
        return self.dense(self.features(x))
