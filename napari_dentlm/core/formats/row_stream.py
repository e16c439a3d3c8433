"""A landmark CSV that grows row by row, for videos whose rows are too many to be held at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from napari_dentlm.core.errors import PathInput
from napari_dentlm.core.files import atomic_file
from napari_dentlm.core.formats.landmark_csv import csv_bytes, csv_line
from napari_dentlm.core.formats.rows import COLUMNS, LandmarkRow


class RowStream:
    """Writes rows as `landmark_csv.write` does; the caller sees to it that none comes twice."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._stream.write(csv_bytes([",".join(COLUMNS)]))

    def add(self, rows: list[LandmarkRow]) -> None:
        """Write rows after those that are there."""
        self._stream.write(csv_bytes(csv_line(getattr(row, column) for column in COLUMNS) for row in rows))


@contextmanager
def row_stream(path: PathInput) -> Iterator[RowStream]:
    """A table that is there, whole, when the block ends without an error."""
    with atomic_file(path) as stream:
        yield RowStream(stream)
