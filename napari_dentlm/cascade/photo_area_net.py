"""The network of the face-area stage for photographs: one decision for every cell of the reduced photo."""

from torch import Tensor, nn

from napari_dentlm.cascade.networks import LandmarkUNet
from napari_dentlm.cascade.precision import full_precision


class PhotoAreaNet(nn.Module):
    """Fully convolutional face detector: (N, 1, H, W) -> (N, 5, H / 8, W / 8), sides multiples of `multiple`.

    For every cell the logit of "the middle of a face lies here", x and y from the cell's centre to the middle of the
    box in units of `unit` pixels, and the logarithms of the box's width and height in the same unit.
    """

    stride = 8
    multiple = 32
    unit = 32.0

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64, 96), decoder: int = 48) -> None:
        super().__init__()
        self.body = LandmarkUNet(1, widths, decoder, stem_stride=4, stop=1)
        self.head = nn.Conv2d(decoder, 5, 1)
        # At the start every cell says "no face" with the share that is right for most of them.
        nn.init.constant_(self.head.bias[:1], -4.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return the dense decisions."""
        features = self.body(x)
        with full_precision(x.device):
            return self.head(features.float())
