"""Exchange formats: landmark CSV, wide CSV, ISBI text, COCO key points.

A new format is a module with ``read(path) -> list[LandmarkRow]`` and ``write(path, rows)``, and one line in
`registry.FORMATS`. Its module states its coordinate convention and has a round-trip test.
"""

from napari_dentlm.core.formats.annotation_rows import annotation_of, by_annotation, rows_of
from napari_dentlm.core.formats.contours import midpoints
from napari_dentlm.core.formats.purpose import ExportPurpose
from napari_dentlm.core.formats.registry import FORMATS, Format, format_named, format_of
from napari_dentlm.core.formats.rows import LandmarkRow, conflicts

__all__ = [
    "FORMATS",
    "ExportPurpose",
    "Format",
    "LandmarkRow",
    "annotation_of",
    "by_annotation",
    "conflicts",
    "format_named",
    "format_of",
    "midpoints",
    "rows_of",
]
