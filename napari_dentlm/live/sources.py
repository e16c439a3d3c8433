"""Where frames come from: a camera, a video file, or a folder of frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import DentLMError, UnreadableImageError
from napari_dentlm.core.imaging import image_paths, read_image
from napari_dentlm.core.imaging.source import FOREIGN_ENDINGS

CAMERA_SIZE = (640, 480)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame.

    Parameters
    ----------
    source
        The camera in words, or the file: the video, or this one of a folder.
    number
        From 0; of a file in a folder always 0, as each of them is an image of its own.
    pixels
        (H, W) uint8, or (H, W, 3) uint8 RGB.
    image_id
        Of a file in a folder; a frame of a camera or a video is known by what it shows.
    """

    source: str | Path
    number: int
    pixels: NDArray[np.uint8]
    image_id: str = ""

    @property
    def grey(self) -> NDArray[np.uint8]:
        """(H, W) uint8, what the cascade sees."""
        if self.pixels.ndim == 2:
            return self.pixels
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def frames_of(source: str, unreadable: Callable[[DentLMError], None] | None = None) -> Iterator[Frame]:
    """Frames of a camera (its number), of a video file, or of a folder.

    Parameters
    ----------
    source
        The number, or the path.
    unreadable
        Gets the error of every file in a folder that cannot be read; it is left out. Without it the error is raised.

    Raises
    ------
    DentLMError
        At the first frame, when there is no such camera, file or folder, or no picture in it.
    """
    path = Path(source)
    if source.isdigit() and not path.exists():
        yield from _camera(int(source))
    elif path.is_dir():
        yield from _folder(path, unreadable)
    elif path.is_file():
        yield from _video(path)
    else:
        advice = "Give the number of a camera (0 is the first), a video file, or a folder of frames."
        raise DentLMError(f"{source}: there is no such camera, video or folder. {advice}")


def _camera(number: int) -> Iterator[Frame]:
    capture = _opened(number)
    if capture is None:
        advice = "Plug one in, end other programs that use it, or give a video file or a folder of frames instead."
        raise DentLMError(f"There is no camera {number} here, or it cannot be opened. {advice}")
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_SIZE[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_SIZE[1])
    yield from _captured(capture, f"camera {number}")


def _video(path: Path) -> Iterator[Frame]:
    capture = _opened(str(path))
    count = 0
    if capture is not None:
        for frame in _captured(capture, path):
            count += 1
            yield frame
    if not count:
        raise UnreadableImageError(path, "this is no video that can be read", "Use an MP4 or AVI file.")


def _folder(path: Path, unreadable: Callable[[DentLMError], None] | None) -> Iterator[Frame]:
    found = [file for file in image_paths(path) if file.suffix.lower() not in FOREIGN_ENDINGS]
    if not found:
        raise DentLMError(f"{path}: there is no image in this folder.")
    for each in found:
        try:
            image = read_image(each)
        except DentLMError as error:
            if unreadable is None:
                raise
            unreadable(error)
            continue
        yield Frame(each, 0, image.shown(), image.image_id)


def _opened(source: int | str) -> "cv2.VideoCapture | None":
    # OpenCV prints its own lines on what it tried; ours says what to do.
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        capture = cv2.VideoCapture(source)
    finally:
        cv2.utils.logging.setLogLevel(level)
    return capture if capture.isOpened() else None


def _captured(capture: "cv2.VideoCapture", source: str | Path) -> Iterator[Frame]:
    try:
        number = 0
        while True:
            taken, pixels = capture.read()
            if not taken:
                return
            yield Frame(source, number, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8))
            number += 1
    finally:
        capture.release()
