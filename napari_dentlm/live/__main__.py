"""The child process of the window: labels frames, and sends each with its points as one JSON line and the raw pixels.

``python -m napari_dentlm.live SOURCE MODEL DEVICE``. The window answers every frame with a line; one frame is on its
way while the next is labelled, and no more, so a slow window never makes a queue. An error is a line with ``error``.
"""

import json
import os
import sys
from typing import BinaryIO, TextIO

import numpy as np

from napari_dentlm.cascade.cascade import Cascade
from napari_dentlm.core.errors import DentLMError
from napari_dentlm.live.sources import frames_of
from napari_dentlm.live.watching import Seen, watch


def main() -> None:
    """Send frames until there are no more or the window is gone."""
    # Decoders print past Python: the pipe is for frames only.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source, model, device = sys.argv[1:4]
    try:
        _send_all(source, model, device, sink, sys.stdin)
    except DentLMError as error:
        _write(sink, {"error": str(error)})


def _send_all(source: str, model: str, device: str, sink: BinaryIO, answers: TextIO) -> None:
    labelled = watch(frames_of(source), Cascade.load(model, device))
    for number, seen in enumerate(labelled):
        if number and not answers.readline():
            return
        pixels = np.ascontiguousarray(seen.frame.pixels)
        _write(sink, _header(seen), pixels.tobytes())


def _header(seen: Seen) -> dict[str, object]:
    faces = [
        {"points": face.points.tolist(), "box": [face.box.x, face.box.y, face.box.width, face.box.height]}
        for face in seen.faces
        if face.points is not None and face.box is not None
    ]
    return {"shape": seen.frame.pixels.shape, "rate": seen.rate, "faces": faces}


def _write(sink: BinaryIO, header: dict[str, object], pixels: bytes = b"") -> None:
    sink.write(json.dumps(header).encode("utf-8") + b"\n" + pixels)
    sink.flush()


if __name__ == "__main__":
    main()
