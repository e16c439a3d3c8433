"""Live faces in napari: frames come from a child process and are shown and forgotten; for ``dentlm live``."""

import json
import math
import os
import sys
from typing import Any

import cv2
import napari
import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, QProcess, QProcessEnvironment
from qtpy.QtWidgets import QApplication, QDockWidget

ENDED = "The live program stopped unexpectedly. Close this window and start it again."
NOT_STARTED = "The live program could not be started. Reinstall napari-dentlm, or restart this computer."
_POINTS, _BOX, _WORDS = (240, 165, 0), (255, 236, 90), (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_THREADS = "OMP_NUM_THREADS"
_SHADOW = (0, 0, 0)
# Places are given to OpenCV in sixteenths of a pixel.
_BITS = 4


class LiveView(QObject):
    """Draws what the child process sends into a viewer.

    Parameters
    ----------
    viewer
        The viewer.
    source, model, device
        As for ``dentlm live``.
    frames
        End after so many frames; None to go on.
    """

    def __init__(self, viewer: "napari.Viewer", source: str, model: str, device: str, frames: int | None) -> None:
        super().__init__()
        self._viewer = viewer
        self._left = frames
        self._buffer = bytearray()
        self._header: dict[str, Any] | None = None
        self._image: napari.layers.Image | None = None
        hide_docks()
        self._say("Starting …")
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        surroundings = QProcessEnvironment.systemEnvironment()
        if not surroundings.contains(_THREADS):
            # Networks on all cores would leave none to draw with, and wait for each other besides.
            surroundings.insert(_THREADS, str(max(1, (os.cpu_count() or 1) // 2)))
        self._process.setProcessEnvironment(surroundings)
        # With -P, Python imports no modules that lie in the folder where the program was started.
        self._process.start(sys.executable, ["-P", "-m", "napari_dentlm.live", source, model, device])

    def close(self) -> None:
        """End the child process and wait for it."""
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished()

    def _on_finished(self, code: int, how: QProcess.ExitStatus) -> None:
        self._read()
        # What the child can say in words, it has said, and then it ends well.
        if code or how != QProcess.ExitStatus.NormalExit:
            self._say(ENDED)

    def _on_error(self, kind: QProcess.ProcessError) -> None:
        # Every other error ends in `finished` as well.
        if kind == QProcess.ProcessError.FailedToStart:
            self._say(NOT_STARTED)

    def _say(self, words: str) -> None:
        self._viewer.canvas.overlays.text.text = words
        self._viewer.canvas.overlays.text.visible = True

    def _read(self) -> None:
        self._buffer += self._process.readAllStandardOutput().data()
        while self._take():
            pass

    def _take(self) -> bool:
        """Take one frame out of the buffer; False while it is not there as a whole."""
        if self._header is None:
            line, found, rest = self._buffer.partition(b"\n")
            if not found:
                return False
            self._header, self._buffer = json.loads(line), rest
        if "error" in self._header:
            self._say(self._header["error"])
            self._header = None
            return True
        size = math.prod(self._header["shape"])
        if len(self._buffer) < size:
            return False
        pixels = np.frombuffer(bytes(self._buffer[:size]), np.uint8).reshape(self._header["shape"])
        del self._buffer[:size]
        self._draw(pixels, self._header)
        self._header = None
        if self._left is not None:
            self._left -= 1
        if self._left != 0:
            self._process.write(b"next\n")
        return True

    def _draw(self, pixels: NDArray[np.uint8], header: dict[str, Any]) -> None:
        faces = header["faces"]
        words = f"{header['rate']:.0f} frames a second, faces: {len(faces)}. Not a medical device."
        painted = paint(pixels, faces, words)
        if self._image is None:
            self._viewer.canvas.overlays.text.visible = False
            self._image = self._viewer.add_image(painted, name="Camera")
            self._viewer.reset_view()
        else:
            self._image.data = painted


def hide_docks() -> None:
    """Hide napari's lists beside the picture; its menu *Window* brings them back.

    A picture that passes needs none of them, and drawing the whole window anew for their small picture of every frame
    costs a third of the frames where the processor draws.
    """
    for window in QApplication.topLevelWidgets():
        for dock in window.findChildren(QDockWidget):
            dock.hide()


def paint(pixels: NDArray[np.uint8], faces: list[dict[str, Any]], words: str) -> NDArray[np.uint8]:
    """Paint faces and words into a copy of a frame.

    Layers of their own would take napari twice as long as the frame itself, and the picture would lag behind the face.

    Parameters
    ----------
    pixels
        (H, W) or (H, W, 3) uint8.
    faces
        Each with ``points`` ((K, 2), x then y, pixels) and ``box`` (x, y, width, height).
    words
        For the upper left corner.

    Returns
    -------
    NDArray
        (H, W, 3) uint8.
    """
    painted = cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if pixels.ndim == 2 else pixels.copy()
    # A large picture is shown smaller: its lines are as much thicker.
    unit = max(1, round(min(painted.shape[:2]) / 480))
    for face in faces:
        x, y, width, height = face["box"]
        corners = _sixteenths([(x, y), (x + width, y + height)])
        cv2.rectangle(painted, corners[0], corners[1], _BOX, unit, cv2.LINE_AA, _BITS)
        for place in _sixteenths(face["points"]):
            cv2.circle(painted, place, 2 * unit << _BITS, _POINTS, cv2.FILLED, cv2.LINE_AA, _BITS)
    size = min(0.5 * unit, 0.5 * (painted.shape[1] - 16) / cv2.getTextSize(words, _FONT, 0.5, unit)[0][0])
    for colour, thick in ((_SHADOW, 3 * unit), (_WORDS, unit)):
        cv2.putText(painted, words, (8 * unit, 20 * unit), _FONT, size, colour, thick, cv2.LINE_AA)
    return painted


def _sixteenths(places: list[tuple[float, float]]) -> list[tuple[int, int]]:
    return [(round(x * 2**_BITS), round(y * 2**_BITS)) for x, y in places]


def show_live(source: str, model: str, device: str, frames: int | None) -> None:
    """Open napari on a live source and stay until it closes."""
    viewer = napari.Viewer(title="napari-dentlm live")
    view = LiveView(viewer, source, model, device, frames)
    try:
        napari.run()
    finally:
        view.close()
