"""JSON lines on the standard streams of the child process."""

import json
import os
import sys
from collections.abc import Iterator
from threading import Lock
from typing import Any, TextIO


class Channel:
    """Reads commands and writes events, one JSON object a line.

    Parameters
    ----------
    source, sink
        Text streams.
    """

    def __init__(self, source: TextIO, sink: TextIO) -> None:
        self._source = source
        self._sink = sink
        self._lock = Lock()

    @classmethod
    def on_standard_streams(cls) -> "Channel":
        """Take the standard streams; whatever else prints goes to standard error from now on.

        The file descriptor is moved as well, because decoders written in C print past Python.
        """
        protocol = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
        os.dup2(2, 1)
        sys.stdout = sys.stderr
        return cls(os.fdopen(os.dup(0), "r", encoding="utf-8"), protocol)

    def commands(self) -> Iterator[dict[str, Any]]:
        """Commands until the other side closes its end."""
        for line in self._source:
            if line.strip():
                yield json.loads(line)

    def send(self, **event: Any) -> None:
        """Write one event; whole lines, from any thread."""
        # ASCII alone: a file name that is no Unicode would not go through the pipe.
        text = json.dumps(event, allow_nan=False)
        with self._lock:
            self._sink.write(text + "\n")
            self._sink.flush()
