"""Reading and decoding of image files in threads, a few files ahead of whoever uses them.

Frames come in the order of the paths, so that a run is the same every time. Only a few are held at once,
however many files there are.
"""

import queue
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_dentlm.core.errors import DentLMError
from napari_dentlm.core.imaging import Image, iter_frames

READERS = 2
FILES_AHEAD = 4
_FRAMES_AHEAD = 2
_PATIENCE_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class ReadFrame:
    """One decoded frame.

    Parameters
    ----------
    path
        The file.
    image
        The frame.
    grey
        (H, W) uint8, what the cascade sees.
    image_ids
        The ids of all frames of the file.
    """

    path: Path
    image: Image
    grey: NDArray[np.uint8]
    image_ids: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Whether no frame of the same file follows."""
        return self.image.frame == len(self.image_ids) - 1


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """A file that could not be read, or not to its end, with the reason in words."""

    path: Path
    reason: str


_Item = ReadFrame | ReadFailure | None


def read_ahead(paths: Sequence[Path], stop: threading.Event) -> Generator[ReadFrame | ReadFailure]:
    """Decode ``paths`` in threads and give their frames in order.

    Parameters
    ----------
    paths
        Image files.
    stop
        When set, reading ends soon and the iterator with it.

    Yields
    ------
    ReadFrame or ReadFailure
        Every frame of every file, or one failure for a file that cannot be read.
    """
    waiting = iter(paths)
    ahead: deque[queue.Queue[_Item]] = deque()
    with ThreadPoolExecutor(READERS, thread_name_prefix="read") as pool:
        try:
            while not stop.is_set():
                while len(ahead) < FILES_AHEAD and (path := next(waiting, None)) is not None:
                    channel: queue.Queue[_Item] = queue.Queue(_FRAMES_AHEAD)
                    ahead.append(channel)
                    pool.submit(_read_file, path, channel, stop)
                if not ahead:
                    return
                yield from _drain(ahead.popleft(), stop)
        finally:
            # Also when the caller leaves early: a reader that waits at a full channel must not hold the pool.
            stop.set()


def _drain(channel: queue.Queue[_Item], stop: threading.Event) -> Generator[ReadFrame | ReadFailure]:
    """Give what one file's reader sends, up to its end mark."""
    while not stop.is_set():
        try:
            item = channel.get(timeout=_PATIENCE_S)
        except queue.Empty:
            continue
        if item is None:
            return
        yield item


def _read_file(path: Path, channel: queue.Queue[_Item], stop: threading.Event) -> None:
    """Send every frame of ``path``, or one failure, then the end mark."""
    try:
        for frame in _frames(path):
            if not _send(frame, channel, stop):
                return
    except DentLMError as error:
        _send(ReadFailure(path, str(error)), channel, stop)
    except Exception as error:  # noqa: BLE001 - a batch of thousands must survive a decoder's own fault
        reason = f"{path.name}: reading failed with {type(error).__name__} ({error}). Export the image again."
        _send(ReadFailure(path, reason), channel, stop)
    _send(None, channel, stop)


def _frames(path: Path) -> Iterator[ReadFrame]:
    """Decode the frames of one file, one at a time."""
    image_ids: tuple[str, ...] = ()
    for image in iter_frames(path):
        if not image_ids:
            # All ids are needed before the first frame is used; a second pass costs time, holding the frames
            # memory.
            several = image.frame_count > 1
            image_ids = tuple(i.image_id for i in iter_frames(path)) if several else (image.image_id,)
        yield ReadFrame(path, image, image.grey(), image_ids)


def _send(item: _Item, channel: queue.Queue[_Item], stop: threading.Event) -> bool:
    """Put ``item`` into the channel as soon as there is room; False when the run was stopped."""
    while not stop.is_set():
        try:
            channel.put(item, timeout=_PATIENCE_S)
        except queue.Full:
            continue
        return True
    return False
