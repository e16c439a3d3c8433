"""The pages of a TIFF file, and whether all bytes that they point to are there."""

import struct
from dataclasses import dataclass, field

from napari_dentlm.core.imaging.damage import DamageError, check_size

_MAXIMUM_PAGES = 1_000
_TYPE_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_CUT = "the file is cut short"

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION = 256, 257, 258, 262, 274
_POINTERS = ((273, 279), (324, 325))
_NEEDED = frozenset({_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _ORIENTATION, 273, 279, 324, 325})
_MAXIMUM_VALUES = 1_000_000
"""Entries and numbers read from all directories together; they may overlap, so the file's size is no limit."""


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One page (image file directory) of a TIFF file.

    Parameters
    ----------
    bits
        Bits of the first channel.
    is_white_zero
        Whether 0 means white.
    orientation
        EXIF orientation, 1 to 8.
    orientation_at
        Place of the two bytes of the orientation in the file; None where the page has none.
    """

    bits: int
    is_white_zero: bool
    orientation: int
    orientation_at: int | None


@dataclass(slots=True)
class _Directory:
    """The integer values of one directory by tag, and where they stand."""

    values: dict[int, tuple[int, ...]] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)

    def first(self, tag: int, default: int) -> int:
        values = self.values.get(tag)
        return values[0] if values else default


class _Layout:
    """Byte order and field sizes of classic TIFF and BigTIFF."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 16:
            raise DamageError(_CUT)
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.is_big = b"+" in data[2:4]
        self.offset_code = "Q" if self.is_big else "I"
        self.offset_size = 8 if self.is_big else 4
        self.count_code = "Q" if self.is_big else "H"
        self.entry_size = 20 if self.is_big else 12
        self.values_left = _MAXIMUM_VALUES

    def spend(self, count: int) -> None:
        """Count values that are about to be read; DamageError when there are too many."""
        self.values_left -= count
        if self.values_left < 0:
            raise DamageError("the TIFF file has an impossible number of parts")

    def unpack(self, codes: str, position: int) -> tuple[int, ...]:
        """Read integers at ``position``; DamageError behind the end of the file."""
        layout = struct.Struct(self.order + codes)
        if position + layout.size > len(self.data):
            raise DamageError(_CUT)
        return layout.unpack_from(self.data, position)


def tiff_pages(data: bytes) -> list[TiffPage]:
    """List the pages of a TIFF file, after checking that every byte they name exists.

    Parameters
    ----------
    data
        The whole file, classic TIFF or BigTIFF.

    Returns
    -------
    list of TiffPage
        At least one.

    Raises
    ------
    DamageError
        When a directory, a value or a strip or tile of the picture reaches behind the end of the file, when
        the directories run in a circle, or a page declares an impossible size.
    """
    layout = _Layout(data)
    (position,) = layout.unpack(layout.offset_code, 8 if layout.is_big else 4)
    pages: list[TiffPage] = []
    seen: set[int] = set()
    while position:
        if position in seen or len(pages) >= _MAXIMUM_PAGES:
            raise DamageError("the list of pages in the TIFF file is damaged")
        seen.add(position)
        directory, position = _read_directory(layout, position)
        pages.append(_page(layout, directory))
    if not pages:
        raise DamageError("the TIFF file holds no picture")
    return pages


def _read_directory(layout: _Layout, position: int) -> tuple[_Directory, int]:
    """Read one directory; returns it and the place of the next one, 0 after the last."""
    (count,) = layout.unpack(layout.count_code, position)
    position += struct.calcsize(layout.order + layout.count_code)
    if position + count * layout.entry_size > len(layout.data):
        raise DamageError(_CUT)
    layout.spend(count)
    directory = _Directory()
    for index in range(count):
        _read_entry(layout, position + index * layout.entry_size, directory)
    (following,) = layout.unpack(layout.offset_code, position + count * layout.entry_size)
    return directory, following


def _read_entry(layout: _Layout, position: int, directory: _Directory) -> None:
    """Read one entry into ``directory``; values of other types are only checked for being there."""
    tag, kind = layout.unpack("HH", position)
    (count,) = layout.unpack(layout.offset_code, position + 4)
    place = position + 4 + layout.offset_size
    size = _TYPE_SIZES.get(kind, 1) * count
    if size > layout.offset_size:
        (place,) = layout.unpack(layout.offset_code, place)
    if place + size > len(layout.data):
        raise DamageError(_CUT)
    if tag in _NEEDED and kind in _INTEGER_CODES:
        layout.spend(count)
        directory.values[tag] = layout.unpack(f"{count}{_INTEGER_CODES[kind]}", place)
        directory.places[tag] = place


def _page(layout: _Layout, directory: _Directory) -> TiffPage:
    """Check one directory's picture and keep what the reader needs."""
    check_size(directory.first(_WIDTH, 0), directory.first(_HEIGHT, 0))
    total = 0
    for offsets_tag, sizes_tag in _POINTERS:
        offsets, sizes = directory.values.get(offsets_tag, ()), directory.values.get(sizes_tag, ())
        if len(sizes) != len(offsets):
            raise DamageError("the list of picture parts in the TIFF file is damaged")
        if any(place + size > len(layout.data) for place, size in zip(offsets, sizes, strict=True)):
            raise DamageError("the picture is cut short")
        total += sum(sizes)
    if total == 0:
        raise DamageError("the TIFF file holds no picture")
    return TiffPage(
        bits=directory.first(_BITS, 1),
        is_white_zero=directory.first(_PHOTOMETRIC, 1) == 0,
        orientation=directory.first(_ORIENTATION, 1),
        orientation_at=directory.places.get(_ORIENTATION),
    )
