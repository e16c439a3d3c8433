"""What the readers share for files that are damaged: one internal error, one list of what decoders raise."""

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
from PIL import Image as PillowImage
from pydicom.errors import BytesLengthException, InvalidDicomError

MAXIMUM_PIXELS = 64_000_000
"""A frame that declares more is refused before decoding; the largest films have some 30 million.

At this size a picture of four channels takes 5 s and 1.2 GB, which Pillow needs for its copies.
"""


class DamageError(Exception):
    """A file is incomplete, contradicts itself or is not understood; becomes an `UnreadableImageError`.

    Parameters
    ----------
    found
        What was found, as a clause without a full stop.
    advice
        What to do, as a sentence.
    """

    def __init__(self, found: str, advice: str = "Export or copy the image again.") -> None:
        super().__init__(found, advice)
        self.found = found
        self.advice = advice


DECODER_ERRORS: tuple[type[BaseException], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    cv2.error,
    struct.error,
    zlib.error,
    BytesLengthException,
    InvalidDicomError,
    PillowImage.DecompressionBombError,
)
"""Everything pydicom, Pillow, cv2 and the codecs were seen to raise for damaged bytes."""


def check_size(width: int, height: int) -> None:
    """Refuse a declared size that no image has.

    Parameters
    ----------
    width, height
        Declared size in pixels.

    Raises
    ------
    DamageError
        When a side is not positive, or the frame is larger than `MAXIMUM_PIXELS`.
    """
    if width <= 0 or height <= 0:
        raise DamageError(f"it declares a size of {width} x {height} pixels")
    if width * height > MAXIMUM_PIXELS:
        limit = MAXIMUM_PIXELS // 1_000_000
        found = f"it declares {width} x {height} pixels, more than the {limit} million allowed"
        raise DamageError(found, "Export it smaller.")


class _WarningSilence:
    """Counts the blocks that want silence, because `warnings.catch_warnings` alone mixes up threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._catcher: warnings.catch_warnings[None] | None = None

    def enter(self) -> None:
        with self._lock:
            if self._depth == 0:
                self._catcher = warnings.catch_warnings()
                self._catcher.__enter__()
                warnings.simplefilter("ignore")
            self._depth += 1

    def leave(self) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0 and self._catcher is not None:
                self._catcher.__exit__(None, None, None)
                self._catcher = None


_SILENCE = _WarningSilence()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings of pydicom and Pillow about slightly wrong files from the user; safe in threads."""
    _SILENCE.enter()
    try:
        yield
    finally:
        _SILENCE.leave()
