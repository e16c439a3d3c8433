"""An image as the later stages see it: upright, facing right, bright bone."""

from dataclasses import dataclass

from napari_dentlm.cascade.transform import Grey, Pyramid, Transform2D


@dataclass(frozen=True, slots=True)
class UprightView:
    """An image read through the pose that the face-area stage found; no pixel is turned or copied.

    Parameters
    ----------
    pyramid
        The image as stored.
    upright
        From image pixels to upright pixels.
    inverted
        Whether the grey levels are those of a negative.
    """

    pyramid: Pyramid
    upright: Transform2D
    inverted: bool = False

    def sample(self, transform: Transform2D, size: int) -> Grey:
        """Read a square window of ``size`` pixels; ``transform`` maps upright pixels to window pixels."""
        window = self.pyramid.sample(self.upright.then(transform), (size, size))
        return 255 - window if self.inverted else window
