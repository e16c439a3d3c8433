"""Live faces in napari: frames come from a child process and are shown and forgotten; for ``dentlm live``."""

import json
import math
import sys
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QObject, QProcess

_POINTS, _BOX = "#f0a500", "#ffec5a"


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
        self._layers: tuple[Any, Any, Any] | None = None
        viewer.canvas.overlays.text.visible = True
        viewer.canvas.overlays.text.text = "Starting …"
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.start(sys.executable, ["-m", "napari_dentlm.live", source, model, device])

    def close(self) -> None:
        """End the child process and wait for it."""
        self._process.readyReadStandardOutput.disconnect(self._read)
        self._process.kill()
        self._process.waitForFinished()

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
            self._viewer.canvas.overlays.text.text = self._header["error"]
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

    def _draw(self, pixels: np.ndarray, header: dict[str, Any]) -> None:
        # napari's order is row, column.
        faces = header["faces"]
        points = np.array([point[::-1] for face in faces for point in face["points"]]).reshape(-1, 2)
        if self._layers is None:
            self._layers = (
                self._viewer.add_image(pixels, name="Camera"),
                self._viewer.add_shapes(name="Faces", edge_color=_BOX, face_color="transparent", edge_width=2),
                self._viewer.add_points(points, name="Points", face_color=_POINTS, border_width=0, size=4),
            )
            self._viewer.reset_view()
        image, shapes, dots = self._layers
        image.data, dots.data = pixels, points
        shapes.data = [_corners(*face["box"]) for face in faces]
        rate = f"{header['rate']:.0f} frames a second, faces: {len(faces)}. Not a medical device."
        self._viewer.canvas.overlays.text.text = rate


def _corners(x: float, y: float, width: float, height: float) -> np.ndarray:
    return np.array([[y, x], [y, x + width], [y + height, x + width], [y + height, x]])


def show_live(source: str, model: str, device: str, frames: int | None) -> None:
    """Open napari on a live source and stay until it closes."""
    viewer = napari.Viewer(title="napari-dentlm live")
    view = LiveView(viewer, source, model, device, frames)
    try:
        napari.run()
    finally:
        view.close()
