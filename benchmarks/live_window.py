"""Frames a second that the window of ``dentlm live`` shows, drawing included.

Run with ``xvfb-run -a -s "-screen 0 1600x1000x24" python -m benchmarks.live_window PHOTO [--frames 300]``. The photo is
moved about in frames of 640 x 480, which ``dentlm live`` then takes from a folder; the first frames, in which the child
process loads the model, do not count.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("NAPARI_CONFIG", "")

import cv2
import napari
import numpy as np
from qtpy.QtTest import QTest

from napari_dentlm.gui.live_window import LiveView

WIDTH, HEIGHT = 640, 480
SHARE = 1.1
"""Height of the photo in heights of a frame: the head is moved, its edges stay outside."""
WARM = 20
WAIT_S = 120


def main() -> None:
    """Print the rate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--frames", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_frames(arguments.photo, Path(name), arguments.frames)
        viewer = napari.Viewer(title="napari-dentlm live")
        viewer.window.resize(1280, 800)
        view = LiveView(viewer, name, "face68", "cpu", arguments.frames)
        times = arrivals(viewer, arguments.frames)
        view.close()
        viewer.close()
    if len(times) <= WARM + 1:
        raise SystemExit(f"only {len(times)} frames came within {WAIT_S} s")
    print(f"{len(times)} frames, {(len(times) - 1 - WARM) / (times[-1] - times[WARM]):.1f} a second in the window")


def write_frames(photo: Path, folder: Path, count: int) -> None:
    """Frames in which the photo goes round in a circle."""
    pixels = cv2.imread(str(photo))
    scale = SHARE * HEIGHT / pixels.shape[0]
    spare = (np.array([WIDTH, HEIGHT]) - scale * np.array(pixels.shape[1::-1])) / 2
    for number in range(count):
        turn = 2 * np.pi * number / 60
        shift = spare + 20 * np.array([np.cos(turn), np.sin(turn)])
        moved = cv2.warpAffine(pixels, np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]), (WIDTH, HEIGHT))
        cv2.imwrite(str(folder / f"frame_{number:04}.jpg"), moved)


def arrivals(viewer: napari.Viewer, count: int) -> list[float]:
    """When each frame was given to the canvas, seconds; the one before it has been drawn by then."""
    times: list[float] = []
    until, last = time.monotonic() + WAIT_S, None
    while len(times) < count and time.monotonic() < until:
        QTest.qWait(1)
        shown = viewer.layers["Camera"].data if viewer.layers else None
        if shown is not last:
            last = shown
            times.append(time.perf_counter())
    return times


if __name__ == "__main__":
    main()
