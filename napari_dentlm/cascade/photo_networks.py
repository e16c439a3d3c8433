"""The networks that find the points of a face on a photograph: those of `face68`, and four published ones."""

from torch import Tensor, nn

from napari_dentlm.cascade.networks import LandmarkUNet
from napari_dentlm.cascade.precision import full_precision

STRIDE = 4
"""Pixels of a window per cell of the maps of `FaceMapNet`."""


class FaceMapNet(nn.Module):
    """All points from a window around the face: (N, 1, S, S) -> logits (N, K, S / 4, S / 4).

    A residual U-Net like the films' coarse stage. The maps are trained with the cross entropy of their softmax against
    a small Gaussian and the Euclidean distance of their mean (integral regression, Sun et al. 2018).
    """

    def __init__(self, landmarks: int, widths: tuple[int, ...], decoder: int) -> None:
        super().__init__()
        self.body = LandmarkUNet(1, widths, decoder, stem_stride=2, stop=1)
        self.head = nn.Conv2d(decoder, landmarks, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return one map of logits per landmark."""
        features = self.body(x)
        with full_precision(x.device):
            return self.head(features.float())


def coarse_net(landmarks: int) -> FaceMapNet:
    """Return the network of the first look: a small one on 128 pixels."""
    return FaceMapNet(landmarks, (16, 32, 64, 96, 128), 48)


def refine_net(landmarks: int) -> FaceMapNet:
    """Return the network of the second look, on 192 pixels of the face set upright by the first."""
    return FaceMapNet(landmarks, (24, 48, 96, 128, 192), 64)
