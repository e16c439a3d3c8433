"""Small pictures of films, read in the background and kept in a bounded number."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock

from qtpy.QtCore import QObject, Signal
from qtpy.QtGui import QImage, QPixmap

from napari_dentlm.core.calibration import Calibration
from napari_dentlm.core.errors import DentLMError, sentence_of

SIDE = 80
"""Longest side in pixels: 40 on the screen, and sharp where a screen has two pixels for one."""
KEPT = 400
"""Pictures in memory, 25 kB each."""


class _Wanted:
    """The films whose pictures are wanted, shared by the window and the background thread."""

    def __init__(self) -> None:
        self._paths: list[Path] = []
        self._lock = Lock()
        self._at_work = False

    def put(self, paths: Sequence[Path]) -> bool:
        """Want these instead of the others; True when nobody is at work, so that the work must be started."""
        with self._lock:
            self._paths = list(paths)
            start = bool(paths) and not self._at_work
            self._at_work = self._at_work or start
            return start

    def take(self) -> Path | None:
        """The next one; None ends the work."""
        with self._lock:
            self._at_work = bool(self._paths)
            return self._paths.pop(0) if self._paths else None

    def clear(self) -> None:
        """Want nothing."""
        self.put(())


class _Mail(QObject):
    """Carries what the background has read to the thread of the window."""

    read = Signal(object, object, object)
    unreadable = Signal(object, str)


class Thumbnails(QObject):
    """Pictures of the films that are in sight.

    One background thread reads what was wanted last, and forgets what went out of sight before its turn. It touches
    no widget: pictures arrive in the window's thread.

    Parameters
    ----------
    parent
        Owner.
    """

    ready = Signal(Path)
    calibration_found = Signal(Path, Calibration)
    unreadable = Signal(Path, str)  # and why

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Path, QPixmap | None] = OrderedDict()
        self._wanted = _Wanted()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="dentlm-thumbnails")
        self._mail = _Mail()
        self._mail.read.connect(self._take)
        self._mail.unreadable.connect(self._miss)
        self.destroyed.connect(self._wanted.clear)

    def __len__(self) -> int:
        """Number of pictures in memory."""
        return len(self._kept)

    def get(self, path: Path) -> QPixmap | None:
        """The picture of a film; None when it was not read yet, or cannot be."""
        if path in self._kept:
            self._kept.move_to_end(path)
        return self._kept.get(path)

    def want(self, paths: Sequence[Path]) -> None:
        """Read these next, in this order; what was wanted before and was not begun is forgotten."""
        if self._wanted.put([path for path in paths if path not in self._kept]):
            self._pool.submit(_read_all, self._wanted, self._mail)

    def clear(self) -> None:
        """Let go of all pictures, and wait for the one being read."""
        self._wanted.clear()
        self._pool.submit(int).result()
        self._kept.clear()

    def _take(self, path: Path, picture: QImage, calibration: Calibration | None) -> None:
        self._keep(path, QPixmap.fromImage(picture))
        if calibration is not None:
            self.calibration_found.emit(path, calibration)
        self.ready.emit(path)

    def _miss(self, path: Path, why: str) -> None:
        self._keep(path, None)
        self.unreadable.emit(path, why)

    def _keep(self, path: Path, picture: QPixmap | None) -> None:
        self._kept[path] = picture
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


def _read_all(wanted: _Wanted, mail: _Mail) -> None:
    """The background thread, until nothing is wanted."""
    while (path := wanted.take()) is not None:
        try:
            mail.read.emit(path, *thumbnail(path))
        except (DentLMError, OSError) as error:
            mail.unreadable.emit(path, sentence_of(error, path))


def thumbnail(path: Path) -> tuple[QImage, Calibration | None]:
    """A small grey picture of a film's first frame, and the calibration where finding it costs nothing more.

    A JPEG is decoded at an eighth of its size; others are read whole.

    Raises
    ------
    DentLMError
        When the file cannot be read.
    """
    import cv2
    import numpy as np

    from napari_dentlm.core.imaging import read_image
    from napari_dentlm.core.imaging.source import FileKind, file_kind, read_bytes

    calibration = None
    data = read_bytes(path)
    reduced = None
    if file_kind(path, data) is FileKind.JPEG:
        # Damage that cv2 finds is found again below, and told in words.
        with suppress(cv2.error):
            reduced = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8)
    if reduced is None or max(reduced.shape) < SIDE:
        image = read_image(path)
        reduced, calibration = image.grey(), image.calibration
    height, width = reduced.shape
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.ascontiguousarray(cv2.resize(reduced, size, interpolation=cv2.INTER_AREA))
    picture = QImage(small.data, size[0], size[1], size[0], QImage.Format.Format_Grayscale8)
    # A copy owns its pixels; the array's go with the array.
    return picture.copy(), calibration
