"""Looks: ways to show a film. The pixels as read stay what they are; the journal, the loupe and the model use those."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

GAMMAS = (0.3, 3.0)
_TILES = (8, 8)
_CLIP = 3.0
_SHARPEN_SIGMA = 2.0


@dataclass(frozen=True, slots=True)
class Look:
    """How a grey film is shown.

    Parameters
    ----------
    name
        For the reader.
    brightness
        From -1 to 1; 0 shows the film's own window in its place.
    contrast
        From -1 to 1; 0 shows the film's own window, 1 a quarter of it, -1 four times as much.
    gamma
        Below 1 lightens the dark parts.
    invert
        Bone dark and air light.
    local_contrast
        Even out the contrast over the film (CLAHE).
    sharpen
        Amount of unsharp masking; 0 for none.

    Raises
    ------
    ValueError
        When a number is outside its range.
    """

    name: str
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 1.0
    invert: bool = False
    local_contrast: bool = False
    sharpen: float = 0.0

    def __post_init__(self) -> None:
        if not (abs(self.brightness) <= 1 and abs(self.contrast) <= 1):
            raise ValueError("brightness and contrast lie between -1 and 1")
        if not GAMMAS[0] <= self.gamma <= GAMMAS[1]:
            raise ValueError(f"gamma lies between {GAMMAS[0]} and {GAMMAS[1]}, not at {self.gamma}")

    @property
    def needs_copy(self) -> bool:
        """Whether other pixels are shown than those of the film."""
        return self.local_contrast or self.sharpen > 0

    def adjusted(self, *, brightness: float, contrast: float, gamma: float) -> "Look":
        """The same look with other settings of the sliders."""
        return replace(self, brightness=brightness, contrast=contrast, gamma=gamma)

    def limits(self, window: tuple[float, float]) -> tuple[float, float]:
        """Grey values shown as black and as white.

        Parameters
        ----------
        window
            The film's own ones.
        """
        low, high = window
        width = max(high - low, 1.0)
        middle = (low + high) / 2 - self.brightness * width / 2
        half = width * 4.0**-self.contrast / 2
        return middle - half, middle + half

    def pixels(self, pixels: NDArray[Any], window: tuple[float, float]) -> tuple[NDArray[Any], tuple[float, float]]:
        """Pixels to show, and the window that belongs to them: the film's own, or a copy of 8 bit.

        Parameters
        ----------
        pixels
            (H, W) uint8 or uint16; they are not changed.
        window
            Grey values shown as black and as white.
        """
        if not self.needs_copy:
            return pixels, window
        # The panel opens without it; it takes a tenth of a second to load.
        import cv2

        shown = _eight_bit(pixels, window)
        if self.local_contrast:
            shown = cv2.createCLAHE(_CLIP, _TILES).apply(shown)
        if self.sharpen > 0:
            blurred = cv2.GaussianBlur(shown, (0, 0), _SHARPEN_SIGMA)
            shown = cv2.addWeighted(shown, 1 + self.sharpen, blurred, -self.sharpen, 0)
        return shown, (0.0, 255.0)


def _eight_bit(pixels: NDArray[Any], window: tuple[float, float]) -> NDArray[Any]:
    """The window mapped to 0..255, by a table of all grey values."""
    low, high = window
    if pixels.dtype == np.uint8 and (low, high) == (0, 255):
        return pixels
    values = np.arange(np.iinfo(pixels.dtype).max + 1)
    table = np.clip((values - low) / max(high - low, 1.0) * 255, 0, 255).round().astype(np.uint8)
    return table[pixels]


LOOKS: tuple[Look, ...] = (
    Look("Plain"),
    Look("Bone", brightness=-0.15, contrast=0.35),
    Look("Soft tissue", brightness=0.1, gamma=0.5),
    Look("Inverted", invert=True),
    Look("Local contrast", local_contrast=True),
    Look("Sharpened", sharpen=1.0),
)
PLAIN = LOOKS[0]
