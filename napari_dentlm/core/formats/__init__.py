"""Exchange formats: landmark CSV, wide CSV, ISBI text, COCO key points.

A new format is a module with ``read(path) -> list[LandmarkRow]`` and ``write(path, rows)``, and one line in
`registry.FORMATS`. Its module states its coordinate convention and has a round-trip test.
"""

from napari_dentlm.core.formats.purpose import ExportPurpose
from napari_dentlm.core.formats.registry import FORMATS, Format, format_of
from napari_dentlm.core.formats.rows import LandmarkRow, conflicts, rows_of

__all__ = ["FORMATS", "ExportPurpose", "Format", "LandmarkRow", "conflicts", "format_of", "rows_of"]
