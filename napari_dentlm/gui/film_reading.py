"""Reads films, and the next one ahead of its time, so that turning to it is quick."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_dentlm.core.errors import DentLMError

if TYPE_CHECKING:
    from napari_dentlm.core.imaging import Image

_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FilmReading:
    """One frame of a file as read, with the ids of all frames.

    Parameters
    ----------
    image
        The frame.
    image_ids
        Of all frames of the file.
    stamp
        Time and size of the file before it was read.
    """

    image: "Image"
    image_ids: tuple[str, ...]
    stamp: _Stamp


class FilmReader:
    """Reads one film at a time for the window, and keeps at most one more that is likely to be next.

    What was read ahead counts only while the file has the same time and size as before it was read.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dentlm-film")
        self._next: tuple[Path, int, Future[FilmReading]] | None = None

    def load_decoders(self) -> None:
        """Import the decoders, which takes half a second, before the first film asks for them."""
        self._pool.submit(_import_decoders)

    def read_ahead(self, path: Path, frame: int = 0) -> None:
        """Read a frame in the background; the one that was read ahead before is dropped."""
        if self._next is not None and self._next[:2] == (path, frame):
            return
        self.forget()
        self._next = path, frame, self._pool.submit(_read, path, frame)

    @property
    def ready(self) -> bool:
        """Whether what was read ahead lies ready."""
        return self._next is not None and self._next[2].done()

    def read(self, path: Path, frame: int = 0) -> FilmReading:
        """The frame, now.

        Raises
        ------
        DentLMError
            When the file cannot be read.
        """
        waiting, self._next = self._next, None
        if waiting is not None and waiting[:2] == (path, frame) and not waiting[2].cancelled():
            # What went wrong in the background is found again, and told, by reading now.
            with suppress(DentLMError, OSError):
                ahead = waiting[2].result()
                if ahead.stamp == _stamp(path):
                    return ahead
        elif waiting is not None:
            waiting[2].cancel()
        return _read(path, frame)

    def forget(self) -> None:
        """Drop what was read ahead."""
        if self._next is not None:
            self._next[2].cancel()
            self._next = None


def _read(path: Path, frame: int) -> FilmReading:
    # Decoders take half a second to import; the panel opens without them.
    from napari_dentlm.core.imaging import iter_frames, read_image

    stamp = _stamp(path)
    image = read_image(path, frame)
    ids = (image.image_id,) if image.frame_count == 1 else tuple(each.image_id for each in iter_frames(path))
    return FilmReading(image, ids, stamp)


def _stamp(path: Path) -> _Stamp:
    """Time and size of a file; zeros when it is not there, which reading it tells in words."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _import_decoders() -> None:
    import napari_dentlm.core.folder
    import napari_dentlm.core.imaging  # noqa: F401
